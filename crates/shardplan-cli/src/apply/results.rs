//! Rows of a table that a script prints come in, lines that fit a terminal go out: of checks a sentence each, and one for all that say
//! the same.

use super::session::BETWEEN;
use crate::sheet::columns;

/// The titles of a table of checks.
const CHECKS: [&str; 5] = ["result", "about", "seen", "stops", "what_to_do"];
/// How wide a line is at most, unless one word is wider.
const WIDTH: usize = 100;
/// Where a row goes on in its next line, below what it is about.
const INDENT: &str = "        ";

/// The rows so far; the first is their titles.
#[derive(Debug, Default)]
pub(super) struct Results {
    rows: Vec<Vec<String>>,
}

impl Results {
    /// Takes a line if it is of a table: a row of several values, or how many they were.
    pub(super) fn take(&mut self, line: &str) -> bool {
        let is_row = line.contains(BETWEEN);
        if is_row {
            self.rows.push(line.split(BETWEEN).map(|value| value.replace(char::is_control, " ")).collect());
        }
        is_row
    }

    /// Whether a line ends the table.
    pub(super) fn are_ended_by(&self, line: &str) -> bool {
        !self.rows.is_empty() && line.starts_with('(') && (line.ends_with(" rows)") || line == "(1 row)")
    }

    /// The table in words; nothing if it has no rows.
    pub(super) fn told(&mut self) -> Vec<String> {
        let rows = std::mem::take(&mut self.rows);
        match rows.split_first() {
            Some((titles, checks)) if *titles == CHECKS => told(checks),
            Some((_, [_, ..])) => columns(&rows).lines().map(|line| line.trim_start().to_owned()).collect(),
            _ => Vec::new(),
        }
    }
}

fn told(checks: &[Vec<String>]) -> Vec<String> {
    let says_the_same = |one: &Vec<String>, other: &Vec<String>| one[0] == other[0] && one[2..] == other[2..];
    let checks: Vec<_> = checks.iter().filter(|row| row.len() == CHECKS.len()).cloned().collect();
    checks.chunk_by(says_the_same).flat_map(sentence).collect()
}

/// What is seen of one thing, or of some.
fn sentence(checks: &[Vec<String>]) -> Vec<String> {
    let about: Vec<&str> = checks.iter().map(|row| row[1].as_str()).collect();
    let [result, _, seen, stops, what_to_do] = &checks[0][..] else { return Vec::new() };
    let stops = if stops.is_empty() { String::new() } else { format!("stops {stops}") };
    let rest: Vec<&str> =
        [seen, &stops, what_to_do].into_iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
    let between = if rest.is_empty() { "" } else { ": " };
    wrapped(&format!("{result:<6}{}{between}{}", about.join(", "), rest.join("; ")))
}

/// Lines of whole words.
fn wrapped(text: &str) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && !line.trim().is_empty() {
            lines.push(std::mem::replace(&mut line, INDENT.to_owned() + word));
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::{BETWEEN, Results};

    fn row(values: &str) -> String {
        values.replace('|', BETWEEN)
    }

    #[test]
    fn rows_that_say_the_same_are_told_once() {
        let mut results = Results::default();
        let hint = "run this script again on the coordinator, before the distribution";
        assert!(results.take(&row("result|about|seen|stops|what_to_do")));
        assert!(results.take(&row("pass|schema|as it was planned for||")));
        assert!(results.take(&row(&format!("warn|workers|no citus here yet||{hint}"))));
        assert!(results.take(&row(&format!("warn|wal_level|no citus here yet||{hint}"))));
        assert!(results.take(&row("pass|a\tdisk|||")));
        assert!(results.take(&row("fail|extension||50_distribute.sql|install it")));
        assert!(!results.take("NOTICE") && !results.are_ended_by("NOTICE") && results.are_ended_by("(5 rows)"));
        let expected = [
            "pass  schema: as it was planned for",
            "warn  workers, wal_level: no citus here yet; run this script again on the coordinator, before the",
            "        distribution",
            "pass  a disk",
            "fail  extension: stops 50_distribute.sql; install it",
        ];
        assert_eq!(results.told(), expected);
        assert!(results.told().is_empty());
    }

    #[test]
    fn other_tables_have_columns() {
        let mut results = Results::default();
        assert!(results.take(&row("target|count")) && results.are_ended_by("(0 rows)"));
        assert!(results.told().is_empty(), "there is nothing to tell");
        assert!(!results.are_ended_by("(0 rows)"));
        assert!(results.take(&row("target|state|rows")) && results.take(&row("public.line_items|done|480")));
        assert_eq!(results.told(), ["target             state  rows", "public.line_items  done   480"]);
    }
}

//! Sentences, tables and statements come in, text for a terminal or Markdown goes out. Knows not what they say.

use std::fmt::{Display, Write};

use crate::output::TITLE;

/// What is written, in the one form or the other.
pub(crate) struct Sheet {
    markdown: bool,
    text: String,
}

impl Sheet {
    /// For a terminal.
    pub(crate) fn text() -> Self {
        Self { markdown: false, text: String::new() }
    }

    /// For a wiki.
    pub(crate) fn markdown() -> Self {
        Self { markdown: true, text: String::new() }
    }

    pub(crate) fn finished(self) -> String {
        self.text
    }

    /// The title of the whole.
    pub(crate) fn title(&mut self, words: impl Display) {
        self.heading("# ", words);
    }

    /// The title of a part.
    pub(crate) fn part(&mut self, words: impl Display) {
        self.text.push('\n');
        self.heading("## ", words);
    }

    fn heading(&mut self, mark: &str, words: impl Display) {
        let _ = if self.markdown {
            writeln!(self.text, "{mark}{}\n", in_markdown(&words.to_string()))
        } else {
            writeln!(self.text, "{TITLE}{words}{TITLE:#}")
        };
    }

    /// A sentence.
    pub(crate) fn line(&mut self, words: impl Display) {
        let _ = if self.markdown {
            writeln!(self.text, "{}", in_markdown(&words.to_string()))
        } else {
            writeln!(self.text, "{words}")
        };
    }

    /// One of several sentences.
    pub(crate) fn item(&mut self, words: impl Display) {
        let _ = if self.markdown {
            writeln!(self.text, "- {}", in_markdown(&words.to_string()))
        } else {
            writeln!(self.text, "  {words}")
        };
    }

    /// A statement, to be copied.
    pub(crate) fn statement(&mut self, sql: &str) {
        let _ = if self.markdown { writeln!(self.text, "```sql\n{sql}\n```") } else { writeln!(self.text, "  {sql}") };
    }

    /// Rows of cells under their titles; numbers stand to the right.
    pub(crate) fn table<Row: AsRef<[String]>>(&mut self, titles: &[impl AsRef<str>], rows: &[Row]) {
        let titles: Vec<String> = titles.iter().map(|title| title.as_ref().to_owned()).collect();
        if self.markdown {
            self.cells(&titles);
            self.cells(&vec!["---".to_owned(); titles.len()]);
            rows.iter().for_each(|row| self.cells(row.as_ref()));
            return;
        }
        let all: Vec<&[String]> = [titles.as_slice()].into_iter().chain(rows.iter().map(AsRef::as_ref)).collect();
        let right = |column: usize| all[1..].iter().all(|row| row.get(column).is_none_or(|cell| is_number(cell)));
        self.text.push_str(&aligned(&all, right));
    }

    fn cells(&mut self, row: &[String]) {
        let cells: Vec<String> = row.iter().map(|cell| in_markdown(cell).replace('|', "\\|")).collect();
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }
}

/// The title of a part, for a terminal.
pub(crate) fn title(words: impl Display) -> String {
    format!("\n{TITLE}{words}{TITLE:#}\n")
}

/// Rows of cells for a terminal, each column as wide as its widest cell.
pub(crate) fn columns<Row: AsRef<[String]>>(rows: &[Row]) -> String {
    aligned(rows, |_| false)
}

/// The same; the cells of some columns stand to the right.
fn aligned<Row: AsRef<[String]>>(rows: &[Row], right: impl Fn(usize) -> bool) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows.iter().map(AsRef::as_ref) {
        widths.resize(widths.len().max(row.len()), 0);
        row.iter().zip(&mut widths).for_each(|(cell, width)| *width = cell.chars().count().max(*width));
    }
    let columns: Vec<(usize, bool)> = widths.into_iter().enumerate().map(|(at, width)| (width, right(at))).collect();
    let mut text = String::new();
    for row in rows.iter().map(AsRef::as_ref) {
        let mut line = String::new();
        for (cell, (width, right)) in row.iter().zip(&columns) {
            let _ = if *right { write!(line, "  {cell:>width$}") } else { write!(line, "  {cell:width$}") };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn is_number(cell: &str) -> bool {
    cell.is_empty() || cell.starts_with(|first: char| first.is_ascii_digit())
}

/// Letters that Markdown would take for its own marks; one line.
fn in_markdown(words: &str) -> String {
    let mut text = String::new();
    for letter in words.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '<' | '[' => text.extend(['\\', letter]),
            '\n' | '\r' => text.push(' '),
            _ => text.push(letter),
        }
    }
    text
}

/// A number of rows, with a comma after each three digits.
pub(crate) fn rows(count: f64) -> String {
    let digits = format!("{count:.0}");
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes, with three digits or so.
pub(crate) fn bytes(count: f64) -> String {
    let (mut value, mut unit) = (count, "B");
    for larger in ["kB", "MB", "GB", "TB", "PB"] {
        if value < 999.5 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    if unit == "B" || value >= 99.5 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// A share, from 0 to 1.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!([0.0, 999.0, 1000.4, 1_234_567.0].map(rows), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.0, 999.0, 1000.0, 52_400.0, 999_600.0, 7.3e12].map(bytes),
            ["0 B", "999 B", "1.0 kB", "52.4 kB", "1.0 MB", "7.3 TB"]
        );
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows: [&[&str]; 3] = [&["é", "1"], &["abc", "22", "z"], &["b"]];
        let rows: Vec<Vec<String>> = rows.map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).to_vec();
        assert_eq!(columns(&rows), "  é    1\n  abc  22  z\n  b\n");
        assert_eq!(aligned(&rows, |column| column == 1), "  é     1\n  abc  22  z\n  b\n");
    }

    #[test]
    fn what_a_user_named_is_no_mark() {
        let mut sheet = Sheet::markdown();
        sheet.table(&["a_b"], &[["x|y`*".to_owned()]]);
        assert_eq!(sheet.finished(), "| a\\_b |\n| --- |\n| x\\|y\\`\\* |\n");
    }
}

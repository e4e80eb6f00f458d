//! A log of the server, or a copy of `pg_stat_statements`, comes in, csv or json; the statements that it tells of go out. Knows no SQL.
//!
//! What counts of a log is the message: `statement: …`, `execute name: …`, or either after `duration: … ms`, as `log_statement` and
//! `log_min_duration_statement` write them. A line `duration: … ms` of its own belongs to the statement that its session logged last.
//! What cannot be read is left out and counted: a log may begin and end anywhere, and hold text of databases in other encodings.

use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use serde::Deserialize;
use thiserror::Error;

use super::csv::Records;
use super::export::{Columns, Row};
use super::reading::{BadLine, DAMAGED, Decoded, Reading};
use super::{Source, Statement};

/// The columns of a csv log (PostgreSQL documentation, 20.8.4): the session, and the message.
const SESSION: usize = 5;
const MESSAGE: usize = 13;
/// What stands before a statement that goes on: it has run before, and is asked for more of its rows.
const MORE_ROWS: &str = "execute fetch from ";
/// More columns than any release writes: two lines that run into each other.
const MOST_COLUMNS: usize = 35;

/// A file that is no log of the server: no line of it is of one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line} is neither of a csv nor of a json log: {why}")]
pub struct BadLog {
    /// The first line that is of none, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// What a json log says about one event, or a json file about one row of `pg_stat_statements`.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    session_id: String,
    #[serde(default)]
    message: String,
    #[serde(flatten)]
    row: Row,
}

/// The statements of a log, or of a copy of `pg_stat_statements` with the columns `query` and `calls`, with their time where that is
/// told. Which of the formats it has shows in its first lines.
///
/// # Errors
/// No line is of any of the formats.
pub fn read_log(file: &str, text: impl AsRef<[u8]>) -> Result<Reading, BadLog> {
    let decoded = Decoded::new(text.as_ref());
    let mut log = Log { file: file.into(), found: Reading::default(), last: HashMap::default(), good: 0 };
    if decoded.text.trim_start().starts_with('[') {
        log.read_list(&decoded);
    } else if is_json(&decoded.text) {
        log.read_json(&decoded);
    } else {
        log.read_csv(&decoded);
    }
    match log.found.skipped.first() {
        Some(BadLine { line, why }) if log.good == 0 => Err(BadLog { line: *line, why: why.clone() }),
        _ => Ok(log.found),
    }
}

/// The first line may be the end of one.
fn is_json(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
    lines.next().is_some_and(|line| line.starts_with('{')) || lines.next().is_some_and(|line| line.starts_with("{\""))
}

struct Log {
    file: Arc<str>,
    found: Reading,
    /// The statement that a session has logged last, while nothing has told its time.
    last: HashMap<String, usize>,
    /// How many lines could be read.
    good: u64,
}

impl Log {
    fn read_json(&mut self, decoded: &Decoded<'_>) {
        for (line, text) in (1..).zip(decoded.text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            match serde_json::from_str(text) {
                Ok(event) => self.take_json(line, event, decoded),
                Err(error) => self.found.skip(line, error.to_string()),
            }
        }
    }

    /// `[{…}, …]`, as `json_agg` makes it.
    fn read_list(&mut self, decoded: &Decoded<'_>) {
        match serde_json::from_str::<Vec<Line>>(&decoded.text) {
            Ok(list) => list.into_iter().for_each(|event| self.take_json(1, event, decoded)),
            Err(error) => self.found.skip(error.line() as u64, error.to_string()),
        }
    }

    fn take_json(&mut self, line: u64, event: Line, decoded: &Decoded<'_>) {
        match event.row.into_statement() {
            Some(statement) => self.counted(line, statement, decoded),
            None => self.take(line, event.session_id, &event.message, decoded),
        }
    }

    fn read_csv(&mut self, decoded: &Decoded<'_>) {
        let mut records = Records::new(&decoded.text);
        let mut copied: Option<Columns> = None;
        while let Some((line, record)) = records.next() {
            let first = self.good == 0 && self.found.skipped.is_empty();
            if let (true, Ok(head)) = (first, &record)
                && let Some(columns) = Columns::named(head)
            {
                copied = Some(columns);
                self.good += 1;
                continue;
            }
            if let Err(why) = record.and_then(|fields| self.take_csv(line, fields, copied.as_ref(), decoded)) {
                self.found.skip(line, why);
                records.go_on_at_next_line();
            }
        }
    }

    fn take_csv(
        &mut self,
        line: u64,
        mut fields: Vec<String>,
        copied: Option<&Columns>,
        decoded: &Decoded<'_>,
    ) -> Result<(), String> {
        if let Some(columns) = copied {
            let statement = columns.row(&fields)?.into_statement();
            statement.into_iter().for_each(|statement| self.counted(line, statement, decoded));
            return Ok(());
        }
        if !(MESSAGE + 1..=MOST_COLUMNS).contains(&fields.len()) {
            return Err(format!("it has {} columns, which is not what a log has", fields.len()));
        }
        let message = std::mem::take(&mut fields[MESSAGE]);
        self.take(line, std::mem::take(&mut fields[SESSION]), &message, decoded);
        Ok(())
    }

    /// A row of `pg_stat_statements`.
    fn counted(&mut self, line: u64, statement: Statement, decoded: &Decoded<'_>) {
        self.good += 1;
        if decoded.is_whole(&statement.text) {
            self.found.statements.push(statement);
        } else {
            self.found.skip(line, DAMAGED);
        }
    }

    /// A message of a log.
    fn take(&mut self, line: u64, session: String, message: &str, decoded: &Decoded<'_>) {
        self.good += 1;
        let (time, rest) = duration(message);
        match statement(rest) {
            Some(text) if !decoded.is_whole(text) => {
                self.last.remove(&session);
                self.found.skip(line, DAMAGED);
            }
            Some(text) => {
                let source = Source::Log { file: Arc::clone(&self.file), line };
                let place = self.found.statements.len();
                let time_or_none = time.unwrap_or_default();
                let calls = u64::from(!rest.starts_with(MORE_ROWS));
                self.found.statements.push(Statement { text: text.into(), calls, time: time_or_none, source });
                match time {
                    Some(_) => self.last.remove(&session),
                    None => self.last.insert(session, place),
                };
            }
            None => {
                let (Some(time), true) = (time, rest.is_empty()) else { return };
                if let Some(place) = self.last.remove(&session) {
                    self.found.statements[place].time = time;
                }
            }
        }
    }
}

/// `duration: 1.234 ms`, and what follows it.
fn duration(message: &str) -> (Option<Duration>, &str) {
    let parts = message.strip_prefix("duration: ").and_then(|rest| rest.split_once(" ms"));
    let Some((number, rest)) = parts else { return (None, message) };
    let time = number.parse().ok().and_then(|millis: f64| Duration::try_from_secs_f64(millis / 1e3).ok());
    (time, rest.trim_start())
}

/// The text after `statement: ` or `execute name: `; what was only parsed or bound did not run.
fn statement(message: &str) -> Option<&str> {
    message
        .strip_prefix("statement: ")
        .or_else(|| message.strip_prefix("execute ")?.split_once(": ").map(|(_, text)| text))
}

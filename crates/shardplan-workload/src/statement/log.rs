//! A log of the server comes in, csv or json, the statements that it tells of go out. Knows the two formats, no SQL.
//!
//! What counts is the message: `statement: …`, `execute name: …`, or either after `duration: … ms`, as `log_statement` and
//! `log_min_duration_statement` write them. A line `duration: … ms` of its own belongs to the statement that its session logged last.

use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use serde::Deserialize;
use thiserror::Error;

use super::{Source, Statement};

/// The columns of a csv log (PostgreSQL documentation, 20.8.4): the session, and the message.
const SESSION: usize = 5;
const MESSAGE: usize = 13;

/// A file that is no log of the server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line} is neither of a csv nor of a json log: {why}")]
pub struct BadLog {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// What a log says about one event.
#[derive(Debug, Default, Deserialize)]
struct Event {
    #[serde(default)]
    session_id: String,
    #[serde(default)]
    message: String,
}

/// The statements of a log, with their time where it was logged. Which of the two formats it has shows in its first character.
///
/// # Errors
/// A line is of neither format.
pub fn read_log(file: &str, text: &str) -> Result<Vec<Statement>, BadLog> {
    let mut log = Log { file: file.into(), statements: Vec::new(), last: HashMap::default() };
    if text.trim_start().starts_with('{') {
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line_number = at as u64 + 1;
            let event =
                serde_json::from_str(line).map_err(|error| BadLog { line: line_number, why: error.to_string() })?;
            log.take(line_number, event);
        }
        return Ok(log.statements);
    }
    for record in Records::new(text) {
        let (line, mut fields) = record?;
        if fields.len() <= MESSAGE {
            return Err(BadLog { line, why: format!("it has {} columns, and no message", fields.len()) });
        }
        let message = std::mem::take(&mut fields[MESSAGE]);
        log.take(line, Event { session_id: std::mem::take(&mut fields[SESSION]), message });
    }
    Ok(log.statements)
}

struct Log {
    file: Arc<str>,
    statements: Vec<Statement>,
    /// The statement that a session has logged last, while nothing has told its time.
    last: HashMap<String, usize>,
}

impl Log {
    fn take(&mut self, line: u64, event: Event) {
        let (time, rest) = duration(&event.message);
        match statement(rest) {
            Some(text) => {
                let source = Source::Log { file: Arc::clone(&self.file), line };
                let place = self.statements.len();
                self.statements.push(Statement { text: text.into(), calls: 1, time: time.unwrap_or_default(), source });
                match time {
                    Some(_) => self.last.remove(&event.session_id),
                    None => self.last.insert(event.session_id, place),
                };
            }
            None => {
                let (Some(time), true) = (time, rest.is_empty()) else { return };
                if let Some(place) = self.last.remove(&event.session_id) {
                    self.statements[place].time = time;
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

/// The records of a csv file, with the line on which each starts.
struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Records<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// A field, and the character that ended it; `None` at the end of the text.
    fn field(&mut self) -> Result<(String, Option<char>), BadLog> {
        let rest = self.rest();
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find([',', '\n']).unwrap_or(rest.len());
            self.at += end;
            return Ok((rest[..end].trim_end_matches('\r').to_owned(), self.separator()));
        };
        let (value, length) = unquoted(quoted).ok_or_else(|| self.bad("a quote is not closed"))?;
        self.line += value.matches('\n').count() as u64;
        self.at += 1 + length;
        if self.rest().starts_with('\r') {
            self.at += 1;
        }
        match self.separator() {
            None if !self.rest().is_empty() => Err(self.bad("something follows a closing quote")),
            end => Ok((value, end)),
        }
    }

    fn separator(&mut self) -> Option<char> {
        let found = self.rest().chars().next().filter(|c| matches!(c, ',' | '\n'))?;
        self.at += 1;
        self.line += u64::from(found == '\n');
        Some(found)
    }

    fn bad(&self, why: &str) -> BadLog {
        BadLog { line: self.line, why: why.to_owned() }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<(u64, Vec<String>), BadLog>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.rest().starts_with(['\n', '\r']) {
            self.line += u64::from(self.rest().starts_with('\n'));
            self.at += 1;
        }
        if self.rest().is_empty() {
            return None;
        }
        let (line, mut fields) = (self.line, Vec::new());
        loop {
            match self.field() {
                Ok((field, end)) => {
                    fields.push(field);
                    if end != Some(',') {
                        return Some(Ok((line, fields)));
                    }
                }
                Err(error) => {
                    self.at = self.text.len();
                    return Some(Err(error));
                }
            }
        }
    }
}

/// The value up to the closing quote, and how many bytes that took with the quote.
fn unquoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut at = 0;
    loop {
        let end = at + text[at..].find('"')?;
        value.push_str(&text[at..end]);
        at = end + 1;
        if !text[at..].starts_with('"') {
            return Some((value, at));
        }
        value.push('"');
        at += 1;
    }
}

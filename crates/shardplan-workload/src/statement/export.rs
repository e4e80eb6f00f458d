//! What somebody has copied out of `pg_stat_statements`: the columns of a csv or json file come in, the statement of each row goes
//! out. Knows neither format.

use std::time::Duration;

use serde::Deserialize;

use super::{Source, Statement};

/// A row, as json; the names are those of the view's columns.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    query: Option<String>,
    #[serde(default = "once")]
    calls: u64,
    /// Milliseconds.
    #[serde(default, alias = "total_time")]
    total_exec_time: f64,
}

fn once() -> u64 {
    1
}

impl Row {
    /// The statement; nothing where the server has hidden or lost its text.
    pub(super) fn into_statement(self) -> Option<Statement> {
        let text = self.query.filter(|text| text != "<insufficient privilege>")?;
        let time = Duration::try_from_secs_f64(self.total_exec_time / 1e3).unwrap_or_default();
        Some(Statement { text: text.into(), calls: self.calls, time, source: Source::Statistics })
    }
}

/// Where the columns stand in a csv file.
pub(super) struct Columns {
    query: usize,
    calls: usize,
    time: Option<usize>,
    count: usize,
}

impl Columns {
    /// The columns by the first line of a file; `None` if it names none.
    pub(super) fn named(head: &[String]) -> Option<Self> {
        let at = |name: &str| head.iter().position(|column| column == name);
        let time = at("total_exec_time").or_else(|| at("total_time"));
        Some(Self { query: at("query")?, calls: at("calls")?, time, count: head.len() })
    }

    /// The row of a record.
    pub(super) fn row(&self, fields: &[String]) -> Result<Row, String> {
        if fields.len() != self.count {
            return Err(format!("it has {} columns, and not {}", fields.len(), self.count));
        }
        let calls = fields[self.calls].parse().map_err(|_| "`calls` is no number".to_owned())?;
        let time = self.time.map(|at| fields[at].parse().map_err(|_| "the time is no number".to_owned()));
        let query = Some(fields[self.query].clone()).filter(|text| !text.is_empty());
        Ok(Row { query, calls, total_exec_time: time.transpose()?.unwrap_or(0.0) })
    }
}

//! A file of SQL comes in, its statements with their lines go out. Knows where statements end, not what they say.

use std::sync::Arc;
use std::time::Duration;

use shardplan::split_statements;

use super::{Source, Statement};

/// The statements of a file; psql's commands, comments and the rows of a `COPY … FROM stdin` are passed over.
#[must_use]
pub fn read_sql(file: &str, text: &str) -> Vec<Statement> {
    let file: Arc<str> = file.into();
    let statement = |(line, text): (u64, &str)| Statement {
        text: text.into(),
        calls: 1,
        time: Duration::ZERO,
        source: Source::File { file: Arc::clone(&file), line },
    };
    split_statements(text).map(statement).collect()
}

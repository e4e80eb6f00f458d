//! A file of SQL comes in, its statements with their lines go out. Knows where statements end, not what they say.

use std::sync::Arc;
use std::time::Duration;

use shardplan::split_statements;

use super::reading::{DAMAGED, Decoded, Reading};
use super::{Source, Statement};

/// The statements of a file; psql's commands, comments and the rows of a `COPY … FROM stdin` are passed over. What is not in UTF-8 is
/// left out, and counted.
#[must_use]
pub fn read_sql(file: &str, text: impl AsRef<[u8]>) -> Reading {
    let (file, decoded): (Arc<str>, _) = (file.into(), Decoded::new(text.as_ref()));
    let mut found = Reading::default();
    for (line, text) in split_statements(&decoded.text) {
        if decoded.is_whole(text) {
            let source = Source::File { file: Arc::clone(&file), line };
            found.statements.push(Statement { text: text.into(), calls: 1, time: Duration::ZERO, source });
        } else {
            found.skip(line, DAMAGED);
        }
    }
    found
}

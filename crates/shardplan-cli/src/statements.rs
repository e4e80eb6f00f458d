//! Where statements come from: files, logs or a server come in, what an application runs goes out.

use std::path::{Path, PathBuf};

use shardplan::connect;
use shardplan_workload::{Statement, merged, read_log, read_server, read_sql};

use crate::failure::Failure;
use crate::output::Output;
use crate::source;

/// What the files and logs say; without any, what the server has counted. Each text once.
pub(crate) fn read(
    files: &[PathBuf],
    logs: &[PathBuf],
    url: Option<&str>,
    output: Output,
) -> Result<Vec<Statement>, Failure> {
    let mut found = Vec::new();
    for path in files {
        found.extend(read_sql(&shown(path), &source::text(path)?));
    }
    for path in logs {
        let log = read_log(&shown(path), &source::text(path)?);
        found.extend(log.map_err(|error| Failure::wrong(error.to_string()).in_file(path))?);
    }
    if let Some(url) = url.filter(|_| files.is_empty() && logs.is_empty()) {
        found = counted(url, output)?;
    }
    Ok(merged(found))
}

/// What the server has counted; nothing, and a note why, if it does not count.
fn counted(url: &str, output: Output) -> Result<Vec<Statement>, Failure> {
    match read_server(&mut connect(url)?) {
        Ok(statements) => {
            output.detail(format_args!("read {} statements from the server", statements.len()));
            Ok(statements)
        }
        Err(why) => {
            output.note(format_args!("no statements of the application: {why}"));
            Ok(Vec::new())
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

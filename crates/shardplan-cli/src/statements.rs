//! Where statements come from: files, logs or a server come in, what an application runs, and how much could not be read, goes out.

use std::fs;
use std::path::{Path, PathBuf};

use shardplan::connect;
use shardplan_workload::{Reading, Statement, merged, read_log, read_server, read_sql};

use crate::failure::Failure;
use crate::output::Output;

/// What an application runs.
#[derive(Debug, Default)]
pub(crate) struct Workload {
    /// Each text once.
    pub(crate) statements: Vec<Statement>,
    /// How many lines of files, or rows of a server, could not be read.
    pub(crate) left_out: usize,
}

impl Workload {
    fn take(&mut self, found: Reading, from: &str, output: Output) {
        if let Some(first) = found.skipped.first() {
            let count = found.skipped.len();
            output.note(format_args!("{from}: {count} that could not be read, the first of them {first}"));
        }
        self.left_out += found.skipped.len();
        self.statements.extend(found.statements);
    }
}

/// What the files and logs say; without any, what the server has counted.
pub(crate) fn read(
    files: &[PathBuf],
    logs: &[PathBuf],
    url: Option<&str>,
    output: Output,
) -> Result<Workload, Failure> {
    let mut workload = Workload::default();
    for path in files {
        workload.take(read_sql(&shown(path), bytes(path)?), &shown(path), output);
    }
    for path in logs {
        let log = read_log(&shown(path), bytes(path)?);
        let log = log.map_err(|error| Failure::wrong(error.to_string()).in_file(path))?;
        workload.take(log, &shown(path), output);
    }
    if let Some(url) = url.filter(|_| files.is_empty() && logs.is_empty()) {
        counted(url, &mut workload, output)?;
    }
    workload.statements = merged(workload.statements);
    Ok(workload)
}

/// What the server has counted; nothing, and a note why, if it does not count.
fn counted(url: &str, workload: &mut Workload, output: Output) -> Result<(), Failure> {
    match read_server(&mut connect(url)?) {
        Ok(found) => {
            output.detail(format_args!("read {} statements from the server", found.statements.len()));
            workload.take(found, "pg_stat_statements", output);
        }
        Err(why) => output.note(format_args!("no statements of the application: {why}")),
    }
    Ok(())
}

/// What a file has, in whatever encoding.
fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::unreadable(&format!("cannot read `{}`", path.display()), &error))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

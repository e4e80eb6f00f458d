//! Where statements come from: files or a server come in, what an application runs goes out.

use std::path::{Path, PathBuf};

use shardplan_workload::{Statement, merged, read_log, read_server, read_sql};

use crate::failure::Failure;
use crate::source;

/// The statements of all files, or those that the server has counted, each text once.
pub(crate) fn read(files: &[PathBuf], url: Option<&str>) -> Result<Vec<Statement>, Failure> {
    let mut statements = Vec::new();
    for file in files {
        statements.extend(in_file(file)?);
    }
    if let Some(url) = url.filter(|_| files.is_empty()) {
        let counted = read_server(&mut shardplan::connect(url)?);
        statements.extend(counted.map_err(|error| Failure::unreadable("cannot read the statements", &error))?);
    }
    Ok(merged(statements))
}

/// A log in the csv or json format, by the end of its name; anything else is SQL.
fn in_file(path: &Path) -> Result<Vec<Statement>, Failure> {
    let (name, text) = (path.display().to_string(), source::text(path)?);
    let ends_with = |end: &&str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(end));
    if ["csv", "json", "log"].iter().any(ends_with) {
        return read_log(&name, &text).map_err(|error| Failure::wrong(error.to_string()).in_file(path));
    }
    Ok(read_sql(&name, &text))
}

//! Where the schema comes from: the arguments come in, a catalog and what was skipped go out.

use std::fs;
use std::path::{Path, PathBuf};

use shardplan::{Catalog, Error};

use crate::arguments::Source;
use crate::failure::Failure;
use crate::output::Output;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The catalog of the one source that was named; what was skipped of SQL text is in it, and said.
pub(crate) fn catalog(source: &Source, output: Output) -> Result<Catalog, Failure> {
    if let Some(url) = &source.url {
        return database(url, output);
    }
    let catalog = match &source.catalog {
        Some(path) => Catalog::from_json(&text(path)?).map_err(|error| Failure::from(error).in_file(path))?,
        None => ddl(&source.ddl, output)?,
    };
    Ok(catalog.without_own())
}

/// The schema of a live server.
pub(crate) fn database(url: &str, output: Output) -> Result<Catalog, Failure> {
    let catalog = live(url)?;
    output.detail(format_args!("read {} tables from the server", catalog.tables.len()));
    Ok(catalog)
}

/// The same, without what a plan that is under way there has made for itself.
pub(crate) fn live(url: &str) -> Result<Catalog, Error> {
    Ok(Catalog::from_database(&mut shardplan::connect(url)?)?.without_own())
}

/// A text file, without the byte order mark that some editors put at its beginning.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path);
    let mut text = text.map_err(|error| Failure::unreadable(&format!("cannot read `{}`", path.display()), &error))?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len_utf8());
    }
    Ok(text)
}

/// The files as one text, because a later one may alter what an earlier one creates.
fn ddl(files: &[PathBuf], output: Output) -> Result<Catalog, Failure> {
    let mut sql = String::new();
    let mut lines_before = Vec::new();
    for file in files {
        lines_before.push(sql.matches('\n').count() as u64);
        sql.push_str(&text(file)?);
        sql.push('\n');
    }
    let mut catalog = Catalog::from_ddl(&sql).catalog;
    for part in &mut catalog.skipped {
        let at = lines_before.partition_point(|before| *before < part.line).saturating_sub(1);
        part.line -= lines_before[at];
        part.file = Some(files[at].display().to_string());
        output.note(format_args!("{}:{}: skipped: {}: {}", files[at].display(), part.line, part.statement, part.why));
    }
    Ok(catalog)
}

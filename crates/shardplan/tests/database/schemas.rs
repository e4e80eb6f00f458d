//! The schemas that both doors are tried on: the project's fixtures, and those in the folder that `SHARDPLAN_SCHEMAS` names.

use std::path::{Path, PathBuf};

use shardplan_testkit::{Database, shared};

/// A schema to load.
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

impl Schema {
    /// A database that holds it.
    pub(crate) fn load(&self) -> Database<'static> {
        let database = shared().fresh_database();
        let outcome = database.load(&self.folder.join("schema.sql"));
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", self.name));
        database
    }
}

/// Those of the project.
pub(crate) fn fixtures() -> Vec<Schema> {
    in_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"))
}

/// Those that the environment names; none without it.
pub(crate) fn given() -> Vec<Schema> {
    let Some(folder) = std::env::var_os("SHARDPLAN_SCHEMAS") else { return Vec::new() };
    let schemas = in_folder(Path::new(&folder));
    assert!(!schemas.is_empty(), "SHARDPLAN_SCHEMAS is set, and there is no schema in {}", folder.display());
    schemas
}

fn in_folder(folder: &Path) -> Vec<Schema> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut schemas: Vec<Schema> = entries
        .flatten()
        .filter(|entry| entry.path().join("schema.sql").exists())
        .map(|entry| Schema { name: entry.file_name().to_string_lossy().into_owned(), folder: entry.path() })
        .collect();
    schemas.sort_by(|a, b| a.name.cmp(&b.name));
    schemas
}

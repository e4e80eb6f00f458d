//! The third door: a catalog as a versioned JSON document, so that a plan can be made away from the database.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Catalog;
use crate::error::Error;

const FORMAT: &str = "shardplan-catalog";
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    catalog: &'a Catalog,
}

impl Catalog {
    /// Writes the catalog as indented JSON with a format name and version; the same catalog gives the same bytes.
    pub fn to_json(&self) -> String {
        let document = Document { format: FORMAT, version: VERSION, catalog: self };
        serde_json::to_string_pretty(&document).expect("the model has only string keys and finite numbers") + "\n"
    }

    /// Reads what [`Catalog::to_json`] wrote.
    ///
    /// # Errors
    /// [`Error::Json`] when it is not such a document (with line and column), [`Error::JsonVersion`] when it is one of
    /// another kind or version.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let invalid = |source| Error::Json { expected: "catalog", source };
        let document: Value = serde_json::from_str(text).map_err(invalid)?;
        let found = document.get("format").and_then(Value::as_str).unwrap_or("nothing");
        let version = document.get("version").and_then(Value::as_u64).unwrap_or(0);
        if found != FORMAT || version != u64::from(VERSION) {
            return Err(Error::JsonVersion {
                expected: FORMAT,
                supported: VERSION,
                found: found.to_owned(),
                version,
                advice: "write it again with this version of shardplan",
            });
        }
        let body: Body = serde_json::from_str(text).map_err(invalid)?;
        let mut catalog = body.catalog;
        catalog.sort();
        Ok(catalog)
    }
}

#[derive(Deserialize)]
struct Body {
    catalog: Catalog,
}

//! The third door: a catalog as a versioned JSON document, so that a plan can be made away from the database.

use super::Catalog;
use crate::document;
use crate::error::Error;

const FORMAT: &str = "shardplan-catalog";
const VERSION: u32 = 1;

impl Catalog {
    /// Writes the catalog as indented JSON with a format name and version; the same catalog gives the same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        document::write(FORMAT, VERSION, self)
    }

    /// Reads what [`Catalog::to_json`] wrote.
    ///
    /// # Errors
    /// [`Error::Json`] when it is not such a document (with line and column), [`Error::JsonVersion`] when it is one of
    /// another kind or version.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let mut catalog: Self = document::read(FORMAT, VERSION, text)?;
        catalog.sort();
        Ok(catalog)
    }
}

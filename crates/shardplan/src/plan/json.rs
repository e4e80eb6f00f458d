//! A plan as a versioned JSON document.

use super::Plan;
use crate::document;
use crate::error::Error;

const FORMAT: &str = "shardplan-plan";
const VERSION: u32 = 1;

impl Plan {
    /// Writes the plan as indented JSON with a format name and version; the same plan gives the same bytes.
    pub fn to_json(&self) -> String {
        document::write(FORMAT, VERSION, self)
    }

    /// Reads what [`Plan::to_json`] wrote.
    ///
    /// # Errors
    /// [`Error::Json`] when it is not such a document (with line and column), [`Error::JsonVersion`] when it is one of
    /// another kind or version.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        document::read(FORMAT, VERSION, text)
    }
}

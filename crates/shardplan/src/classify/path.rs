//! A way from a table to the distribution key over foreign keys.

use serde::{Deserialize, Deserializer, Serialize};

use crate::catalog::ColumnPair;
use crate::name::{Name, TableName};

/// From a table that lacks the key to one that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// The foreign keys to follow, at least one.
    #[serde(deserialize_with = "at_least_one")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub hops: Vec<Hop>,
    /// The distribution column of the last hop's referenced table.
    pub column: Name,
}

/// One foreign key of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hop {
    /// The foreign key.
    pub foreign_key: Name,
    /// The referencing table.
    pub from: TableName,
    /// The referenced table.
    pub to: TableName,
    /// Its column pairs.
    pub columns: Vec<ColumnPair>,
    /// Whether one of the referencing columns may be NULL.
    pub nullable: bool,
    /// Whether the foreign key was validated.
    pub validated: bool,
}

impl Path {
    /// Whether a row may have no way along this path: a NULL or an orphan is possible on it.
    pub fn is_doubtful(&self) -> bool {
        self.hops.iter().any(|hop| hop.nullable || !hop.validated)
    }

    /// The table that holds the key at its end.
    pub fn end(&self) -> &TableName {
        &self.hops.last().expect("a path has at least one hop").to
    }
}

/// A document may hold what no search finds, and [`Path::end`] relies on a hop.
fn at_least_one<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<Hop>, D::Error> {
    let hops = Vec::deserialize(reader)?;
    if hops.is_empty() { Err(serde::de::Error::invalid_length(0, &"at least one hop")) } else { Ok(hops) }
}

//! What a CHECK of the plan says: columns come in, its text goes out.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// What a CHECK of the plan says. `Display` writes it as PostgreSQL prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The column is not NULL.
    NotNull(Name),
    /// These columns, two or more, are all NULL or none of them is: what `MATCH FULL` asks of the columns of a foreign key.
    AllOrNone(Vec<Name>),
    /// A column has what another one has.
    Same {
        /// The column.
        column: Name,
        /// The other one.
        as_column: Name,
        /// Whether it is not NULL either.
        not_null: bool,
    },
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = match self {
            Self::NotNull(column) => return write!(f, "({column} IS NOT NULL)"),
            Self::Same { column, as_column, not_null: true } => {
                return write!(f, "(({column} IS NOT NULL) AND ({column} = {as_column}))");
            }
            Self::Same { column, as_column, not_null: false } => {
                return write!(f, "(NOT ({column} IS DISTINCT FROM {as_column}))");
            }
            Self::AllOrNone(columns) => columns,
        };
        let pairs = columns.windows(2).map(|pair| format!("(({} IS NULL) = ({} IS NULL))", pair[0], pair[1]));
        let pairs: Vec<String> = pairs.collect();
        if pairs.len() == 1 { f.write_str(&pairs[0]) } else { write!(f, "({})", pairs.join(" AND ")) }
    }
}

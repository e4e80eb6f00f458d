//! How all tables together are distributed: a word comes in, a choice goes out. Knows no plan.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How the reference and distributed tables get to their places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// One table after the other: small ones while their writers wait, large ones by the concurrent function.
    #[default]
    Combined,
    /// All tables in one transaction: nobody ever sees a foreign key that is not enforced, and all wait while it copies.
    Atomic,
    /// One table after the other, each by the concurrent function unless that would lose something.
    Online,
    /// All tables at one instant: new distributed tables are filled beside the live ones, kept up to date, and exchanged for
    /// them when next to nothing is left to be done.
    Shadow,
}

impl Strategy {
    /// Every strategy.
    pub const ALL: [Self; 4] = [Self::Combined, Self::Atomic, Self::Online, Self::Shadow];
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Combined => "combined",
            Self::Atomic => "atomic",
            Self::Online => "online",
            Self::Shadow => "shadow",
        })
    }
}

impl FromStr for Strategy {
    type Err = Error;

    /// Reads what `Display` writes.
    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|strategy| strategy.to_string() == text);
        found.ok_or_else(|| {
            let known = Self::ALL.map(|strategy| format!("`{strategy}`")).join(", ");
            Error::UnknownStrategy { text: text.to_owned(), known }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Strategy;

    #[test]
    fn every_strategy_reads_what_it_writes() {
        for strategy in Strategy::ALL {
            assert_eq!(strategy.to_string().parse::<Strategy>().unwrap(), strategy);
        }
    }

    #[test]
    fn an_unknown_strategy_lists_the_known_ones() {
        let error = "copy".parse::<Strategy>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown strategy `copy`, expected one of `combined`, `atomic`, `online`, `shadow`"
        );
    }
}

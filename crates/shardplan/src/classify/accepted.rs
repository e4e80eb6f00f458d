//! Findings that the user accepts: a rule's id with a table and a reason comes in, what it speaks of goes out. Knows no plan.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::forced::{check_reason, unknown};
use super::similar::did_you_mean;
use crate::error::Error;
use crate::finding::{Finding, finding_rules};
use crate::graph::SchemaGraph;
use crate::name::TableName;

/// Findings that need not be read again: those of a rule, about one table or wherever it finds something. A blocker cannot be
/// accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The id of the rule.
    pub rule: String,
    /// The table; `None` for all, and for what is about none.
    pub table: Option<TableName>,
    /// Why; required.
    pub reason: String,
}

/// How the override file says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accepted {
    rule: String,
    table: Option<String>,
    reason: String,
}

impl Accepted {
    pub(super) fn read(self) -> Result<Acceptance, Error> {
        let table = self.table.as_deref().map(TableName::from_str).transpose()?;
        Ok(Acceptance { rule: self.rule, table, reason: self.reason })
    }
}

impl Acceptance {
    /// Whether it speaks of a finding.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        finding.rule == *self.rule && (self.table.is_none() || self.table == finding.table)
    }

    /// Whether there is such a rule and such a table, and a reason.
    pub(super) fn check(&self, graph: &SchemaGraph) -> Result<(), Error> {
        if !finding_rules().any(|rule| rule.id == self.rule) {
            let similar = did_you_mean(&self.rule, finding_rules().map(|rule| rule.id));
            return Err(self.refused(&format!("there is no such rule{similar}")));
        }
        if let Some(table) = &self.table {
            graph.table(table).ok_or_else(|| unknown(graph, table))?;
        }
        check_reason(Some(&self.reason), &self.to_string())
    }

    /// The error of one that cannot be followed.
    pub(crate) fn refused(&self, why: &str) -> Error {
        Error::Override { place: None, target: self.to_string(), why: why.to_owned() }
    }
}

impl fmt::Display for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accepted finding `{}`", self.rule)?;
        self.table.as_ref().map_or(Ok(()), |table| write!(f, " of table `{table}`"))
    }
}

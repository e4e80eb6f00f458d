//! What the user must read: typed values with their place, never log lines.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{Name, TableName};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Stops the plan: it cannot be carried out as it stands.
    Blocker,
    /// Changes what the database promises, or can fail on the data; needs a decision.
    Warning,
    /// Good to know.
    Notice,
}

/// A rule: what is so for every finding that carries its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindingRule {
    /// Its stable id, in kebab case.
    pub id: &'static str,
    /// How much a finding of it weighs.
    pub severity: Severity,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// What Citus prints where it refuses (object names left out), as measured on 13.2.2.
    pub message: Option<&'static str>,
    /// What to do.
    pub advice: &'static str,
}

/// Every rule that a finding can come from, by id within each stage.
pub fn finding_rules() -> impl Iterator<Item = &'static FindingRule> {
    crate::classify::RULES.iter().chain(crate::citus::RULES)
}

/// Something that the user must read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule that it comes from: a stable id in kebab case, listed by [`finding_rules`].
    pub rule: Cow<'static, str>,
    /// How much it weighs.
    pub severity: Severity,
    /// The table that it is about.
    pub table: Option<TableName>,
    /// The constraint, index, column or trigger of that table that it is about.
    pub object: Option<Name>,
    /// What is so, in one or two sentences.
    pub message: String,
    /// What to do about it.
    pub advice: Cow<'static, str>,
    /// A query that counts the rows that it is about, if that can be counted.
    pub query: Option<Probe>,
}

/// A question to the data, as data: the renderer makes a counting query of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// Rows of `table` that get no key along the path: a NULL or an orphan stands on the way.
    NoKeyAlong {
        /// The table.
        table: TableName,
        /// The path.
        path: crate::Path,
    },
    /// Rows of `table` for which two paths give different keys.
    PathsDisagree {
        /// The table.
        table: TableName,
        /// The chosen path; `None` when the table holds the key in `column`.
        chosen: Option<crate::Path>,
        /// The column that holds the key, when there is no chosen path.
        column: Option<Name>,
        /// The other path.
        other: crate::Path,
    },
    /// Rows of `table` whose `column` is NULL.
    IsNull {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// Rows of `table` whose `column` has no row in the root.
    NotInRoot {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// The root.
        root: TableName,
        /// The root's key column.
        root_column: Name,
    },
}

/// Most severe first, then by table, rule and object.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
}

fn order(finding: &Finding) -> (Severity, Option<&TableName>, &str, Option<&Name>, &str) {
    (finding.severity, finding.table.as_ref(), &finding.rule, finding.object.as_ref(), &finding.message)
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocker => "blocker",
            Self::Warning => "warning",
            Self::Notice => "notice",
        })
    }
}

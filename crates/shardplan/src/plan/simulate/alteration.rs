//! What a cluster does to a table without a word: a table and its schema come in, what it loses goes out.

use std::fmt;

use super::schema::{Place, Schema};
use crate::catalog::{Catalog, View};
use crate::name::{Name, TableName};

/// Something that a change alters besides what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alteration {
    /// The table became a local table of the cluster, because a foreign key connects it to a reference table.
    Converted(TableName),
    /// The comments of the table, its columns, constraints and indexes went.
    CommentsLost(TableName),
    /// A check that is NOT VALID passes for valid.
    CheckUnproven {
        /// The table.
        table: TableName,
        /// The check.
        name: Name,
    },
    /// The sequence of an identity column starts again.
    IdentityRestarted {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// A materialized view has no rows any more.
    Emptied(TableName),
    /// A view lost its grants and comments.
    ViewRemade(TableName),
    /// The rewrite rules went.
    RulesLost(TableName),
    /// The table is no longer one of a type (`OF`).
    Untyped(TableName),
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converted(table) => write!(f, "`{table}` would become a local table of the cluster"),
            Self::CommentsLost(table) => write!(f, "the comments of `{table}` would be lost"),
            Self::CheckUnproven { table, name } => {
                write!(f, "the check `{name}` of `{table}`, which is NOT VALID, would pass for valid")
            }
            Self::IdentityRestarted { table, column } => {
                write!(f, "the sequence of the identity column `{column}` of `{table}` would start again")
            }
            Self::Emptied(view) => write!(f, "the materialized view `{view}` would be empty"),
            Self::ViewRemade(view) => write!(f, "the view `{view}` would lose its grants and comments"),
            Self::RulesLost(table) => write!(f, "the rewrite rules of `{table}` would be lost"),
            Self::Untyped(table) => write!(f, "`{table}` would no longer be of its type"),
        }
    }
}

impl Alteration {
    /// The table or view that it is about.
    #[must_use]
    pub fn table(&self) -> &TableName {
        match self {
            Self::Converted(table)
            | Self::CommentsLost(table)
            | Self::CheckUnproven { table, .. }
            | Self::IdentityRestarted { table, .. }
            | Self::Emptied(table)
            | Self::ViewRemade(table)
            | Self::RulesLost(table)
            | Self::Untyped(table) => table,
        }
    }

    /// Whether `Change::PutBack` puts back what went.
    pub(super) fn can_be_put_back(&self) -> bool {
        match self {
            Self::CommentsLost(_)
            | Self::CheckUnproven { .. }
            | Self::IdentityRestarted { .. }
            | Self::Emptied(_)
            | Self::ViewRemade(_) => true,
            Self::Converted(_) | Self::RulesLost(_) | Self::Untyped(_) => false,
        }
    }

    /// What a table loses when the cluster makes it anew: by the concurrent function, and by a conversion.
    pub(super) fn of_remake(schema: &Schema, place: Place) -> Vec<Self> {
        let mut altered = Vec::new();
        for table in schema.family(place) {
            let on = || table.name.clone();
            if has_comments(table) {
                altered.push(Self::CommentsLost(on()));
            }
            let unproven = table.checks.iter().filter(|check| !check.validated);
            altered.extend(unproven.map(|check| Self::CheckUnproven { table: on(), name: check.name.clone() }));
            let identities = table.columns.iter().filter(|column| column.identity.is_some());
            altered
                .extend(identities.map(|column| Self::IdentityRestarted { table: on(), column: column.name.clone() }));
            if !table.rules.is_empty() {
                altered.push(Self::RulesLost(on()));
            }
            if table.of_type.is_some() {
                altered.push(Self::Untyped(on()));
            }
            let views = readers(schema.catalog(), &table.name).into_iter();
            altered.extend(views.map(|view| match view.materialized {
                true => Self::Emptied(view.name.clone()),
                false => Self::ViewRemade(view.name.clone()),
            }));
        }
        altered
    }
}

/// Whether a comment is on the table or on something of it, foreign keys apart.
pub(super) fn has_comments(table: &crate::catalog::Table) -> bool {
    table.comment.is_some()
        || table.columns.iter().any(|column| column.comment.is_some())
        || table.keys().any(|key| key.comment.is_some())
        || table.indexes.iter().any(|index| index.comment.is_some())
        || table.checks.iter().any(|check| check.comment.is_some())
        || table.exclusions.iter().any(|exclusion| exclusion.comment.is_some())
}

/// The views over a table, also over other views.
fn readers<'c>(catalog: &'c Catalog, table: &TableName) -> Vec<&'c View> {
    let mut found: Vec<&View> = Vec::new();
    let mut waiting = vec![table];
    while let Some(read) = waiting.pop() {
        for view in catalog.views.iter().filter(|view| view.reads.contains(read)) {
            if !found.iter().any(|other| other.name == view.name) {
                found.push(view);
                waiting.push(&view.name);
            }
        }
    }
    found
}

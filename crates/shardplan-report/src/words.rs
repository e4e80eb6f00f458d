//! Verdicts come in, the short words that a person reads for them go out: on a terminal, on a page, in a picture. Knows no markup.

use std::fmt::{self, Display};

use shardplan::{
    ForeignKeyFate, ForeignKeyVerdict, KeyFate, KeyVerdict, Loss, Placement, Plan, PlannedTable, Reason, Severity,
    UniqueKind,
};

/// What becomes of a table, in one of four words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Distributed, and it holds the key already.
    Ready,
    /// Distributed, once it has got the key.
    Backfill,
    /// A reference table.
    Reference,
    /// A local table.
    Local,
}

impl Class {
    /// Every class, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Ready, Self::Backfill, Self::Reference, Self::Local];

    /// The class of a table.
    #[must_use]
    pub fn of(placement: &Placement) -> Self {
        match placement {
            Placement::Distributed { backfill: None, .. } => Self::Ready,
            Placement::Distributed { backfill: Some(_), .. } => Self::Backfill,
            Placement::Reference => Self::Reference,
            Placement::Local => Self::Local,
        }
    }

    /// How many tables of a plan are of this class.
    #[must_use]
    pub fn count(self, plan: &Plan) -> usize {
        plan.tables.iter().filter(|table| Self::of(&table.placement) == self).count()
    }

    /// As one word, for the class of an element.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Backfill => "backfill",
            Self::Reference => "reference",
            Self::Local => "local",
        }
    }
}

impl Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if *self == Self::Backfill { "needs backfill" } else { self.id() })
    }
}

/// In one line, and harmless to a terminal and to XML: names may hold anything.
#[must_use]
pub fn shown(text: &(impl Display + ?Sized)) -> String {
    text.to_string().replace(|c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'), " ")
}

/// `1 table`, `2 tables`.
#[must_use]
pub fn counted(number: impl Display, what: &str) -> String {
    let number = number.to_string();
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// How many findings of that severity are open.
#[must_use]
pub fn found(plan: &Plan, severity: Severity) -> usize {
    plan.open(severity).count()
}

/// Why a table has its placement.
#[must_use]
pub fn why(table: &PlannedTable) -> String {
    match (&table.reason, &table.placement) {
        (Reason::Root, _) => "the root".to_owned(),
        (Reason::HoldsKey { foreign_key, references }, Placement::Distributed { column, .. }) => {
            format!("{} is the key: {} to {}", shown(column), shown(foreign_key), shown(references))
        }
        (Reason::HoldsKey { .. }, _) => "holds the key".to_owned(),
        (Reason::SameColumn, _) => "has a column of the key's name and type (an assumption)".to_owned(),
        (_, Placement::Distributed { column, backfill: Some(path) }) => {
            let way: Vec<String> = path.hops.iter().map(|hop| shown(&hop.to)).collect();
            let others = match table.other_paths.len() {
                0 => String::new(),
                others => format!("; {}", counted(others, "other path")),
            };
            format!("gets {} over {}{others}", shown(column), way.join(", "))
        }
        (Reason::Reaches, _) => "reaches the key".to_owned(),
        (Reason::ReferencedBy { table, foreign_key }, _) => {
            format!("{} references it ({})", shown(table), shown(foreign_key))
        }
        (Reason::Unconnected, _) => "nothing distributed references it".to_owned(),
        (Reason::PartitionOf(parent), _) => format!("a partition of {}", shown(parent)),
        (Reason::Forced { why }, _) => format!("forced: {}", shown(why)),
    }
}

/// What promises uniqueness.
#[must_use]
pub fn kind(kind: UniqueKind) -> &'static str {
    match kind {
        UniqueKind::PrimaryKey => "primary key",
        UniqueKind::Constraint => "unique constraint",
        UniqueKind::Index => "unique index",
        UniqueKind::Exclusion => "exclusion constraint",
    }
}

/// `(one, other)`.
#[must_use]
pub fn columns(columns: &[String]) -> String {
    format!("({})", shown(&columns.join(", ")))
}

/// What becomes of a key.
#[must_use]
pub fn key_fate(key: &KeyVerdict) -> String {
    match &key.fate {
        KeyFate::Kept => "stays".to_owned(),
        KeyFate::Widened { after, loses: Loss::AcrossKeys } => {
            format!("becomes {}: unique per tenant only", columns(after))
        }
        KeyFate::Widened { after, .. } => format!("becomes {}", columns(after)),
        KeyFate::Impossible => "impossible".to_owned(),
        KeyFate::GivenUp => "given up".to_owned(),
    }
}

/// What becomes of a foreign key, and whether it is away meanwhile.
#[must_use]
pub fn foreign_key_fate(verdict: &ForeignKeyVerdict) -> String {
    let away = if verdict.suspension.is_some() { ", away during the distribution" } else { "" };
    match &verdict.fate {
        ForeignKeyFate::Kept => format!("stays{away}"),
        ForeignKeyFate::Added => format!("is added{away}"),
        ForeignKeyFate::Impossible { rule } => format!("impossible: {rule}"),
        ForeignKeyFate::GivenUp => "given up".to_owned(),
        ForeignKeyFate::Replaced { by, lost_actions, .. } => {
            let names: Vec<String> = by.columns.iter().map(|pair| pair.from.to_string()).collect();
            let lost = if lost_actions.is_empty() { "" } else { ", without its actions" };
            format!("becomes {}{lost}{away}", columns(&names))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, shown};

    #[test]
    fn what_is_shown_stays_in_its_line() {
        assert_eq!(shown("a\nb\u{1b}[31m\u{ffff}c"), "a b [31m c");
        assert_eq!(counted(1, "table") + &counted(0, "table"), "1 table0 tables");
    }
}

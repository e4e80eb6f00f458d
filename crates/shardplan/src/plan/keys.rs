//! What becomes of each promise of uniqueness: Citus keeps it only if the distribution column is part of it.

use super::change::KeyKind;
use super::draft::Draft;
use super::key_steps;
use super::verdict::{KeyFate, KeyVerdict, Loss, UniqueKind};
use crate::catalog::{
    Column, Direction, Exclusion, ForeignKey, Identity, Index, IndexElement, IndexPart, Key, Table, Timing,
};
use crate::graph::TableIx;
use crate::name::Name;

/// The verdicts, and what the steps need of the keys that change.
#[derive(Default)]
pub(super) struct Keys<'c> {
    pub(super) verdicts: Vec<KeyVerdict>,
    /// By table and name, like the verdicts.
    pub(super) widened: Vec<Widened<'c>>,
    /// By table: where its own begin in `widened`.
    starts: Vec<usize>,
    pub(super) given_up: Vec<GivenUp<'c>>,
}

impl<'c> Keys<'c> {
    /// The keys of that table that gain the distribution column.
    pub(super) fn widened_of(&self, table: TableIx) -> impl Iterator<Item = &Widened<'c>> {
        let start = self.starts[table.at()];
        self.widened[start..].iter().take_while(move |widened| widened.table == table)
    }
}

/// A key that gains the distribution column.
pub(super) struct Widened<'c> {
    pub(super) table: TableIx,
    pub(super) old: Unique<'c>,
    /// What takes its place, under a name of its own until the old one has gone.
    pub(super) index: Index,
    /// For a constraint of a partitioned table: the index of each partition, of which there may be none.
    pub(super) parts: Option<Vec<(TableIx, Index)>>,
    /// The name under which the old key's index is built again when the swap is taken back.
    pub(super) way_back: Name,
    /// A plain index on the old columns, for lookups that do not name the distribution column yet.
    pub(super) lookup: Option<Index>,
}

/// A key that the user gives up.
pub(super) struct GivenUp<'c> {
    pub(super) table: TableIx,
    pub(super) old: Unique<'c>,
}

/// What promises uniqueness today.
#[derive(Clone, Copy)]
pub(super) enum Unique<'c> {
    Primary(&'c Key),
    Constraint(&'c Key),
    Index(&'c Index),
    Exclusion(&'c Exclusion),
}

impl<'c> Unique<'c> {
    pub(super) fn name(self) -> &'c Name {
        match self {
            Self::Primary(key) | Self::Constraint(key) => &key.name,
            Self::Index(index) => &index.name,
            Self::Exclusion(exclusion) => &exclusion.name,
        }
    }

    pub(super) fn comment(self) -> Option<&'c String> {
        match self {
            Self::Primary(key) | Self::Constraint(key) => key.comment.as_ref(),
            Self::Index(index) => index.comment.as_ref(),
            Self::Exclusion(exclusion) => exclusion.comment.as_ref(),
        }
    }

    /// As a constraint: its kind and when it is checked; `None` for a plain index.
    pub(super) fn constraint(self) -> Option<(KeyKind, Timing)> {
        match self {
            Self::Primary(key) => Some((KeyKind::Primary, key.timing)),
            Self::Constraint(key) => Some((KeyKind::Unique, key.timing)),
            Self::Index(_) | Self::Exclusion(_) => None,
        }
    }

    /// Whether the column only rides along.
    fn includes(self, column: &Name) -> bool {
        match self {
            Self::Primary(key) | Self::Constraint(key) => key.include.contains(column),
            Self::Index(index) => index.include.contains(column),
            Self::Exclusion(_) => false,
        }
    }

    fn kind(self) -> UniqueKind {
        match self {
            Self::Primary(_) => UniqueKind::PrimaryKey,
            Self::Constraint(_) => UniqueKind::Constraint,
            Self::Index(_) => UniqueKind::Index,
            Self::Exclusion(_) => UniqueKind::Exclusion,
        }
    }

    /// On a partition: whether it belongs to a key of the partitioned table, which decides for it.
    fn is_attached(self) -> bool {
        match self {
            Self::Primary(key) | Self::Constraint(key) => key.attached_to.is_some(),
            Self::Index(index) => index.attached_to.is_some(),
            Self::Exclusion(_) => false,
        }
    }

    /// What an index with the same promise has at its positions.
    pub(super) fn elements(self) -> Vec<IndexElement> {
        match self {
            Self::Primary(key) | Self::Constraint(key) => key.columns.iter().map(plain).collect(),
            Self::Index(index) => index.elements.clone(),
            Self::Exclusion(exclusion) => exclusion.elements.iter().map(|part| part.element.clone()).collect(),
        }
    }

    /// Whether it is on exactly the columns that the foreign key references, in whatever order.
    pub(super) fn is_referenced_by(self, key: &ForeignKey) -> bool {
        let (count, mut referenced) = (key.columns.len(), key.columns.iter().map(|pair| &pair.to));
        match self {
            Self::Primary(own) | Self::Constraint(own) => {
                own.columns.len() == count && referenced.all(|column| own.columns.contains(column))
            }
            Self::Index(index) => index.elements.len() == count && referenced.all(|column| self.has(column)),
            Self::Exclusion(_) => false,
        }
    }

    /// Whether `column` is one of its keys (one that only rides along with INCLUDE does not count: Citus lets that
    /// pass and then checks each shard alone).
    fn has(self, column: &Name) -> bool {
        match self {
            Self::Primary(key) | Self::Constraint(key) => key.columns.contains(column),
            Self::Index(index) => index.elements.iter().any(|element| is_column(element, column)),
            Self::Exclusion(exclusion) => {
                exclusion.elements.iter().any(|part| part.operator == "=" && is_column(&part.element, column))
            }
        }
    }
}

fn is_column(element: &IndexElement, column: &Name) -> bool {
    matches!(&element.part, IndexPart::Column(name) if name == column)
}

/// A column at a position of an index, with nothing special about it.
fn plain(column: &Name) -> IndexElement {
    IndexElement { part: IndexPart::Column(column.clone()), options: String::new(), direction: Direction::Asc }
}

/// Every promise of uniqueness of a table: the primary key first, then by name within each kind.
pub(super) fn uniques(table: &Table) -> impl Iterator<Item = Unique<'_>> {
    let primary = table.primary_key.iter().map(Unique::Primary);
    let constraints = table.unique.iter().map(Unique::Constraint);
    let indexes = table.indexes.iter().filter(|index| index.unique).map(Unique::Index);
    let exclusions = table.exclusions.iter().map(Unique::Exclusion);
    primary.chain(constraints).chain(indexes).chain(exclusions)
}

pub(super) fn decide<'c>(draft: &mut Draft<'c>) -> Keys<'c> {
    let mut keys = Keys::default();
    for (ix, table) in draft.tables() {
        let column = draft.column(ix);
        keys.starts.push(keys.widened.len());
        for unique in uniques(table).filter(|unique| !unique.is_attached()) {
            let fate = match column {
                Some(column) if !unique.has(column) => change(draft, &mut keys, ix, unique, column),
                _ => KeyFate::Kept,
            };
            keys.verdicts.push(KeyVerdict {
                table: table.name.clone(),
                name: unique.name().clone(),
                kind: unique.kind(),
                before: unique.elements().iter().map(describe).collect(),
                fate,
            });
        }
        refuse_equal_of_partitioned(draft, &keys, ix);
    }
    keys
}

/// When Citus makes the shards of a partitioned table, PostgreSQL ties an equal unique index that is older to the index of the
/// partition's primary key, and finds none for the primary key itself.
fn refuse_equal_of_partitioned(draft: &mut Draft<'_>, keys: &Keys<'_>, ix: TableIx) {
    let widened = &keys.widened[keys.starts[ix.at()]..];
    let is_primary = |widened: &&Widened<'_>| matches!(widened.old, Unique::Primary(_));
    let Some(primary) = widened.iter().find(is_primary).filter(|_| draft.is_partitioned(ix)) else { return };
    let equal = |other: &&Widened<'_>| {
        !is_primary(other) && other.index.elements == primary.index.elements && other.index.predicate.is_none()
    };
    let table = draft.table(ix);
    for other in widened.iter().filter(equal) {
        let name = other.old.name();
        let message =
            format!("unique index `{name}` of the partitioned `{}` is on the columns of its primary key", table.name);
        draft.report("equal-partitioned-key", &table.name, Some(name), message);
    }
}

fn change<'c>(draft: &mut Draft<'c>, keys: &mut Keys<'c>, table: TableIx, old: Unique<'c>, column: &Name) -> KeyFate {
    let table_name = &draft.table(table).name;
    let rule = draft.rules.keys.get(&(table_name.clone(), old.name().clone()));
    if rule.is_some_and(|rule| rule.drop) && !matches!(old, Unique::Primary(_)) {
        let message = format!("`{}` of `{table_name}` is given up, as the rules say", old.name());
        draft.report("key-given-up", table_name, Some(old.name()), message);
        keys.given_up.push(GivenUp { table, old });
        return KeyFate::GivenUp;
    }
    if let Unique::Exclusion(exclusion) = old {
        let message =
            format!("exclusion constraint `{}` of `{table_name}` does not compare `{column}` with `=`", exclusion.name);
        draft.report("exclusion-without-key", table_name, Some(&exclusion.name), message);
        return KeyFate::Impossible;
    }
    if old.includes(column) {
        let message = format!("`{}` of `{table_name}` has `{column}` only under INCLUDE", old.name());
        draft.report("included-key", table_name, Some(old.name()), message);
    }
    let index = widen(draft, table, old, column);
    let after = index.elements.iter().map(describe).collect();
    let loses = loss(draft, table, old);
    report_loss(draft, table, old, column, loses);
    let lookup = lookup(draft, keys, table, old);
    let parts = key_steps::parts_of_constraint(draft, table, old, &index);
    let way_back = draft.names.index(&draft.table(table).name, &old.elements());
    keys.widened.push(Widened { table, old, index, parts, way_back, lookup });
    KeyFate::Widened { after, loses }
}

/// The index that keeps the promise within one value of the distribution column, which comes to its front.
fn widen(draft: &mut Draft<'_>, table: TableIx, old: Unique<'_>, column: &Name) -> Index {
    let mut elements = old.elements();
    elements.insert(0, plain(column));
    let name = draft.names.index(&draft.table(table).name, &elements);
    let (method, include, predicate, nulls_not_distinct) = match old {
        Unique::Primary(key) | Unique::Constraint(key) => {
            ("btree".to_owned(), &key.include[..], None, key.nulls_not_distinct)
        }
        Unique::Index(index) => {
            (index.method.clone(), &index.include[..], index.predicate.clone(), index.nulls_not_distinct)
        }
        Unique::Exclusion(_) => unreachable!("an exclusion constraint is never widened"),
    };
    Index {
        name,
        unique: true,
        method,
        elements,
        include: include.iter().filter(|name| *name != column).cloned().collect(),
        predicate,
        nulls_not_distinct,
        valid: true,
        attached_to: None,
        comment: None,
    }
}

/// An application that still looks rows up by the old key alone would fall to sequential scans without it.
fn lookup(draft: &mut Draft<'_>, keys: &Keys<'_>, ix: TableIx, old: Unique<'_>) -> Option<Index> {
    let table = draft.table(ix);
    let elements = old.elements();
    let serves = |index: &Index| {
        !index.unique && index.valid && index.predicate.is_none() && index.elements.first() == elements.first()
    };
    let partial = matches!(old, Unique::Index(index) if index.predicate.is_some());
    let planned = keys.widened_of(ix).filter_map(|widened| widened.lookup.as_ref());
    if partial || table.indexes.iter().chain(planned).any(serves) {
        return None;
    }
    let name = draft.names.index(&table.name, &elements);
    Some(Index {
        name,
        unique: false,
        method: "btree".to_owned(),
        elements,
        include: Vec::new(),
        predicate: None,
        nulls_not_distinct: false,
        valid: true,
        attached_to: None,
        comment: None,
    })
}

fn loss(draft: &Draft<'_>, ix: TableIx, old: Unique<'_>) -> Loss {
    let table = draft.table(ix);
    let names: Vec<Name> = old.elements().into_iter().filter_map(column_name).collect();
    let is_primary = matches!(old, Unique::Primary(key) if key.columns.len() == 1);
    let mut columns = names.iter().filter_map(|name| table.column(name));
    if columns.any(|column| is_generated(column, is_primary)) {
        return Loss::Generated;
    }
    let references = draft.graph.outgoing(ix).any(|key| {
        let (_, to) = draft.graph.ends(key);
        let pairs = &draft.graph.key_at(key).columns;
        to != ix && draft.column(to).is_some() && pairs.iter().all(|pair| names.contains(&pair.from))
    });
    if references { Loss::AsReferenced } else { Loss::AcrossKeys }
}

fn column_name(element: IndexElement) -> Option<Name> {
    match element.part {
        IndexPart::Column(name) => Some(name),
        IndexPart::Expression(_) => None,
    }
}

/// Whether values come from a source that does not repeat itself. A UUID that is the whole primary key counts without a
/// default too: applications make them at random.
fn is_generated(column: &Column, is_primary: bool) -> bool {
    let by_function = column.default.as_deref().is_some_and(|default| {
        ["nextval(", "gen_random_uuid(", "uuid_generate_v", "uuidv7(", "uuidv4("]
            .iter()
            .any(|source| default.contains(source))
    });
    let by_identity = matches!(column.identity, Some(Identity::Always | Identity::ByDefault));
    by_function || by_identity || (is_primary && column.data_type.as_str() == "uuid")
}

fn report_loss(draft: &mut Draft<'_>, table: TableIx, old: Unique<'_>, column: &Name, loss: Loss) {
    if loss != Loss::AcrossKeys {
        return;
    }
    let name = &draft.table(table).name;
    let on = old.elements().iter().map(describe).collect::<Vec<_>>().join(", ");
    let message = format!(
        "`{}` of `{name}` promises that ({on}) is unique; afterwards it is unique only together with `{column}`",
        old.name()
    );
    let rule = if matches!(old, Unique::Primary(_)) { "primary-key-per-key" } else { "uniqueness-per-key" };
    draft.report(rule, name, Some(old.name()), message);
}

/// What stands at a position of an index, for people.
pub(super) fn describe(element: &IndexElement) -> String {
    match &element.part {
        IndexPart::Column(column) => column.to_string(),
        IndexPart::Expression(expression) => expression.clone(),
    }
}

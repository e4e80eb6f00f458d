//! The phase that gives columns which hold the key in a narrower integer type the type of the root's: a new column beside the
//! old one, kept the same by a trigger and filled in batches, takes over all that hangs on the old one. The classification
//! has looked that nothing else does.

use std::borrow::Cow;

use super::change::{Change, Commented, IndexBuild};
use super::condition::Condition;
use super::draft::{Draft, type_schema};
use super::fill::{make_trigger, row_key, take_away};
use super::filling::{CopyColumn, KeepCopy, KeyTrigger};
use super::foreign_key_steps::{comment_of, drop_of, validation};
use super::gate::Gate;
use super::key_steps::restore_marks;
use super::keys::{Unique, uniques};
use super::names::Names;
use super::step::{Phase, PhaseKind, Step, Undo};
use crate::catalog::{Column, DataType, ForeignKey, Index, IndexElement, IndexPart, Table};
use crate::graph::TableIx;
use crate::name::Name;

/// The trigger that copies; last by name, so that it sees what the triggers of the application have changed.
const KEEP_COPY: &str = "zz_shardplan_keep_copy";

/// A column that gets the type of the root's key.
pub(super) struct Unification<'c> {
    pub(super) ix: TableIx,
    table: &'c Table,
    old: &'c Column,
    data_type: &'c DataType,
    copy: CopyColumn,
    /// The CHECK that the two columns are the same.
    check: Name,
    /// What keeps the two columns the same.
    trigger: KeyTrigger,
    /// What has the column in it, and the index that takes its place.
    indexes: Vec<(Unique<'c>, Index)>,
    /// The foreign keys from the column, and those that take their place.
    foreign_keys: Vec<(&'c ForeignKey, ForeignKey)>,
}

pub(super) fn unifications<'c>(draft: &mut Draft<'c>) -> Vec<Unification<'c>> {
    let tables: Vec<TableIx> = draft.graph.indices().filter(|ix| draft.unified(*ix).is_some()).collect();
    tables.into_iter().filter_map(|ix| unification(draft, ix)).collect()
}

fn unification<'c>(draft: &mut Draft<'c>, ix: TableIx) -> Option<Unification<'c>> {
    let [_, data_type] = draft.unified(ix)?;
    let table = draft.table(ix);
    let old = table.column(draft.column(ix)?)?;
    let row_key = row_key(draft, table);
    let mut operators: Vec<Name> = row_key.iter().filter_map(|(_, data_type)| type_schema(data_type)).collect();
    operators.sort();
    operators.dedup();
    let copy = CopyColumn {
        table: table.name.clone(),
        from: old.name.clone(),
        to: Names::column(table, &old.name, data_type.as_str()),
        row_key,
        operators,
        function: draft.names.helper(&table.name, &old.name, "fill"),
    };
    let check = draft.names.constraint(&table.name, std::iter::once(&old.name), "same");
    let trigger = KeyTrigger::Copy(KeepCopy {
        copy: copy.clone(),
        trigger: Name::from(KEEP_COPY),
        function: draft.names.helper(&table.name, &old.name, "copy"),
    });
    let indexes = indexes(draft, table, &copy);
    let foreign_keys = foreign_keys(draft, table, &copy);
    Some(Unification { ix, table, old, data_type, copy, check, trigger, indexes, foreign_keys })
}

/// What has the column in it, each with its copy on the new column.
fn indexes<'c>(draft: &mut Draft<'c>, table: &'c Table, copy: &CopyColumn) -> Vec<(Unique<'c>, Index)> {
    let plain = table.indexes.iter().filter(|index| !index.unique).map(Unique::Index);
    let copies = uniques(table).chain(plain).filter_map(|old| {
        let mut index = as_index(old)?;
        let elements = index.elements.iter_mut().filter_map(|element| match &mut element.part {
            IndexPart::Column(name) => Some(name),
            IndexPart::Expression(_) => None,
        });
        let own = elements.chain(&mut index.include).filter(|name| **name == copy.from);
        (own.map(|name| *name = copy.to.clone()).count() > 0).then_some((old, index))
    });
    let mut copies: Vec<(Unique<'c>, Index)> = copies.collect();
    for (_, index) in &mut copies {
        index.name = draft.names.index(&table.name, &index.elements);
    }
    copies
}

/// An index with the same promise; an exclusion constraint, which is none, has not got the column in it.
fn as_index(old: Unique<'_>) -> Option<Index> {
    let (include, nulls_not_distinct) = match old {
        Unique::Index(index) => return Some(Index { comment: None, ..index.clone() }),
        Unique::Primary(key) | Unique::Constraint(key) => (key.include.clone(), key.nulls_not_distinct),
        Unique::Exclusion(_) => return None,
    };
    let elements: Vec<IndexElement> = old.elements();
    Some(Index {
        name: old.name().clone(),
        unique: true,
        method: "btree".to_owned(),
        elements,
        include,
        predicate: None,
        nulls_not_distinct,
        valid: true,
        attached_to: None,
        comment: None,
    })
}

/// The foreign keys from the column, each with its copy, not validated, on the new column.
fn foreign_keys<'c>(draft: &mut Draft<'c>, table: &'c Table, copy: &CopyColumn) -> Vec<(&'c ForeignKey, ForeignKey)> {
    let graph = draft.graph;
    let own = graph.references(&table.name).filter(|key| key.columns.iter().any(|pair| pair.from == copy.from));
    let copies = own.map(|old| {
        let mut key = ForeignKey { validated: false, comment: None, ..old.clone() };
        let names = key.columns.iter_mut().map(|pair| &mut pair.from).chain(&mut key.set_columns);
        names.filter(|name| **name == copy.from).for_each(|name| *name = copy.to.clone());
        key.name = draft.names.constraint(&table.name, key.columns.iter().map(|pair| &pair.from), "fkey");
        (old, key)
    });
    copies.collect()
}

/// All columns together up to the filling, which does not wait for one table after the other; then table by table.
pub(super) fn phase(unifications: &[Unification<'_>]) -> Phase {
    let mut steps: Vec<Step> = unifications.iter().map(Unification::add_column).collect();
    steps.extend(unifications.iter().map(|unification| make_trigger(&unification.trigger)));
    steps.extend(unifications.iter().map(Unification::fill));
    for unification in unifications {
        unification.check_copy(&mut steps);
        unification.build_indexes(&mut steps);
        unification.add_foreign_keys(&mut steps);
        steps.push(unification.take_over());
    }
    let gates = unifications.iter().map(Unification::replaceable).collect();
    Phase { kind: PhaseKind::UnifyTypes, gates, steps }
}

impl Unification<'_> {
    /// What must hold before the preparation, and while it runs.
    pub(super) fn gates_before(&self) -> [Gate; 2] {
        [self.column_is(vec![self.old.data_type.clone(), self.data_type.clone()]), self.replaceable()]
    }

    /// What must hold from the next phase on.
    pub(super) fn gate_after(&self) -> Gate {
        self.column_is(vec![self.data_type.clone()])
    }

    /// The names of the indexes while they are built.
    pub(super) fn index_names(&self) -> impl Iterator<Item = &Name> {
        self.indexes.iter().map(|(_, index)| &index.name)
    }

    /// The foreign keys as they are added.
    pub(super) fn foreign_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.foreign_keys.iter().map(|(_, copy)| copy)
    }

    fn column_is(&self, data_types: Vec<DataType>) -> Gate {
        Gate::ColumnIs { table: self.table.name.clone(), column: self.old.name.clone(), data_types }
    }

    fn replaceable(&self) -> Gate {
        Gate::ColumnCanBeReplaced {
            table: self.table.name.clone(),
            column: self.old.name.clone(),
            data_type: self.data_type.clone(),
        }
    }

    fn step(&self, why: impl Into<Cow<'static, str>>, changes: Vec<Change>, undo: Undo) -> Step {
        Step::new(&self.table.name, why, changes, undo)
    }

    fn add_column(&self) -> Step {
        let (table, column) = (self.table.name.clone(), self.copy.to.clone());
        let drop = Change::DropColumn { table: table.clone(), column: column.clone() };
        let change = Change::AddColumn { table, column, data_type: self.data_type.clone(), collation: None };
        let why =
            format!("{} becomes {}, like the key: a new column will take its place", self.old.name, self.data_type);
        self.step(why, vec![change], Undo::by(drop))
    }

    fn fill(&self) -> Step {
        let why = format!("the rows that were there before get {} from {}", self.copy.to, self.copy.from);
        let undo = Undo::Impossible(Cow::Borrowed("dropping the new column takes its values along"));
        self.step(why, vec![Change::CopyColumn(Box::new(self.copy.clone()))], undo)
    }

    /// The two columns are shown to be the same; all that goes with the new column needs no undo of its own.
    fn check_copy(&self, steps: &mut Vec<Step>) {
        let CopyColumn { from, to, .. } = &self.copy;
        let condition = Condition::Same { column: to.clone(), as_column: from.clone(), not_null: self.old.not_null };
        let (table, name) = (&self.table.name, &self.check);
        let add = Change::AddCheck { table: table.clone(), name: name.clone(), condition };
        let why = "from here on no row can have another value in the new column";
        steps.push(self.step(why, vec![add], Undo::Nothing));
        let validate = Change::ValidateConstraint { table: table.clone(), name: name.clone(), references: None };
        let why = "looks at the old rows while readers and writers go on";
        steps.push(self.step(why, vec![validate], Undo::Nothing));
        if self.old.not_null {
            let change = Change::SetNotNull { table: table.clone(), column: to.clone() };
            let why = "the validated check spares the scan (PostgreSQL 12 and later; on 11 it runs under this lock)";
            steps.push(self.step(why, vec![change], Undo::Nothing));
        }
    }

    fn build_indexes(&self, steps: &mut Vec<Step>) {
        for (_, index) in &self.indexes {
            let change = Change::create_index(&self.table.name, index.clone(), IndexBuild::Concurrently);
            let why = "takes the place of the old index, without blocking writers while it is built";
            steps.push(self.step(why, vec![change], Undo::Nothing));
        }
    }

    fn add_foreign_keys(&self, steps: &mut Vec<Step>) {
        for (old, copy) in &self.foreign_keys {
            let why = "enforced for new rows from here on, while the old foreign key still holds";
            steps.push(self.step(why, vec![Change::add_foreign_key(copy.clone())], Undo::Nothing));
            if old.validated {
                let why = "looks at the old rows while readers and writers go on";
                steps.push(self.step(why, vec![validation(copy, copy.name.clone())], Undo::Nothing));
            }
        }
    }

    /// The new column takes over, and the old one goes at once: its values are all in the new one.
    fn take_over(&self) -> Step {
        let (table, column) = (&self.table.name, &self.old.name);
        let mut changes = vec![take_away(&self.trigger)];
        changes.extend(self.foreign_keys.iter().map(|(old, _)| drop_of(old)));
        changes.extend(self.indexes.iter().map(|(old, _)| self.drop_old(*old)));
        changes.push(Change::DropConstraint { table: table.clone(), name: self.check.clone() });
        changes.push(Change::DropColumn { table: table.clone(), column: column.clone() });
        changes.push(Change::RenameColumn { table: table.clone(), from: self.copy.to.clone(), to: column.clone() });
        for (old, index) in &self.indexes {
            changes.push(self.promote(*old, &index.name));
            changes.extend(restore_marks(self.table, *old));
        }
        for (old, copy) in &self.foreign_keys {
            let (from, to) = (copy.name.clone(), old.name.clone());
            changes.push(Change::RenameConstraint { table: table.clone(), from, to });
            changes.extend(comment_of(old));
        }
        let default = self.old.default.clone();
        changes.extend(default.map(|default| Change::SetDefault {
            table: table.clone(),
            column: column.clone(),
            default,
        }));
        let comment = self.old.comment.clone();
        let on = Commented::Column(table.clone(), column.clone());
        changes.extend(comment.map(|text| Change::Comment { on, text }));
        let undo =
            Change::ChangeType { table: table.clone(), column: column.clone(), data_type: self.old.data_type.clone() };
        let why = format!("the new {column} takes over in one short transaction, as the last column of the table");
        self.step(why, changes, Undo::by(undo))
    }

    fn drop_old(&self, old: Unique<'_>) -> Change {
        let (table, name) = (self.table.name.clone(), old.name().clone());
        match old.constraint() {
            Some(_) => Change::DropConstraint { table, name },
            None => Change::DropIndex { table, index: name, concurrently: false },
        }
    }

    fn promote(&self, old: Unique<'_>, index: &Name) -> Change {
        let (table, name, index) = (self.table.name.clone(), old.name().clone(), index.clone());
        match old.constraint() {
            Some((kind, timing)) => Change::AddKeyUsingIndex { table, name, kind, index, timing },
            None => Change::RenameIndex { table, from: index, to: name },
        }
    }
}

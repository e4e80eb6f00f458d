//! Statements that write: INSERT, UPDATE, DELETE and MERGE come in; what they write, and from where, goes out.

use shardplan::Name;
use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, Delete, Expr, FromTable, Insert, Merge, MergeAction, MergeInsertKind,
    MergeUpdateKind, ObjectName, OnConflictAction, OnInsert, Query, SelectItem, SetExpr, Statement, TableFactor,
    TableObject, Update, UpdateTableFromKind, Value as Literal,
};

use super::build::Builder;
use super::{
    Assigned, BlockId, Called, Clause, Conflict, Fact, Given, Inserted, Merged, Place, UseId, Write, WriteKind,
};
use crate::names::{Relation, folded};

impl<'a> Builder<'a> {
    pub(super) fn writing(&mut self, statement: &'a Statement, place: Place) {
        match statement {
            Statement::Insert(insert) => self.insert(insert, place),
            Statement::Update(update) => self.update(update, place),
            Statement::Delete(delete) => self.delete(delete, place),
            Statement::Merge(merge) => self.merge_into(merge, place),
            _ => {}
        }
    }

    pub(super) fn wrote(&mut self, table: UseId, block: BlockId, kind: WriteKind) {
        self.shape.uses[table].written = true;
        self.shape.writes.push(Write { table, block, kind });
    }

    pub(super) fn copied(&mut self, table: UseId, block: BlockId, columns: Vec<Name>, reads: bool) {
        if reads {
            return;
        }
        let columns =
            if columns.is_empty() { self.names.columns(&self.shape.uses[table].table).to_vec() } else { columns };
        self.shape.uses[table].restricted = false;
        self.wrote(table, block, WriteKind::Insert(Inserted { columns, ..Inserted::default() }));
    }

    fn insert(&mut self, insert: &'a Insert, place: Place) {
        let block = self.open(place);
        if let TableObject::TableName(name) = &insert.table {
            let alias = insert.table_alias.as_ref().map(|alias| folded(&alias.alias));
            if let Some(target) = self.mention(name, alias, block) {
                self.insert_into(insert, target, block);
            } else if let Some(source) = &insert.source {
                self.query(source, Place::From);
            }
        }
        self.close();
    }

    fn insert_into(&mut self, insert: &'a Insert, target: UseId, block: BlockId) {
        self.write = Some(target);
        self.shape.uses[target].restricted = false;
        let all = self.names.columns(&self.shape.uses[target].table).to_vec();
        let named: Vec<Name> = insert.columns.iter().filter_map(column_name).collect();
        let mut inserted =
            Inserted { columns: if named.is_empty() { all.clone() } else { named }, ..Inserted::default() };
        match insert.source.as_deref() {
            Some(query) => self.inserted_from(query, target, &mut inserted),
            // DEFAULT VALUES.
            None => inserted.rows = vec![vec![Given::Default; inserted.columns.len()]],
        }
        inserted.conflict = insert.on.as_ref().and_then(|on| self.conflict(on, target, &all));
        self.returning(insert.returning.as_deref());
        self.wrote(target, block, WriteKind::Insert(inserted));
    }

    fn inserted_from(&mut self, query: &'a Query, target: UseId, inserted: &mut Inserted) {
        if let (SetExpr::Values(values), None) = (&*query.body, &query.with) {
            for row in &values.rows {
                inserted.rows.push(row.content.iter().map(|value| self.given(value)).collect());
                self.scan_all(&row.content, Clause::Values);
            }
            let width = inserted.rows.iter().map(Vec::len).max().unwrap_or(0);
            inserted.columns.truncate(width);
            return;
        }
        let output = self.query(query, Place::From);
        if output.unsure.is_none() {
            inserted.columns.truncate(output.columns.len());
        }
        inserted.from = Some(output.block);
        let known = output.unsure.unwrap_or(output.columns.len()).min(output.columns.len());
        for (at, column) in inserted.columns.clone().iter().enumerate().take(known) {
            let key = self.node_of(target, column);
            if let Some(value) = output.columns[at].value.clone() {
                self.shape.binds.push(super::Bind { node: key, value, strict: true });
            }
            let whole = output.columns[at].whole;
            for from in output.columns[at].from.clone().into_iter().filter(|_| whole) {
                // Rows go where the rows that they are made of lie.
                self.shape.ties.push((key, from));
                self.flow(from, key);
            }
        }
    }

    fn given(&self, value: &Expr) -> Given {
        match value {
            Expr::Identifier(name) if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("default") => {
                Given::Default
            }
            Expr::Value(literal) if literal.value == Literal::Null => Given::Null,
            Expr::Cast { expr, .. } if matches!(&**expr, Expr::Value(literal) if literal.value == Literal::Null) => {
                Given::Null
            }
            other if super::expression::any(other, |part| matches!(part, Expr::Subquery(_))) => Given::Query,
            other => self.value_of(other).map_or(Given::Expression, Given::Value),
        }
    }

    fn conflict(&mut self, on: &'a OnInsert, target: UseId, columns: &[Name]) -> Option<Conflict> {
        let OnInsert::OnConflict(conflict) = on else { return None };
        let named = match &conflict.conflict_target {
            Some(ConflictTarget::Columns(columns)) => columns.iter().map(folded).collect(),
            _ => Vec::new(),
        };
        let mut found = Conflict { columns: named, sets: Vec::new() };
        if let OnConflictAction::DoUpdate(update) = &conflict.action {
            let table = self.shape.uses[target].clone();
            let shown = columns.iter().map(|column| (column.clone(), column.clone())).collect();
            self.show(super::scope::Visible {
                alias: Some(table.alias),
                schema: Some(table.table.schema),
                columns: super::scope::Columns::Table(target, shown),
            });
            self.show(super::scope::Visible {
                alias: Some(Name::from("excluded")),
                schema: None,
                columns: super::scope::Columns::Unknown,
            });
            found.sets = self.assignments(&update.assignments, Clause::Conflict);
            if let Some(condition) = &update.selection {
                self.scan(condition, Clause::ConflictWhere);
            }
        }
        Some(found)
    }

    /// The columns that assignments change: those that get themselves are left out.
    fn assignments(&mut self, list: &'a [Assignment], clause: Clause) -> Vec<Assigned> {
        let mut set = Vec::new();
        for assignment in list {
            self.scan(&assignment.value, clause);
            self.converted(assignment, clause);
            match &assignment.target {
                AssignmentTarget::ColumnName(name) => {
                    let Some(column) = column_name(name) else { continue };
                    if !is_itself(&assignment.value, &column) {
                        let (value, from) = (self.value_of(&assignment.value), self.column(&assignment.value));
                        set.push(Assigned { column, value, from });
                    }
                }
                AssignmentTarget::Tuple(names) => {
                    let assigned = |column| Assigned { column, value: None, from: None };
                    set.extend(names.iter().filter_map(column_name).map(assigned));
                }
            }
        }
        set
    }

    /// Notes an assignment that makes another type of a column's value.
    fn converted(&mut self, assignment: &'a Assignment, clause: Clause) {
        let (Some(write), AssignmentTarget::ColumnName(name)) = (self.write, &assignment.target) else { return };
        let to = column_name(name).and_then(|column| self.names.kind(&self.shape.uses[write].table, &column));
        let (Some(to), Some(from)) = (to, self.kind(&assignment.value)) else { return };
        if from.becomes_stably(to) && self.mentions_column(&assignment.value) {
            self.fact(Fact::Call { write, clause, what: Called::StableOverColumn });
        }
    }

    fn returning(&mut self, items: Option<&'a [SelectItem]>) {
        let items = items.unwrap_or_default();
        self.scan_all(items.iter().filter_map(super::select::item), Clause::Returning);
    }

    fn update(&mut self, update: &'a Update, place: Place) {
        let block = self.open(place);
        let target = self.target(&update.table.relation, block);
        self.write = target;
        if let Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) = &update.from {
            self.from(from);
        }
        self.optional_condition(update.selection.as_ref());
        let set = self.assignments(&update.assignments, Clause::Set);
        self.returning(update.returning.as_deref());
        if let Some(target) = target {
            self.wrote(target, block, WriteKind::Update(set));
        }
        self.close();
    }

    fn delete(&mut self, delete: &'a Delete, place: Place) {
        let block = self.open(place);
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let target = from.first().and_then(|tables| self.target(&tables.relation, block));
        self.write = target;
        if let Some(using) = &delete.using {
            self.from(using);
        }
        self.optional_condition(delete.selection.as_ref());
        self.returning(delete.returning.as_deref());
        if let Some(target) = target {
            self.wrote(target, block, WriteKind::Delete);
        }
        self.close();
    }

    fn merge_into(&mut self, merge: &'a Merge, place: Place) {
        let block = self.open(place);
        let target = self.target(&merge.table, block);
        self.write = target;
        let first = self.shape.uses.len();
        self.source(&merge.source);
        let mut merged = Merged { sources: (first..self.shape.uses.len()).collect(), ..Merged::default() };
        merged.reads = match &merge.source {
            TableFactor::Table { name, .. } => {
                self.named(name).is_some()
                    || matches!(self.names.find(name), Some((_, Relation::Table(_) | Relation::View(_))))
            }
            _ => !merged.sources.is_empty(),
        };
        self.condition(&merge.on, super::predicate::Over::All);
        for clause in &merge.clauses {
            if let Some(condition) = &clause.predicate {
                self.scan(condition, Clause::Where);
            }
            self.merge_action(&clause.action, &mut merged);
        }
        if let Some(target) = target {
            self.wrote(target, block, WriteKind::Merge(merged));
        }
        self.close();
    }

    fn merge_action(&mut self, action: &'a MergeAction, merged: &mut Merged) {
        match action {
            MergeAction::Update(update) => {
                if let MergeUpdateKind::Set(list) = &update.kind {
                    merged.sets.extend(self.assignments(list, Clause::Set));
                }
            }
            MergeAction::Insert(insert) => {
                merged.inserts = Some(insert.columns.iter().filter_map(column_name).collect());
                if let MergeInsertKind::Values(values) = &insert.kind {
                    self.scan_all(values.rows.iter().flat_map(|row| &row.content), Clause::Values);
                }
            }
            _ => {}
        }
    }
}

fn column_name(name: &ObjectName) -> Option<Name> {
    name.0.last().and_then(|part| part.as_ident()).map(folded)
}

/// Whether a value is the column of that name, of the table itself.
fn is_itself(value: &Expr, column: &Name) -> bool {
    match value {
        Expr::Identifier(name) => folded(name) == *column,
        // The row that was to be inserted meets one of the same distribution column.
        Expr::CompoundIdentifier(names) => match &names[..] {
            [table, name] => folded(table) == "excluded" && folded(name) == *column,
            _ => false,
        },
        Expr::Nested(inner) => is_itself(inner, column),
        _ => false,
    }
}

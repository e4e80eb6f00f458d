//! Edits of one place: a column and its value in an INSERT, a conflict target, a condition with a new parameter.

use shardplan::Name;
use sqlparser::ast::{
    BinaryOperator, ConflictTarget, Expr, FromTable, GroupByExpr, Ident, Insert, ObjectName, OnInsert, SelectItem,
    SetExpr, Statement, TableFactor, TableWithJoins, UpdateTableFromKind, Value,
};

use super::Draft;
use crate::names::folded;
use crate::verdict::Missing;

/// Gives an INSERT the distribution column: from the only table that INSERT … SELECT reads it from, or as a parameter.
pub(super) fn insert_key(draft: &mut Draft<'_>, missing: &Missing, holds: impl Fn(&ObjectName, &Name) -> bool) -> bool {
    let column = missing.column.clone();
    let Statement::Insert(insert) = &draft.statement else { return false };
    let named: Vec<Name> = insert.columns.iter().filter_map(|name| name.0.last()?.as_ident().map(folded)).collect();
    if named.is_empty() {
        return false;
    }
    let at = named.iter().position(|name| *name == column);
    match insert.source.as_deref().map(|source| &*source.body) {
        Some(SetExpr::Values(_)) => {
            let value = parameter(draft, missing);
            rows(draft, &column, at, &value)
        }
        Some(SetExpr::Select(_)) if at.is_none() => selected(draft, &column, holds),
        _ => false,
    }
}

fn rows(draft: &mut Draft<'_>, column: &Name, at: Option<usize>, value: &Expr) -> bool {
    let Statement::Insert(insert) = &mut draft.statement else { return false };
    let Some(SetExpr::Values(values)) = insert.source.as_deref_mut().map(|source| &mut *source.body) else {
        return false;
    };
    // Rows of several tenants need a value each.
    let [row] = &mut values.rows[..] else { return false };
    match at {
        Some(at) => match row.content.get_mut(at) {
            Some(given) => *given = value.clone(),
            None => return false,
        },
        None => {
            row.content.push(value.clone());
            add_column(insert, column);
        }
    }
    true
}

/// The rows get the column of the one table that they are read from, if that has the key and each of its rows is one of them.
fn selected(draft: &mut Draft<'_>, column: &Name, holds: impl Fn(&ObjectName, &Name) -> bool) -> bool {
    let Statement::Insert(insert) = &mut draft.statement else { return false };
    // What WITH names may be called like a table.
    let source = insert.source.as_deref_mut().filter(|source| source.with.is_none());
    let Some(SetExpr::Select(select)) = source.map(|source| &mut *source.body) else {
        return false;
    };
    let [TableWithJoins { relation: TableFactor::Table { name, alias, args: None, .. }, joins }] = &select.from[..]
    else {
        return false;
    };
    let is_grouped = match &select.group_by {
        GroupByExpr::Expressions(expressions, _) => !expressions.is_empty(),
        GroupByExpr::All(_) => true,
    };
    // An aggregate makes one row of many; which functions are some, the parser does not know.
    let calls = |item: &SelectItem| item.to_string().contains('(');
    if !joins.is_empty()
        || is_grouped
        || select.distinct.is_some()
        || select.having.is_some()
        || select.projection.iter().any(calls)
        || !holds(name, column)
        || select
            .projection
            .iter()
            .any(|item| !matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }))
    {
        return false;
    }
    let table = match (alias, name.0.last().and_then(|part| part.as_ident())) {
        (Some(alias), _) => alias.name.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) => return false,
    };
    select.projection.push(SelectItem::UnnamedExpr(Expr::CompoundIdentifier(vec![table, ident(column)])));
    add_column(insert, column);
    true
}

fn add_column(insert: &mut Insert, column: &Name) {
    insert.columns.push(ObjectName::from(vec![ident(column)]));
}

/// Adds the distribution column to the columns that ON CONFLICT names.
pub(super) fn widen_target(draft: &mut Draft<'_>, missing: &Missing) -> bool {
    let Statement::Insert(insert) = &mut draft.statement else { return false };
    let Some(OnInsert::OnConflict(conflict)) = &mut insert.on else { return false };
    let Some(ConflictTarget::Columns(columns)) = &mut conflict.conflict_target else { return false };
    columns.insert(0, ident(&missing.column));
    true
}

/// Adds a condition whose value the application must give.
pub(super) fn ask(draft: &mut Draft<'_>, missing: &Missing) -> bool {
    let value = parameter(draft, missing);
    let column = Expr::CompoundIdentifier(vec![ident(&missing.alias), ident(&missing.column)]);
    restrict(&mut draft.statement, &missing.alias, equality(column, value))
}

fn parameter(draft: &mut Draft<'_>, missing: &Missing) -> Expr {
    Expr::Value(Value::Placeholder(draft.parameter(missing)).into())
}

/// Adds to the condition of a statement that has a table of that name at its top.
pub(super) fn restrict(statement: &mut Statement, alias: &Name, condition: Expr) -> bool {
    let (has, selection) = match statement {
        Statement::Query(query) => match &mut *query.body {
            SetExpr::Select(select) => (stands_in(&select.from, alias), &mut select.selection),
            _ => return false,
        },
        Statement::Insert(insert) => match insert.source.as_deref_mut().map(|source| &mut *source.body) {
            Some(SetExpr::Select(select)) => (stands_in(&select.from, alias), &mut select.selection),
            _ => return false,
        },
        Statement::Update(update) => {
            let from = match &update.from {
                Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => &from[..],
                None => &[],
            };
            let has = stands_in(std::slice::from_ref(&update.table), alias) || stands_in(from, alias);
            (has, &mut update.selection)
        }
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let using = delete.using.as_deref().unwrap_or_default();
            (stands_in(from, alias) || stands_in(using, alias), &mut delete.selection)
        }
        _ => return false,
    };
    if has {
        *selection = Some(match selection.take() {
            Some(before) => both(before, condition),
            None => condition,
        });
    }
    has
}

/// Whether a table that keeps its rows in all joins has this name.
fn stands_in(from: &[TableWithJoins], alias: &Name) -> bool {
    from.iter().any(|tables| {
        let inner = tables.joins.iter().all(|join| super::join::is_inner(&join.join_operator));
        let first = std::iter::once(&tables.relation);
        let joined = tables.joins.iter().map(|join| &join.relation).filter(|_| inner);
        let first = first.filter(|_| tables.joins.iter().all(|join| super::join::keeps_first(&join.join_operator)));
        { first }.chain(joined).any(|relation| is_called(relation, alias))
    })
}

/// Whether a relation is a table that the statement knows by this name.
pub(super) fn is_called(relation: &TableFactor, alias: &Name) -> bool {
    match relation {
        TableFactor::Table { alias: Some(called), .. } => folded(&called.name) == *alias,
        TableFactor::Table { name, alias: None, .. } => {
            name.0.last().and_then(|part| part.as_ident()).is_some_and(|name| folded(name) == *alias)
        }
        _ => false,
    }
}

pub(super) fn equality(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::Eq, right: Box::new(right) }
}

pub(super) fn both(left: Expr, right: Expr) -> Expr {
    let closed = |expression: Expr| match expression {
        Expr::BinaryOp { op: BinaryOperator::Or, .. } => Expr::Nested(Box::new(expression)),
        other => other,
    };
    Expr::BinaryOp { left: Box::new(closed(left)), op: BinaryOperator::And, right: Box::new(closed(right)) }
}

/// An identifier as it must be written.
pub(super) fn ident(name: &Name) -> Ident {
    let written = name.to_string();
    if written.starts_with('"') { Ident::with_quote('"', name.as_str()) } else { Ident::new(written) }
}

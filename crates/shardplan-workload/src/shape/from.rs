//! FROM: relations and joins come in; what is in sight, and which rows meet, goes out.

use shardplan::Name;
use sqlparser::ast::{
    Expr, Join, JoinConstraint, JoinOperator, ObjectName, Query, TableAlias, TableFactor, TableWithJoins,
};

use super::build::Builder;
use super::expression::argument;
use super::predicate::Over;
use super::scope::{Columns, Visible};
use super::{BlockId, Clause, Fact, Node, Place, UseId};
use crate::names::{Relation, folded};

/// Which side of a join keeps its rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Neither,
    First,
    Second,
    Both,
}

impl<'a> Builder<'a> {
    pub(super) fn from(&mut self, list: &'a [TableWithJoins]) {
        list.iter().for_each(|tables| self.joined(tables));
    }

    /// A relation and what is joined to it. Conditions see what stands before them.
    fn joined(&mut self, tables: &'a TableWithJoins) {
        let first = self.in_sight();
        let uses = self.shape.uses.len();
        self.relation(&tables.relation);
        for join in &tables.joins {
            self.join(join, first, uses);
        }
    }

    fn in_sight(&self) -> usize {
        self.scopes.last().map_or(0, |scope| scope.relations.len())
    }

    /// A join with the relations from `first` on, whose uses begin at `uses`.
    fn join(&mut self, join: &'a Join, first: usize, uses: usize) {
        let (second, second_uses) = (self.in_sight(), self.shape.uses.len());
        self.relation(&join.relation);
        let (kept, constraint) = kind(&join.join_operator);
        let block = self.block();
        self.shape.blocks[block].outer |= kept != Kept::Neither;
        let optional: Vec<UseId> = match kept {
            Kept::First => (second_uses..self.shape.uses.len()).collect(),
            Kept::Second => (uses..second_uses).collect(),
            _ => Vec::new(),
        };
        let over = match kept {
            Kept::Neither => Over::All,
            Kept::Both => Over::Both,
            Kept::First | Kept::Second => Over::Optional(&optional),
        };
        match constraint {
            Some(JoinConstraint::On(condition)) => self.condition(condition, over),
            Some(JoinConstraint::Using(columns)) => {
                let names: Vec<Name> =
                    columns.iter().filter_map(|name| name.0.last()?.as_ident().map(folded)).collect();
                self.using(&names, first, second, over);
            }
            Some(JoinConstraint::Natural) => {
                let names = self.shared(first, second);
                self.using(&names, first, second, over);
            }
            _ => {}
        }
    }

    /// The columns that both sides have.
    fn shared(&self, first: usize, second: usize) -> Vec<Name> {
        let Some(scope) = self.scopes.last() else { return Vec::new() };
        let names = |from: &[Visible]| from.iter().flat_map(Visible::names).collect::<Vec<_>>();
        let (before, after) = (names(&scope.relations[first..second]), names(&scope.relations[second..]));
        after.into_iter().filter(|name| before.contains(name)).collect()
    }

    fn using(&mut self, names: &[Name], first: usize, second: usize, over: Over<'_>) {
        let Some(scope) = self.scopes.last() else { return };
        let (before, after) = (scope.relations[first..second].to_vec(), scope.relations[second..].to_vec());
        for name in names {
            let mut node = |side: &[Visible]| side.iter().find_map(|relation| self.column_of(relation, name)).flatten();
            if let (Some(one), Some(other)) = (node(&before), node(&after)) {
                self.meet(one, other, over);
            }
        }
    }

    fn relation(&mut self, relation: &'a TableFactor) {
        match relation {
            TableFactor::Table { name, alias, args: None, .. } => self.table(name, alias.as_ref()),
            TableFactor::Table { alias, args: Some(args), .. } => {
                self.scan_all(args.args.iter().filter_map(argument), Clause::Other);
                self.unknown(alias.as_ref());
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => self.derived(*lateral, subquery, alias.as_ref()),
            TableFactor::Function { args, alias, .. } => {
                self.scan_all(args.iter().filter_map(argument), Clause::Other);
                self.unknown(alias.as_ref());
            }
            TableFactor::TableFunction { expr, alias } => {
                self.scan(expr, Clause::Other);
                self.unknown(alias.as_ref());
            }
            TableFactor::UNNEST { alias, array_exprs, .. } => {
                self.scan_all(array_exprs, Clause::Other);
                self.unknown(alias.as_ref());
            }
            TableFactor::NestedJoin { table_with_joins, .. } => self.joined(table_with_joins),
            _ => self.unknown(None),
        }
    }

    /// A named relation: a query of WITH, a table, a view, or something that the schema does not have.
    fn table(&mut self, name: &'a ObjectName, alias: Option<&'a TableAlias>) {
        if let Some(place) = self.named(name) {
            return self.named_query(place, alias);
        }
        match self.names.find(name) {
            Some((table, Relation::Table(columns))) => {
                let block = self.block();
                let of = self.use_of(table.clone(), alias.map(|alias| folded(&alias.name)), block);
                let shown = renamed(columns, alias);
                self.show(Visible {
                    schema: Some(table.schema.clone()),
                    ..visible(alias, &table.name, Columns::Table(of, shown))
                });
            }
            Some((view, Relation::View(Some(query)))) if self.may_look_through() => {
                let called = view.name.clone();
                // Its names are those of the schema, not of the statement that mentions it.
                let queries = std::mem::take(&mut self.queries);
                self.views += 1;
                let output = self.apart(|builder| builder.subquery(query, Place::From));
                self.views -= 1;
                self.queries = queries;
                let columns = self.seen(&output, &column_names(alias));
                self.show(visible(alias, &called, columns));
            }
            _ => {
                let last = name.0.last().and_then(|part| part.as_ident()).map(folded);
                let called = alias.map(|alias| folded(&alias.name)).or(last);
                self.show(Visible { alias: called, schema: None, columns: Columns::Unknown });
            }
        }
    }

    /// A query of WITH: in place of its text, or as what it has given.
    fn named_query(&mut self, place: usize, alias: Option<&'a TableAlias>) {
        let named = self.queries[place].clone();
        let own: Vec<Name> = named.cte.alias.columns.iter().map(|column| folded(&column.name)).collect();
        let called = column_names(alias);
        let columns = match named.result {
            Some(names) => Columns::Result(
                names
                    .into_iter()
                    .enumerate()
                    .map(|(at, name)| (called.get(at).cloned().unwrap_or(name), None))
                    .collect(),
            ),
            None => {
                // It sees the queries before it, and nothing of the statement that mentions it.
                let after = self.queries.split_off(place);
                let output = self.apart(|builder| builder.subquery(&named.cte.query, Place::From));
                self.queries.extend(after);
                self.seen(&output, if called.is_empty() { &own } else { &called })
            }
        };
        self.show(visible(alias, &named.name, columns));
    }

    fn derived(&mut self, lateral: bool, query: &'a Query, alias: Option<&'a TableAlias>) {
        let output = if lateral {
            let output = self.subquery(query, Place::From);
            if self.shape.blocks[output.block].limited {
                self.fact(Fact::LateralLimit(output.block));
            }
            output
        } else {
            let own = self.scopes.last_mut().map(super::scope::Scope::hide);
            let output = self.subquery(query, Place::From);
            if let (Some(scope), Some(own)) = (self.scopes.last_mut(), own) {
                *scope = own;
            }
            output
        };
        let columns = self.seen(&output, &column_names(alias));
        self.show(Visible { alias: alias.map(|alias| folded(&alias.name)), schema: None, columns });
    }

    /// What a function gives.
    fn unknown(&mut self, alias: Option<&TableAlias>) {
        let block = self.block();
        self.shape.blocks[block].calls = true;
        let alias = alias.map(|alias| folded(&alias.name));
        self.show(Visible { alias, schema: None, columns: Columns::Unknown });
    }

    pub(super) fn show(&mut self, relation: Visible) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.relations.push(relation);
        }
    }

    /// Notes the table that a statement writes to, and puts it in sight.
    pub(super) fn target(&mut self, relation: &'a TableFactor, block: BlockId) -> Option<UseId> {
        let TableFactor::Table { name, alias, .. } = relation else { return None };
        let (table, Relation::Table(columns)) = self.names.find(name)? else { return None };
        let of = self.use_of(table.clone(), alias.as_ref().map(|alias| folded(&alias.name)), block);
        let shown = renamed(columns, alias.as_ref());
        self.show(Visible {
            schema: Some(table.schema.clone()),
            ..visible(alias.as_ref(), &table.name, Columns::Table(of, shown))
        });
        Some(of)
    }

    /// Puts a table in sight that a policy is about.
    pub(super) fn reads(&mut self, name: &ObjectName, block: BlockId) {
        let Some((table, Relation::Table(columns))) = self.names.find(name) else { return };
        let of = self.use_of(table.clone(), None, block);
        let shown = renamed(columns, None);
        self.show(Visible {
            schema: Some(table.schema.clone()),
            ..visible(None, &table.name, Columns::Table(of, shown))
        });
    }

    /// The node of a column of a use.
    pub(super) fn node_of(&mut self, of: UseId, column: &Name) -> super::NodeId {
        self.node(Node::Column(of, column.clone()))
    }

    pub(super) fn optional_condition(&mut self, condition: Option<&'a Expr>) {
        if let Some(condition) = condition {
            self.condition(condition, Over::All);
        }
    }

    pub(super) fn source(&mut self, relation: &'a TableFactor) {
        self.relation(relation);
    }
}

fn visible(alias: Option<&TableAlias>, name: &Name, columns: Columns) -> Visible {
    Visible { alias: Some(alias.map_or_else(|| name.clone(), |alias| folded(&alias.name))), schema: None, columns }
}

fn column_names(alias: Option<&TableAlias>) -> Vec<Name> {
    alias.iter().flat_map(|alias| &alias.columns).map(|column| folded(&column.name)).collect()
}

/// The columns of a table, each by the name that its alias gives it.
fn renamed(columns: &[Name], alias: Option<&TableAlias>) -> Vec<(Name, Name)> {
    let names = column_names(alias);
    columns.iter().enumerate().map(|(at, column)| (names.get(at).unwrap_or(column).clone(), column.clone())).collect()
}

fn kind(operator: &JoinOperator) -> (Kept, Option<&JoinConstraint>) {
    match operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) | JoinOperator::CrossJoin(constraint) => {
            (Kept::Neither, Some(constraint))
        }
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => (Kept::First, Some(constraint)),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => (Kept::Second, Some(constraint)),
        JoinOperator::FullOuter(constraint) => (Kept::Both, Some(constraint)),
        _ => (Kept::Neither, None),
    }
}

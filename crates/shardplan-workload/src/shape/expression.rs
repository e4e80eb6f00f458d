//! Expressions that are no condition: their columns, calls and subqueries come in; what they mean to the shape goes out.

use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, OrderByExpr, Query, Subscript,
    WindowType,
};

use super::build::Builder;
use super::scope::Found;
use super::{Called, Clause, Fact, NodeId, Place, UseId};
use crate::names::folded;
use crate::parse::CURRENT_OF;

/// What an expression is made of.
pub(super) enum Part<'a> {
    Expression(&'a Expr),
    Query(&'a Query),
}

use Part::{Expression, Query as Sub};

/// The parts of an expression, one level down.
pub(super) fn parts<'a>(expression: &'a Expr, into: &mut Vec<Part<'a>>) {
    match expression {
        Expr::BinaryOp { left, right, .. }
        | Expr::AnyOp { left, right, .. }
        | Expr::AllOp { left, right, .. }
        | Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right) => into.extend([Expression(left), Expression(right)]),
        Expr::InSubquery { expr, subquery, .. } => into.extend([Expression(expr), Sub(subquery)]),
        Expr::Subquery(query) | Expr::Exists { subquery: query, .. } => into.push(Sub(query)),
        Expr::InList { expr, list, .. } => {
            into.push(Expression(expr));
            into.extend(list.iter().map(Expression));
        }
        Expr::Between { expr, low, high, .. } => into.extend([Expression(expr), Expression(low), Expression(high)]),
        Expr::Like { expr, pattern, .. }
        | Expr::ILike { expr, pattern, .. }
        | Expr::SimilarTo { expr, pattern, .. }
        | Expr::RLike { expr, pattern, .. } => into.extend([Expression(expr), Expression(pattern)]),
        Expr::Function(function) => arguments(function, into),
        Expr::Case { operand, conditions, else_result, .. } => {
            into.extend(operand.iter().chain(else_result).map(|expression| Expression(expression)));
            into.extend(conditions.iter().flat_map(|when| [Expression(&when.condition), Expression(&when.result)]));
        }
        Expr::Tuple(list) => into.extend(list.iter().map(Expression)),
        Expr::Array(array) => into.extend(array.elem.iter().map(Expression)),
        Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
            into.extend(sets.iter().flatten().map(Expression));
        }
        other => few(other, into),
    }
}

/// Expressions of one or two parts that mean nothing more.
fn few<'a>(expression: &'a Expr, into: &mut Vec<Part<'a>>) {
    match expression {
        Expr::IsFalse(inner)
        | Expr::IsNotFalse(inner)
        | Expr::IsTrue(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsUnknown(inner)
        | Expr::IsNotUnknown(inner)
        | Expr::Nested(inner)
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::Extract { expr: inner, .. }
        | Expr::Ceil { expr: inner, .. }
        | Expr::Floor { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::IsJson { expr: inner, .. }
        | Expr::IsNormalized { expr: inner, .. }
        | Expr::Named { expr: inner, .. }
        | Expr::JsonAccess { value: inner, .. } => into.push(Expression(inner)),
        Expr::InUnnest { expr, array_expr: other, .. }
        | Expr::AtTimeZone { timestamp: expr, time_zone: other }
        | Expr::Position { expr, r#in: other } => into.extend([Expression(expr), Expression(other)]),
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            into.push(Expression(expr));
            into.extend(substring_from.iter().chain(substring_for).map(|part| Expression(part)));
        }
        Expr::Trim { expr, trim_what, .. } => {
            into.push(Expression(expr));
            into.extend(trim_what.iter().map(|part| Expression(part)));
        }
        Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
            into.extend([Expression(expr), Expression(overlay_what), Expression(overlay_from)]);
            into.extend(overlay_for.iter().map(|part| Expression(part)));
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            into.push(Expression(root));
            into.extend(access_chain.iter().flat_map(subscripts).map(Expression));
        }
        Expr::Interval(interval) => into.push(Expression(&interval.value)),
        _ => {}
    }
}

fn subscripts(access: &AccessExpr) -> Vec<&Expr> {
    match access {
        AccessExpr::Subscript(Subscript::Index { index }) => vec![index],
        AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
            lower_bound.iter().chain(upper_bound).chain(stride).collect()
        }
        AccessExpr::Dot(_) => Vec::new(),
    }
}

fn arguments<'a>(function: &'a Function, into: &mut Vec<Part<'a>>) {
    match &function.args {
        FunctionArguments::Subquery(query) => into.push(Sub(query)),
        FunctionArguments::List(list) => into.extend(list.args.iter().filter_map(argument).map(Expression)),
        FunctionArguments::None => {}
    }
    into.extend(function.filter.iter().map(|filter| Expression(filter)));
    into.extend(function.within_group.iter().map(|by| Expression(&by.expr)));
    if let Some(WindowType::WindowSpec(window)) = &function.over {
        into.extend(window.partition_by.iter().map(Expression));
        into.extend(window.order_by.iter().map(|by| Expression(&by.expr)));
    }
}

pub(super) fn argument(argument: &FunctionArg) -> Option<&Expr> {
    let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) = argument;
    match arg {
        FunctionArgExpr::Expr(expression) => Some(expression),
        _ => None,
    }
}

/// The name of a function without its schema, as stored.
pub(super) fn function_name(function: &Function) -> String {
    let last = function.name.0.last().and_then(|part| part.as_ident());
    last.map(|ident| folded(ident).as_str().to_owned()).unwrap_or_default()
}

/// Whether a call is one of an aggregate, and not of a window function.
pub(super) fn has_aggregate(expression: &Expr) -> bool {
    any(expression, |part| match part {
        Expr::Function(function) => function.over.is_none() && super::functions::is_aggregate(&function_name(function)),
        _ => false,
    })
}

/// Whether something holds for a part of an expression; subqueries are not looked into.
pub(super) fn any(expression: &Expr, holds: impl Fn(&Expr) -> bool) -> bool {
    let mut open = vec![Expression(expression)];
    while let Some(part) = open.pop() {
        let Expression(part) = part else { continue };
        if holds(part) {
            return true;
        }
        parts(part, &mut open);
    }
    false
}

/// Whether rows choose which part of an expression is computed.
fn is_case(expression: &Expr) -> bool {
    match expression {
        Expr::Case { .. } => true,
        Expr::Function(function) => function_name(function) == "coalesce",
        _ => false,
    }
}

impl<'a> Builder<'a> {
    /// Notes what an expression reads and calls, its subqueries included.
    pub(super) fn scan(&mut self, expression: &'a Expr, clause: Clause) {
        let mut open = vec![Expression(expression)];
        while let Some(part) = open.pop() {
            match part {
                Sub(query) => self.value_query(query, clause),
                Expression(Expr::Identifier(name)) => {
                    self.resolve(std::slice::from_ref(name));
                }
                Expression(Expr::CompoundIdentifier(names)) => {
                    self.resolve(names);
                }
                Expression(part) => {
                    if let Expr::Function(function) = part {
                        self.call(part, function, clause);
                    }
                    self.weigh(part, clause);
                    parts(part, &mut open);
                }
            }
        }
    }

    pub(super) fn scan_all(&mut self, expressions: impl IntoIterator<Item = &'a Expr>, clause: Clause) {
        expressions.into_iter().for_each(|expression| self.scan(expression, clause));
    }

    pub(super) fn scan_order(&mut self, order: &'a [OrderByExpr]) {
        self.scan_all(order.iter().map(|by| &by.expr), Clause::OrderBy);
    }

    /// A subquery that is no join.
    pub(super) fn value_query(&mut self, query: &'a Query, clause: Clause) {
        let output = self.query(query, Place::Value(clause));
        self.fact(Fact::Within { block: output.block, clause });
    }

    fn call(&mut self, whole: &'a Expr, function: &'a Function, clause: Clause) {
        let Some(write) = self.write else { return };
        if function_name(function) == CURRENT_OF {
            let block = self.block();
            return self.fact(Fact::ByCursor(block));
        }
        if !self.is_own_block(write) {
            return;
        }
        let over_column = any(whole, |part| matches!(part, Expr::Identifier(_) | Expr::CompoundIdentifier(_)))
            && self.mentions_column(whole);
        if let Some(what) = super::functions::called(&function_name(function), over_column) {
            self.fact(Fact::Call { write, clause, what });
        }
    }

    /// Whether what stands in the block at hand is the write's own: Citus plans subqueries apart, and asks less of them.
    fn is_own_block(&self, write: UseId) -> bool {
        self.block() == self.shape.uses[write].block
    }

    /// Notes what the types of an expression's parts make of it in a statement that writes.
    pub(super) fn weigh(&mut self, expression: &'a Expr, clause: Clause) {
        let Some(write) = self.write.filter(|write| self.is_own_block(*write)) else { return };
        if self.is_stable_by_type(expression) && self.mentions_column(expression) {
            self.fact(Fact::Call { write, clause, what: Called::StableOverColumn });
        }
        if is_case(expression) && self.mentions_column(expression) && self.has_stable(expression) {
            self.fact(Fact::Call { write, clause, what: Called::WithinCase });
        }
    }

    /// Whether a part of an expression is not immutable.
    fn has_stable(&mut self, expression: &'a Expr) -> bool {
        let mut open = vec![Expression(expression)];
        while let Some(part) = open.pop() {
            let Expression(part) = part else { continue };
            let is_called = matches!(part, Expr::Function(function) if super::functions::called(&function_name(function), false).is_some());
            if is_called || self.is_stable_by_type(part) {
                return true;
            }
            parts(part, &mut open);
        }
        false
    }

    pub(super) fn mentions_column(&mut self, expression: &'a Expr) -> bool {
        let mut open = vec![Expression(expression)];
        while let Some(part) = open.pop() {
            let Expression(part) = part else { continue };
            if self.column(part).is_some() {
                return true;
            }
            parts(part, &mut open);
        }
        false
    }

    /// The node of an expression that is a column and nothing more.
    pub(super) fn column(&mut self, expression: &Expr) -> Option<NodeId> {
        let mut inner = expression;
        while let Expr::Nested(nested) = inner {
            inner = nested;
        }
        let found = match inner {
            Expr::Identifier(name) => self.resolve(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(names) => self.resolve(names),
            _ => return None,
        };
        match found {
            Found::Column(node) => Some(node),
            _ => None,
        }
    }
}

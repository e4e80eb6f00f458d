//! How rows are sought without a single value: ranges, lists and the order of the first few come in; the columns by which that is
//! done go out.

use sqlparser::ast::{BinaryOperator, Expr, OrderByKind, Query, Select};

use super::NodeId;
use super::build::Builder;
use super::predicate::conjuncts;

/// Whether an operator asks for a range.
pub(super) fn is_range(operator: &BinaryOperator) -> bool {
    use BinaryOperator::{Gt, GtEq, Lt, LtEq};
    matches!(operator, Gt | GtEq | Lt | LtEq)
}

impl<'a> Builder<'a> {
    /// Notes the column of a range; of rows, the first one.
    pub(super) fn seek(&mut self, left: &'a Expr, right: &'a Expr) {
        let (left, right) = (first(left), first(right));
        let (one, other) = (self.column(left), self.column(right));
        match (one, other) {
            (Some(node), None) if self.tables_of(right).is_empty() => self.shape.sought.push(node),
            (None, Some(node)) if self.tables_of(left).is_empty() => self.shape.sought.push(node),
            _ => {}
        }
    }

    /// Notes the column by whose order the first rows are found: those after a value, or where no condition stands before that.
    pub(super) fn seek_first(&mut self, query: &'a Query, select: &'a Select) {
        let limited = query.limit_clause.is_some() || query.fetch.is_some();
        let Some(OrderByKind::Expressions(list)) = query.order_by.as_ref().map(|by| &by.kind) else { return };
        let Some(node) = list.first().filter(|_| limited).and_then(|by| self.column(&by.expr)) else { return };
        if self.shape.sought.contains(&node) {
            self.shape.paged.push(node);
        } else if select.selection.is_none() {
            self.shape.sought.push(node);
        }
    }

    /// The columns that an arm of an OR lists the values of.
    pub(super) fn listed_in(&mut self, arm: &'a Expr) -> Vec<NodeId> {
        let mut found = Vec::new();
        for part in conjuncts(arm) {
            match part {
                Expr::InList { expr, negated: false, .. } => found.extend(self.column(expr)),
                Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. }
                    if !matches!(&**right, Expr::Subquery(_)) =>
                {
                    found.extend(self.column(left));
                }
                _ => {}
            }
        }
        found
    }
}

/// The first of a row's values.
fn first(expression: &Expr) -> &Expr {
    let mut inner = expression;
    while let Expr::Nested(nested) = inner {
        inner = nested;
    }
    match inner {
        Expr::Tuple(values) => values.first().unwrap_or(inner),
        other => other,
    }
}

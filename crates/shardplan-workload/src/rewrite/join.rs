//! The distribution column of a table from another table of the same statement: where the two meet by a foreign key, their
//! distribution columns are equal, and saying so changes nothing but how the statement is answered.

use shardplan::Name;
use sqlparser::ast::{Expr, JoinConstraint, JoinOperator, SetExpr, Statement, TableWithJoins};

use super::edit::{both, equality, ident, is_called, restrict};
use super::{Draft, Known};
use crate::shape::{Node, Shape, UseId};
use crate::verdict::{Missing, Target};

/// Adds the equality of the distribution columns of a table and another one that it meets by a foreign key.
pub(super) fn follow(draft: &mut Draft<'_>, shape: &Shape, target: &Target, known: &Known, missing: &Missing) -> bool {
    let is_it = |of: &UseId| shape.uses[*of].table == missing.table && shape.uses[*of].alias == missing.alias;
    let mut found = (0..shape.uses.len()).filter(is_it);
    // One name for two tables: nobody can say which is meant.
    let (Some(of), None) = (found.next(), found.next()) else { return false };
    let partner = (0..shape.uses.len()).find(|other| {
        *other != of && shape.uses[*other].block == shape.uses[of].block && meets(shape, target, known, of, *other)
    });
    let Some(partner) = partner else { return false };
    let Some(key) = target.placements.key(&shape.uses[partner].table) else { return false };
    let column = |alias: &Name, column: &Name| Expr::CompoundIdentifier(vec![ident(alias), ident(column)]);
    let condition = equality(column(&missing.alias, &missing.column), column(&shape.uses[partner].alias, key));
    let partner = shape.uses[partner].alias.clone();
    let second = restrict_join(&mut draft.statement, &missing.alias, &partner, &condition);
    second || restrict(&mut draft.statement, &missing.alias, condition)
}

/// Whether two uses meet by all columns of a foreign key, and not by their distribution columns yet.
fn meets(shape: &Shape, target: &Target, known: &Known, one: UseId, other: UseId) -> bool {
    let (first, second) = (&shape.uses[one].table, &shape.uses[other].table);
    let tied = |from: UseId, column: &Name, to: UseId, referenced: &Name| {
        let of = |node: usize, of: UseId, name: &Name| matches!(&shape.nodes[node], Node::Column(at, column) if *at == of && column == name);
        shape.ties.iter().any(|(a, b)| {
            (of(*a, from, column) && of(*b, to, referenced)) || (of(*b, from, column) && of(*a, to, referenced))
        })
    };
    let by_key = match (target.placements.key(first), target.placements.key(second)) {
        (Some(a), Some(b)) => tied(one, a, other, b),
        _ => true,
    };
    let along = |from: UseId, to: UseId| {
        let between = (shape.uses[from].table.clone(), shape.uses[to].table.clone());
        let keys = known.foreign_keys.get(&between).into_iter().flatten();
        { keys }.any(|pairs| pairs.iter().all(|pair| tied(from, &pair.from, to, &pair.to)))
    };
    !by_key && (along(one, other) || along(other, one))
}

/// Adds to the ON of the outer join that brings one of the two tables in.
fn restrict_join(statement: &mut Statement, one: &Name, other: &Name, condition: &Expr) -> bool {
    let Statement::Query(query) = statement else { return false };
    let SetExpr::Select(select) = &mut *query.body else { return false };
    let [TableWithJoins { relation, joins }] = &mut select.from[..] else { return false };
    // The later of the two is the one whose join sees both.
    let mut seen = is_called(relation, one) || is_called(relation, other);
    for join in joins {
        if !is_called(&join.relation, one) && !is_called(&join.relation, other) {
            continue;
        }
        if !seen {
            seen = true;
            continue;
        }
        return match constraint(&mut join.join_operator) {
            Some(JoinConstraint::On(before)) => {
                let old = std::mem::replace(before, Expr::Value(sqlparser::ast::Value::Null.into()));
                *before = both(old, condition.clone());
                true
            }
            _ => false,
        };
    }
    false
}

fn constraint(operator: &mut JoinOperator) -> Option<&mut JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => Some(constraint),
        _ => None,
    }
}

pub(super) fn is_inner(operator: &JoinOperator) -> bool {
    matches!(operator, JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_))
}

/// Whether the rows before the join all stay.
pub(super) fn keeps_first(operator: &JoinOperator) -> bool {
    is_inner(operator) || matches!(operator, JoinOperator::Left(_) | JoinOperator::LeftOuter(_))
}

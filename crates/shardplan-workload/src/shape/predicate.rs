//! Conditions: those of WHERE and ON come in; which columns are equal, and which are bound to a value, goes out.

use sqlparser::ast::{BinaryOperator, Expr, Function, FunctionArguments, Query, UnaryOperator, Value as Literal};

use super::build::Builder;
use super::expression::{argument, function_name};
use super::scope::Found;
use super::{Bind, Clause, Fact, NodeId, Place, UseId, Value};

/// What a condition decides over.
#[derive(Clone, Copy)]
pub(super) enum Over<'a> {
    /// All rows: WHERE, and ON of an inner join.
    All,
    /// Which rows of these tables meet the others: ON of an outer join.
    Optional(&'a [UseId]),
    /// ON of a full join: nothing is left out.
    Both,
}

/// The value of an expression without columns, calls and subqueries.
pub(super) fn value(builder: &Builder<'_>, expression: &Expr) -> Option<Value> {
    let mut inner = expression;
    loop {
        match inner {
            Expr::Nested(nested) | Expr::Cast { expr: nested, .. } => inner = nested,
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                return match value(builder, expr)? {
                    Value::Literal(text) => Some(Value::Literal(format!("-{text}"))),
                    parameter => Some(parameter),
                };
            }
            Expr::Value(literal) => {
                return match &literal.value {
                    Literal::Null => None,
                    // Each of these is another one.
                    Literal::Placeholder(name) if name == "?" => {
                        let at = literal.span.start;
                        Some(Value::Parameter(format!("?{}:{}", at.line, at.column)))
                    }
                    Literal::Placeholder(name) => Some(Value::Parameter(name.clone())),
                    other => Some(Value::Literal(other.to_string().trim_matches('\'').to_owned())),
                };
            }
            Expr::Function(function) if super::functions::is_computed_before(&function_name(function)) => {
                // Two that read otherwise may be the same.
                return is_given(builder, function).then(|| Value::Parameter(inner.to_string()));
            }
            Expr::TypedString(typed) => return Some(Value::Literal(typed.value.to_string())),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => return builder.variable(inner),
            // The server computes it before Citus looks at it.
            Expr::BinaryOp { left, op, right } if is_arithmetic(op) => {
                let (left, right) = (value(builder, left)?, value(builder, right)?);
                return Some(match (left, right) {
                    (Value::Literal(left), Value::Literal(right)) => Value::Literal(format!("{left} {op} {right}")),
                    (
                        Value::Literal(left) | Value::Parameter(left),
                        Value::Literal(right) | Value::Parameter(right),
                    ) => Value::Parameter(format!("{left} {op} {right}")),
                });
            }
            _ => return None,
        }
    }
}

/// Whether all arguments of a call are values.
fn is_given(builder: &Builder<'_>, function: &Function) -> bool {
    let FunctionArguments::List(list) = &function.args else { return false };
    let mut given = list.args.iter().map(|given| argument(given).and_then(|given| value(builder, given)));
    !list.args.is_empty() && given.all(|given| given.is_some())
}

fn is_arithmetic(operator: &BinaryOperator) -> bool {
    use BinaryOperator::{Divide, Minus, Modulo, Multiply, Plus, StringConcat};
    matches!(operator, Plus | Minus | Multiply | Divide | Modulo | StringConcat)
}

impl Builder<'_> {
    /// The variable that an expression is.
    fn variable(&self, expression: &Expr) -> Option<Value> {
        let names = match expression {
            Expr::Identifier(name) => std::slice::from_ref(name),
            Expr::CompoundIdentifier(names) => names,
            _ => return None,
        };
        match self.look_up(names) {
            Found::Variable(name) => Some(Value::Parameter(name)),
            _ => None,
        }
    }
}

/// The conditions that must all hold for one to hold.
pub(super) fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut open = vec![condition];
    while let Some(part) = open.pop() {
        match part {
            Expr::Nested(inner) => open.push(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => open.extend([&**left, &**right]),
            single => found.push(single),
        }
    }
    found
}

impl<'a> Builder<'a> {
    /// Notes a condition.
    pub(super) fn condition(&mut self, condition: &'a Expr, over: Over<'_>) {
        let mut open = vec![condition];
        while let Some(part) = open.pop() {
            self.weigh(part, Clause::Where);
            match part {
                Expr::Nested(inner) => open.push(inner),
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => open.extend([&**right, &**left]),
                Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => self.equality(left, right, over),
                Expr::BinaryOp { op: BinaryOperator::Or, .. } => self.either(part, over),
                Expr::BinaryOp { left, op, right } if super::search::is_range(op) => {
                    self.seek(left, right);
                    self.other(part);
                }
                Expr::Between { expr, negated: false, low, high } => {
                    self.seek(expr, low);
                    self.seek(expr, high);
                    self.other(part);
                }
                Expr::InList { expr, list, negated: false } => self.one_of(expr, list, over),
                Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => self.any_of(left, right, over),
                Expr::InSubquery { expr, subquery, negated: false } => self.one_of_query(expr, subquery, over),
                Expr::Exists { subquery, negated } => self.exists(subquery, *negated, over),
                Expr::UnaryOp { op: UnaryOperator::Not, expr } if matches!(&**expr, Expr::Exists { .. }) => {
                    if let Expr::Exists { subquery, negated } = &**expr {
                        self.exists(subquery, !negated, over);
                    }
                }
                other => self.other(other),
            }
        }
    }

    /// A condition that binds nothing; one over several tables makes them meet otherwise than by equality.
    fn other(&mut self, condition: &'a Expr) {
        if matches!(condition, Expr::BinaryOp { .. }) && self.tables_of(condition).len() > 1 {
            let block = self.block();
            self.shape.blocks[block].loose = true;
        }
        self.scan(condition, Clause::Where);
    }

    fn equality(&mut self, left: &'a Expr, right: &'a Expr, over: Over<'_>) {
        let rows = |expression: &'a Expr| match expression {
            Expr::Tuple(list) => Some(list),
            _ => None,
        };
        if let (Some(left), Some(right)) = (rows(left), rows(right)) {
            left.iter().zip(right).for_each(|(left, right)| self.equate(left, right, over));
        } else {
            self.equate(left, right, over);
        }
        self.scan_all([left, right], Clause::Where);
    }

    fn equate(&mut self, left: &'a Expr, right: &'a Expr, over: Over<'_>) {
        match (self.column(left), self.column(right)) {
            (Some(one), Some(other)) => self.meet(one, other, over),
            (Some(node), None) => match self.value_of(right) {
                Some(value) => self.bind(node, value, over),
                None => self.meet_loosely(left, right),
            },
            (None, Some(node)) => match self.value_of(left) {
                Some(value) => self.bind(node, value, over),
                None => self.meet_loosely(left, right),
            },
            (None, None) => {
                self.bind_computed(left, right, over);
                self.bind_computed(right, left, over);
                self.meet_loosely(left, right);
            }
        }
    }

    /// What is computed of a table's columns has a value.
    fn bind_computed(&mut self, expression: &'a Expr, other: &'a Expr, over: Over<'_>) {
        if let Some(value) = self.value_of(other)
            && let Some(node) = self.computed(expression)
        {
            self.bind(node, value, over);
        }
    }

    /// An equality of expressions joins no tables for Citus.
    fn meet_loosely(&mut self, left: &'a Expr, right: &'a Expr) {
        let (one, other) = (self.tables_of(left), self.tables_of(right));
        if !one.is_empty() && !other.is_empty() && one != other {
            let block = self.block();
            self.shape.blocks[block].loose = true;
        }
    }

    pub(super) fn tables_of(&mut self, expression: &'a Expr) -> std::collections::BTreeSet<UseId> {
        let mut found = std::collections::BTreeSet::new();
        let mut open = vec![super::expression::Part::Expression(expression)];
        while let Some(part) = open.pop() {
            let super::expression::Part::Expression(part) = part else { continue };
            if let Some(node) = self.column(part)
                && let super::Node::Column(of, _) = &self.shape.nodes[node]
            {
                found.insert(*of);
            }
            super::expression::parts(part, &mut open);
        }
        found
    }

    /// Rows meet where two columns are equal.
    pub(super) fn meet(&mut self, one: NodeId, other: NodeId, over: Over<'_>) {
        let Over::Optional(optional) = over else {
            return match over {
                Over::Both => self.shape.ties.push((one, other)),
                _ => self.equal(one, other),
            };
        };
        let inside = |node: NodeId, builder: &Self| match &builder.shape.nodes[node] {
            super::Node::Column(of, _) | super::Node::Computed(of, _) => optional.contains(of),
            super::Node::Output(..) => false,
        };
        let (one, other) = if inside(one, self) { (other, one) } else { (one, other) };
        self.shape.ties.push((one, other));
        self.flow(one, other);
        self.shape.if_bound.push((other, one));
    }

    fn bind(&mut self, node: NodeId, value: Value, over: Over<'_>) {
        let strict = match over {
            Over::All => true,
            Over::Both => return,
            Over::Optional(optional) => {
                let chosen = matches!(&self.shape.nodes[node], super::Node::Column(of, _) | super::Node::Computed(of, _) if optional.contains(of));
                if !chosen {
                    return;
                }
                false
            }
        };
        self.shape.binds.push(Bind { node, value, strict });
    }

    /// What every arm of an OR binds to the same value is bound.
    fn either(&mut self, condition: &'a Expr, over: Over<'_>) {
        let mut common: Option<Vec<(NodeId, Value)>> = None;
        let mut listed: Vec<NodeId> = Vec::new();
        let mut open = vec![condition];
        while let Some(part) = open.pop() {
            match part {
                Expr::Nested(inner) => open.push(inner),
                Expr::BinaryOp { left, op: BinaryOperator::Or, right } => open.extend([&**right, &**left]),
                arm => {
                    let bound = self.bound_in(arm);
                    let mut nodes = bound.iter().map(|(node, _)| *node).collect::<Vec<_>>();
                    nodes.extend(self.listed_in(arm));
                    match &mut common {
                        None => (listed, common) = (nodes, Some(bound)),
                        Some(common) => {
                            common.retain(|pair| bound.contains(pair));
                            listed.retain(|node| nodes.contains(node));
                        }
                    }
                }
            }
        }
        let common = common.unwrap_or_default();
        listed.retain(|node| common.iter().all(|(other, _)| other != node));
        self.shape.listed.extend(listed);
        common.into_iter().for_each(|(node, value)| self.bind(node, value, over));
        self.other(condition);
    }

    /// What the equalities of one arm bind.
    fn bound_in(&mut self, arm: &'a Expr) -> Vec<(NodeId, Value)> {
        let mut found = Vec::new();
        for part in conjuncts(arm) {
            let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = part else { continue };
            for (column, other) in [(left, right), (right, left)] {
                let node = self.column(column);
                found.extend(node.and_then(|node| Some((node, self.value_of(other)?))));
            }
        }
        found
    }

    fn one_of(&mut self, expression: &'a Expr, list: &'a [Expr], over: Over<'_>) {
        if let Expr::Tuple(columns) = expression {
            for (at, column) in columns.iter().enumerate() {
                let values: Vec<&Expr> = list
                    .iter()
                    .filter_map(|row| match row {
                        Expr::Tuple(row) => row.get(at),
                        _ => None,
                    })
                    .collect();
                self.among(column, &values, over);
            }
        } else {
            self.among(expression, &list.iter().collect::<Vec<_>>(), over);
        }
        self.scan(expression, Clause::Where);
        self.scan_all(list, Clause::Where);
    }

    /// A column is one of these values; if they are the same, it is bound.
    fn among(&mut self, column: &'a Expr, values: &[&'a Expr], over: Over<'_>) {
        let Some(node) = self.column(column).or_else(|| self.computed(column)) else { return };
        let found: Vec<Option<Value>> = values.iter().map(|value| self.value_of(value)).collect();
        match &found[..] {
            [Some(first), rest @ ..] if rest.iter().all(|other| other.as_ref() == Some(first)) => {
                self.bind(node, first.clone(), over);
            }
            _ => self.shape.listed.push(node),
        }
    }

    fn any_of(&mut self, left: &'a Expr, right: &'a Expr, over: Over<'_>) {
        let mut inner = right;
        while let Expr::Nested(nested) | Expr::Cast { expr: nested, .. } = inner {
            inner = nested;
        }
        match inner {
            Expr::Array(array) => self.one_of(left, &array.elem, over),
            Expr::Subquery(query) => self.one_of_query(left, query, over),
            _ => {
                if let Some(node) = self.column(left).or_else(|| self.computed(left)) {
                    self.shape.listed.push(node);
                }
                self.scan_all([left, right], Clause::Where);
            }
        }
    }

    fn one_of_query(&mut self, expression: &'a Expr, query: &'a Query, over: Over<'_>) {
        let columns: Vec<Option<NodeId>> = match expression {
            Expr::Tuple(list) => list.iter().map(|part| self.column(part)).collect(),
            one => vec![self.column(one)],
        };
        self.scan(expression, Clause::Where);
        let output = self.query(query, Place::Condition);
        if matches!(expression, Expr::Identifier(name) if name.value.eq_ignore_ascii_case("ctid")) {
            let block = self.block();
            self.fact(Fact::ByCtid(block));
        }
        self.fact(Fact::Within { block: output.block, clause: Clause::Where });
        for (at, column) in columns.into_iter().enumerate() {
            if let (Some(column), Some(shown)) = (column, self.shown(&output, at)) {
                self.meet(column, shown, over);
            }
        }
    }

    fn exists(&mut self, query: &'a Query, negated: bool, over: Over<'_>) {
        let place = if matches!(over, Over::All) { Place::Condition } else { Place::Value(Clause::Where) };
        let first = self.shape.blocks.len();
        self.anti = negated.then_some(first);
        let output = self.query(query, place);
        self.anti = None;
        self.fact(Fact::Within { block: output.block, clause: Clause::Where });
    }
}

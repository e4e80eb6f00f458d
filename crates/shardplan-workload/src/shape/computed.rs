//! Expressions as keys have them: an expression comes in, a text that is the same for all that mean the same goes out, as far as
//! that is certain.

use shardplan::Name;
use sqlparser::ast::{DataType, Expr, Function, FunctionArguments, SelectItem, SetExpr, Statement};

use super::build::Builder;
use super::expression::{argument, function_name};
use super::{Node, NodeId};
use crate::names::folded;
use crate::parse::parse;

/// So deep an expression is looked into.
const MAX_DEPTH: usize = 8;

/// The text of an index's expression, as the catalog has it; `None` for what is not looked for in statements.
pub(crate) fn of_index(definition: &str) -> Option<String> {
    let mut parsed = parse(&format!("SELECT {definition}")).ok()?;
    let Statement::Query(query) = parsed.statements.pop()? else { return None };
    let SetExpr::Select(select) = *query.body else { return None };
    match &select.projection[..] {
        [SelectItem::UnnamedExpr(expression)] => text(expression, MAX_DEPTH),
        _ => None,
    }
}

/// Calls, operators, columns and values; a cast to text changes nothing that an index would notice.
fn text(expression: &Expr, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    Some(match expression {
        Expr::Nested(inner) => text(inner, depth)?,
        Expr::Cast { expr, data_type: DataType::Text, .. } => text(expr, depth)?,
        Expr::Identifier(name) => folded(name).to_string(),
        Expr::CompoundIdentifier(names) => folded(names.last()?).to_string(),
        Expr::Value(value) => value.value.to_string(),
        Expr::BinaryOp { left, op, right } => format!("({} {op} {})", text(left, depth)?, text(right, depth)?),
        Expr::Function(function) => call(function, depth)?,
        _ => return None,
    })
}

fn call(function: &Function, depth: usize) -> Option<String> {
    let FunctionArguments::List(list) = &function.args else { return None };
    if function.over.is_some() || function.filter.is_some() || list.duplicate_treatment.is_some() {
        return None;
    }
    let given: Option<Vec<String>> = list.args.iter().map(|given| text(argument(given)?, depth)).collect();
    Some(format!("{}({})", function_name(function), given?.join(", ")))
}

impl<'a> Builder<'a> {
    /// The node of an expression over the columns of one table.
    pub(super) fn computed(&mut self, expression: &'a Expr) -> Option<NodeId> {
        let mut tables = self.tables_of(expression).into_iter();
        let (Some(of), None) = (tables.next(), tables.next()) else { return None };
        let text = text(expression, MAX_DEPTH)?;
        Some(self.node(Node::Computed(of, Name::from(text))))
    }
}

#[cfg(test)]
mod tests {
    use super::of_index;

    #[test]
    fn what_means_the_same_reads_the_same() {
        for (index, same) in [
            ("lower(email)", "LOWER(u.email)"),
            ("lower((login)::text)", "lower(login)"),
            ("((a + b))", "(a + b)"),
            ("COALESCE(code, ''::text)", "coalesce(u.code, '')"),
        ] {
            assert!(of_index(index).is_some() && of_index(index) == of_index(same), "{index}: {:?}", of_index(index));
        }
        assert_ne!(of_index("lower(email)"), of_index("upper(email)"));
        assert_eq!(of_index("(data ->> 'a') COLLATE \"C\""), None);
    }
}

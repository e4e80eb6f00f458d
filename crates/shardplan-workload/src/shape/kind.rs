//! Types as far as dates and times need them, for of these some operators depend on the session's time zone: a type or an
//! expression comes in, what is known of it goes out. What is not known is not accused.

use sqlparser::ast::{BinaryOperator, DataType, Expr, Function, FunctionArguments, TimezoneInfo, Value as Literal};

use super::build::Builder;
use super::expression::{argument, function_name};
use super::{Node, NodeId};

/// So deep an expression is looked into for its type.
const MAX_DEPTH: usize = 8;

/// A type of which some operators are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Timestamp,
    /// `timestamp with time zone`.
    Zoned,
    Date,
    Time,
    /// `time with time zone`.
    ZonedTime,
    Interval,
    Text,
}

use Kind::{Date, Interval, Text, Time, Timestamp, Zoned, ZonedTime};

impl Kind {
    /// Of a type as the catalog spells it.
    pub(crate) fn of_column(data_type: &str) -> Option<Self> {
        if data_type.ends_with(']') {
            return None;
        }
        let zoned = data_type.ends_with("with time zone");
        let base = data_type.split(['(', ' ']).next().unwrap_or_default();
        Some(match base {
            "timestamp" if zoned => Zoned,
            "timestamp" => Timestamp,
            "time" if zoned => ZonedTime,
            "time" => Time,
            "date" => Date,
            "interval" => Interval,
            "text" => Text,
            "character" if data_type.starts_with("character varying") => Text,
            _ => return None,
        })
    }

    fn of_type(data_type: &DataType) -> Option<Self> {
        let zoned = |zone: &TimezoneInfo| matches!(zone, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz);
        Some(match data_type {
            DataType::Timestamp(_, zone) if zoned(zone) => Zoned,
            DataType::Timestamp(..) => Timestamp,
            DataType::Time(_, zone) if zoned(zone) => ZonedTime,
            DataType::Time(..) => Time,
            DataType::Date => Date,
            DataType::Interval { .. } => Interval,
            DataType::Text | DataType::Varchar(_) | DataType::CharacterVarying(_) => Text,
            _ => return None,
        })
    }

    /// Whether a value of this type becomes one of another by the session's settings.
    pub(super) fn becomes_stably(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Zoned, Timestamp | Date | Time | Text)
                | (Timestamp, Zoned | Text)
                | (Date, Zoned | Text)
                | (Time, ZonedTime)
                | (Text, Timestamp | Zoned | Date)
        )
    }

    /// Whether comparing them does.
    fn compares_stably(self, other: Self) -> bool {
        let one_way = |one, other| matches!((one, other), (Timestamp | Date, Zoned) | (Time, ZonedTime));
        one_way(self, other) || one_way(other, self)
    }
}

impl<'a> Builder<'a> {
    /// What is known of an expression's type.
    pub(super) fn kind(&mut self, expression: &'a Expr) -> Option<Kind> {
        self.kind_within(expression, MAX_DEPTH)
    }

    fn kind_within(&mut self, expression: &'a Expr, depth: usize) -> Option<Kind> {
        let depth = depth.checked_sub(1)?;
        match expression {
            Expr::Nested(inner) => self.kind_within(inner, depth),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let node = self.column(expression)?;
                self.kind_of_column(node)
            }
            Expr::Cast { data_type, .. } => Kind::of_type(data_type),
            Expr::TypedString(typed) => Kind::of_type(&typed.data_type),
            Expr::Interval(_) => Some(Interval),
            Expr::AtTimeZone { timestamp, .. } => match self.kind_within(timestamp, depth)? {
                Zoned => Some(Timestamp),
                Timestamp => Some(Zoned),
                _ => None,
            },
            Expr::Function(function) => self.kind_of_call(function, depth),
            Expr::BinaryOp { left, op, right } => {
                if matches!(op, BinaryOperator::LongArrow | BinaryOperator::HashLongArrow) {
                    return Some(Text);
                }
                let (left, right) = (self.kind_within(left, depth), self.kind_within(right, depth));
                computed(left, op, right)
            }
            _ => None,
        }
    }

    fn kind_of_column(&self, node: NodeId) -> Option<Kind> {
        match &self.shape.nodes[node] {
            Node::Column(of, name) => self.names.kind(&self.shape.uses[*of].table, name),
            _ => None,
        }
    }

    fn kind_of_call(&mut self, function: &'a Function, depth: usize) -> Option<Kind> {
        Some(match function_name(function).as_str() {
            "now"
            | "current_timestamp"
            | "transaction_timestamp"
            | "statement_timestamp"
            | "clock_timestamp"
            | "to_timestamp" => Zoned,
            "current_date" => Date,
            "current_time" => ZonedTime,
            "localtimestamp" => Timestamp,
            "localtime" => Time,
            "make_interval" | "age" => Interval,
            "date_trunc" => {
                let of = self.kind_within(arguments(function).nth(1)?, depth)?;
                return matches!(of, Zoned | Timestamp | Interval).then_some(of);
            }
            _ => return None,
        })
    }

    /// Whether the outermost operator, cast or call of an expression depends on the session's settings, by the types of what it
    /// is given.
    pub(super) fn is_stable_by_type(&mut self, expression: &'a Expr) -> bool {
        use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, Minus, NotEq, Plus};
        match expression {
            Expr::BinaryOp { left, op: Eq | NotEq | Lt | LtEq | Gt | GtEq, right }
            | Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right) => self.compares_stably(left, [&**right]),
            Expr::Between { expr, low, high, .. } => self.compares_stably(expr, [&**low, &**high]),
            Expr::InList { expr, list, .. } => self.compares_stably(expr, list),
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => match &**right {
                Expr::Array(array) => self.compares_stably(left, &array.elem),
                _ => false,
            },
            Expr::BinaryOp { left, op: op @ (Plus | Minus), right } => {
                let kinds = (self.kind(left), self.kind(right));
                // An untyped value beside a plus can be nothing but an interval.
                let untyped = *op == Plus && [left, right].into_iter().any(|side| is_untyped(side));
                match kinds {
                    (Some(Zoned), Some(Interval)) => true,
                    (Some(Interval), Some(Zoned)) => *op == Plus,
                    (Some(Zoned), None) | (None, Some(Zoned)) => untyped,
                    (Some(one), Some(other)) => *op == Minus && one.compares_stably(other),
                    _ => false,
                }
            }
            Expr::Cast { expr, data_type, .. } => {
                let (from, to) = (self.kind(expr), Kind::of_type(data_type));
                from.zip(to).is_some_and(|(from, to)| from.becomes_stably(to))
            }
            Expr::Extract { expr, .. } => self.kind(expr) == Some(Zoned),
            Expr::Function(function) => self.is_stable_call(function),
            _ => false,
        }
    }

    fn compares_stably(&mut self, one: &'a Expr, others: impl IntoIterator<Item = &'a Expr>) -> bool {
        let Some(one) = self.kind(one) else { return false };
        others.into_iter().any(|other| self.kind(other).is_some_and(|other| one.compares_stably(other)))
    }

    fn is_stable_call(&mut self, function: &'a Function) -> bool {
        let given: Vec<&Expr> = arguments(function).collect();
        let mut kind = |at: usize| given.get(at).and_then(|argument| self.kind(argument));
        match (function_name(function).as_str(), given.len()) {
            ("date" | "age", 1) => kind(0) == Some(Zoned),
            ("age", 2) => kind(0).zip(kind(1)).is_some_and(|(one, other)| one.compares_stably(other)),
            ("date_trunc" | "date_part", 2) => kind(1) == Some(Zoned),
            _ => false,
        }
    }
}

/// The type of a sum, a difference or a product.
fn computed(left: Option<Kind>, operator: &BinaryOperator, right: Option<Kind>) -> Option<Kind> {
    use BinaryOperator::{Divide, Minus, Multiply, Plus};
    match (left, operator, right) {
        (Some(Zoned), Plus | Minus, Some(Interval)) | (Some(Interval), Plus, Some(Zoned)) => Some(Zoned),
        (Some(Timestamp | Date), Plus | Minus, Some(Interval)) | (Some(Interval), Plus, Some(Timestamp | Date)) => {
            Some(Timestamp)
        }
        (Some(Date), Minus, Some(Date)) => None,
        (Some(Zoned | Timestamp | Date), Minus, Some(Zoned | Timestamp | Date)) => Some(Interval),
        (Some(Interval), Plus | Minus | Multiply | Divide, _) | (_, Multiply, Some(Interval)) => Some(Interval),
        _ => None,
    }
}

/// A string or a parameter without a type.
fn is_untyped(expression: &Expr) -> bool {
    let Expr::Value(value) = expression else { return false };
    matches!(value.value, Literal::SingleQuotedString(_) | Literal::Placeholder(_))
}

fn arguments(function: &Function) -> impl Iterator<Item = &Expr> {
    let list = match &function.args {
        FunctionArguments::List(list) => &list.args[..],
        _ => &[],
    };
    list.iter().filter_map(argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_names_types() {
        for (text, kind) in [
            ("timestamp without time zone", Some(Timestamp)),
            ("timestamp(3) with time zone", Some(Zoned)),
            ("time without time zone", Some(Time)),
            ("character varying(40)", Some(Text)),
            ("character(3)", None),
            ("interval", Some(Interval)),
            ("date", Some(Date)),
            ("timestamp with time zone[]", None),
            ("bigint", None),
        ] {
            assert_eq!(Kind::of_column(text), kind, "{text}");
        }
    }
}

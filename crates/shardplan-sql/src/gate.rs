//! What must hold before a phase comes in; a statement that stops the script when it does not goes out.

use std::fmt::{Display, Write};

use shardplan::{Gate, Name, TableName};

use crate::cluster::Check;
use crate::probe;
use crate::quote::{dollar, list, literal, name_literal, relation_literal};
use crate::undecided;

/// Writes the statement that stops the script when one of the gates is closed.
pub(crate) fn statement(text: &mut String, gates: &[Gate]) {
    text.push_str("DO ");
    dollar(text, |text| {
        text.push_str("\nBEGIN\n");
        for gate in gates {
            let _ = require(text, gate);
        }
        text.push_str("END\n");
    });
    text.push_str(";\n");
}

/// Writes a statement that stops the script in any case.
pub(crate) fn stop(text: &mut String, message: &str, hint: &str) {
    let _ = writeln!(text, "SELECT pg_temp.require(false, {}, {});", literal(message), literal(hint));
}

fn require(body: &mut String, gate: &Gate) -> std::fmt::Result {
    let call = match gate {
        Gate::CitusIsReady { concurrent } => return citus(body, *concurrent),
        Gate::AreColocated { tables } if tables.is_empty() => return Ok(()),
        Gate::AreColocated { tables } => format!("colocated({})", array(tables.iter().map(name_literal))),
        Gate::PlacedTogether { tables } => format!("together({})", array(tables.iter().map(name_literal))),
        Gate::TableIs { table, columns } => {
            let names = array(columns.iter().map(|(name, _)| literal(name.as_str())));
            let types = array(columns.iter().map(|(_, data_type)| literal(data_type)));
            of("columns", table, &[&names, &types])
        }
        Gate::ColumnIs { table, column, data_types } => {
            of_column("type", table, column, &[&array(data_types.iter().map(literal))])
        }
        Gate::ColumnCanBeReplaced { table, column, data_type } => {
            of_column("replaceable", table, column, &[&literal(data_type)])
        }
        Gate::ColumnCanBeAdded { table, column, key, path } => {
            let agreement = literal(probe::agrees(table, column, path));
            of_column("addable", table, column, &[&name_literal(&key.table), &literal(key.column.as_str()), &agreement])
        }
        Gate::HasForeignKey { table, names } => of("foreign_key", table, &[&texts(names)]),
        Gate::NoOtherForeignKeys { table, known } => {
            let tables = array(known.iter().map(|(from, _)| name_literal(from)));
            let names = array(known.iter().map(|(_, name)| literal(name.as_str())));
            of("known_foreign_keys", table, &[&tables, &names])
        }
        Gate::HasKey { table, name } => of_column("key", table, name, &[]),
        Gate::NoOtherKeys { table, known } => of("known_keys", table, &[&texts(known)]),
        Gate::NoOtherPartitions { table, known } => {
            of("known_partitions", table, &[&array(known.iter().map(name_literal))])
        }
        Gate::NoViewNeedsKey { table, name } => of_column("no_view_on", table, name, &[]),
        Gate::NoNulls { table, column } => of_column("no_nulls", table, column, &[]),
        Gate::NoDisagreement { table, foreign_key, parts } => {
            let kind = literal(undecided::kind(foreign_key)).to_string();
            of_column("agreement", table, foreign_key, &[&kind, &array(parts.iter().map(name_literal))])
        }
        Gate::WrittenWithKey { table, column, parts } => {
            of_column("written", table, column, &[&array(parts.iter().map(name_literal))])
        }
        Gate::IndexIsValid { table, index, becomes, positions } => {
            let (index, key) = (relation_literal(&table.schema, index), relation_literal(&table.schema, becomes));
            format!("index({index}, {key}, {positions})")
        }
        Gate::DomainIsPlain { data_type } => format!("plain_domain({})", literal(data_type)),
        Gate::KeyIsDeterministic { table, column } => of_column("deterministic", table, column, &[]),
        Gate::SeesAllRows { table } => of("sight", table, &[]),
        Gate::PublishesKey { table, column } => of_column("published", table, column, &[]),
        Gate::NoTriggers { table } => of("no_triggers", table, &[]),
        Gate::IsNotNull { table, column } => of_column("not_null", table, column, &[]),
        Gate::IsPlain { table } => of("plain", table, &[]),
        Gate::IsBuilt { table } => of("built", table, &[]),
        Gate::IsCopied { table } => of("copied", table, &[]),
        Gate::IsDistributed { table, column } => of_column("distributed", table, column, &[]),
        Gate::IsReference { table } => of("reference", table, &[]),
        Gate::IsEnforced { table, foreign_key, validated } => of_column("enforced", table, foreign_key, &[validated]),
    };
    writeln!(body, "  PERFORM pg_temp.require_{call};")
}

/// A call of `pg_temp.require_…` about a table.
fn of(function: &str, table: &TableName, more: &[&dyn Display]) -> String {
    let mut call = format!("{function}({}", name_literal(table));
    for argument in more {
        let _ = write!(call, ", {argument}");
    }
    call.push(')');
    call
}

/// A call about a column, a constraint or an index of a table.
fn of_column(function: &str, table: &TableName, name: &Name, more: &[&dyn Display]) -> String {
    let name = literal(name.as_str());
    let mut arguments: Vec<&dyn Display> = vec![&name];
    arguments.extend(more);
    of(function, table, &arguments)
}

/// An array of texts.
fn array(items: impl Iterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    format!("ARRAY[{}]::text[]", list(&items))
}

fn texts(names: &[Name]) -> String {
    array(names.iter().map(|name| literal(name.as_str())))
}

fn citus(body: &mut String, concurrent: bool) -> std::fmt::Result {
    for Check { holds, message, hint, .. } in Check::demanded(concurrent) {
        writeln!(body, "  PERFORM pg_temp.require({holds}, {}, {});", literal(message), literal(hint))?;
    }
    Ok(())
}

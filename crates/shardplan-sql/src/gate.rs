//! What must hold before a phase comes in; a statement that stops the script when it does not goes out.

use std::fmt::{self, Write};

use shardplan::{Gate, Name, TableName};

use crate::cluster::Check;
use crate::probe;
use crate::put::Put;
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

fn require(body: &mut String, gate: &Gate) -> fmt::Result {
    match gate {
        Gate::CitusIsReady { concurrent } => citus(body, *concurrent),
        Gate::AreColocated { tables } if tables.is_empty() => Ok(()),
        Gate::AreColocated { tables } => call(body, "colocated", relations(tables)),
        Gate::PlacedTogether { tables } => call(body, "together", relations(tables)),
        Gate::TableIs { table, columns } => {
            let names = array(columns.iter().map(|(name, _)| literal(name.as_str())));
            let types = array(columns.iter().map(|(_, data_type)| literal(data_type)));
            of(body, "columns", table, (and(names), and(types)))
        }
        Gate::ColumnIs { table, column, data_types } => {
            of_part(body, "type", table, column, and(array(data_types.iter().map(literal))))
        }
        Gate::ColumnCanBeReplaced { table, column, data_type } => {
            of_part(body, "replaceable", table, column, and(literal(data_type)))
        }
        Gate::ColumnCanBeAdded { table, column, key, path } => {
            let key = (and(name_literal(&key.table)), and(literal(key.column.as_str())));
            of_part(body, "addable", table, column, (key, and(literal(probe::agrees(table, column, path)))))
        }
        Gate::HasForeignKey { table, names } => of(body, "foreign_key", table, and(texts(names))),
        Gate::NoOtherForeignKeys { table, known } => {
            let tables = array(known.iter().map(|(from, _)| name_literal(from)));
            let names = array(known.iter().map(|(_, name)| literal(name.as_str())));
            of(body, "known_foreign_keys", table, (and(tables), and(names)))
        }
        Gate::HasKey { table, name } => of_part(body, "key", table, name, ""),
        Gate::NoOtherKeys { table, known } => of(body, "known_keys", table, and(texts(known))),
        Gate::NoOtherPartitions { table, known } => of(body, "known_partitions", table, and(relations(known))),
        Gate::NoViewNeedsKey { table, name } => of_part(body, "no_view_on", table, name, ""),
        Gate::NoNulls { table, column } => of_part(body, "no_nulls", table, column, ""),
        Gate::NoDisagreement { table, foreign_key, parts } => {
            let kind = literal(undecided::kind(foreign_key));
            of_part(body, "agreement", table, foreign_key, (and(kind), and(relations(parts))))
        }
        Gate::WrittenWithKey { table, column, parts } => of_part(body, "written", table, column, and(relations(parts))),
        Gate::IndexIsValid { table, index, becomes, positions } => {
            let (index, key) = (relation_literal(&table.schema, index), relation_literal(&table.schema, becomes));
            call(body, "index", (index, and(key), and(positions)))
        }
        Gate::DomainIsPlain { data_type } => call(body, "plain_domain", literal(data_type)),
        Gate::KeyIsDeterministic { table, column } => of_part(body, "deterministic", table, column, ""),
        Gate::SeesAllRows { table } => of(body, "sight", table, ""),
        Gate::PublishesKey { table, column } => of_part(body, "published", table, column, ""),
        Gate::NoTriggers { table } => of(body, "no_triggers", table, ""),
        Gate::IsNotNull { table, column } => of_part(body, "not_null", table, column, ""),
        Gate::IsPlain { table } => of(body, "plain", table, ""),
        Gate::IsBuilt { table } => of(body, "built", table, ""),
        Gate::IsCopied { table } => of(body, "copied", table, ""),
        Gate::IsDistributed { table, column } => of_part(body, "distributed", table, column, ""),
        Gate::IsReference { table } => of(body, "reference", table, ""),
        Gate::IsEnforced { table, foreign_key, validated } => {
            of_part(body, "enforced", table, foreign_key, and(validated))
        }
    }
}

/// A call of `pg_temp.require_…`.
fn call(body: &mut String, function: &str, arguments: impl Put) -> fmt::Result {
    ("  PERFORM pg_temp.require_", function, "(", arguments, ");\n").put(body)
}

/// A call about a table.
fn of(body: &mut String, function: &str, table: &TableName, more: impl Put) -> fmt::Result {
    call(body, function, (name_literal(table), more))
}

/// A call about a column, a constraint or an index of a table.
fn of_part(body: &mut String, function: &str, table: &TableName, name: &Name, more: impl Put) -> fmt::Result {
    of(body, function, table, (and(literal(name.as_str())), more))
}

/// An argument after another one.
fn and(argument: impl Put) -> impl Put {
    (", ", argument)
}

/// An array of texts.
fn array(items: impl Iterator<Item: Put> + Clone) -> impl Put {
    ("ARRAY[", list(items), "]::text[]")
}

fn texts(names: &[Name]) -> impl Put {
    array(names.iter().map(|name| literal(name.as_str())))
}

fn relations(tables: &[TableName]) -> impl Put {
    array(tables.iter().map(name_literal))
}

fn citus(body: &mut String, concurrent: bool) -> fmt::Result {
    for Check { holds, message, hint, .. } in Check::demanded(concurrent) {
        writeln!(body, "  PERFORM pg_temp.require({holds}, {}, {});", literal(message), literal(hint))?;
    }
    Ok(())
}

//! What must hold before a phase comes in; a statement that stops the script when it does not goes out.

use std::fmt::{Display, Write};

use shardplan::{Gate, Name};

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
    match gate {
        Gate::TableIs { table, columns } => {
            let names = array(columns.iter().map(|(name, _)| literal(name.as_str())));
            let types = array(columns.iter().map(|(_, data_type)| literal(data_type)));
            perform(body, format_args!("columns({}, {names}, {types})", name_literal(table)))
        }
        Gate::ColumnIs { table, column, data_types } => {
            let (table, column) = (name_literal(table), literal(column.as_str()));
            perform(body, format_args!("type({table}, {column}, {})", array(data_types.iter().map(literal))))
        }
        Gate::ColumnCanBeReplaced { table, column, data_type } => {
            let (table, column) = (name_literal(table), literal(column.as_str()));
            perform(body, format_args!("replaceable({table}, {column}, {})", literal(data_type)))
        }
        Gate::ColumnCanBeAdded { table, column, key, path } => perform(
            body,
            format_args!(
                "addable({}, {}, {}, {}, {})",
                name_literal(table),
                literal(column.as_str()),
                name_literal(&key.table),
                literal(key.column.as_str()),
                literal(probe::agrees(table, column, path)),
            ),
        ),
        Gate::HasForeignKey { table, names } => {
            perform(body, format_args!("foreign_key({}, {})", name_literal(table), texts(names)))
        }
        Gate::NoOtherForeignKeys { table, known } => {
            let tables = array(known.iter().map(|(from, _)| name_literal(from)));
            let names = array(known.iter().map(|(_, name)| literal(name.as_str())));
            perform(body, format_args!("known_foreign_keys({}, {tables}, {names})", name_literal(table)))
        }
        Gate::HasKey { table, name } => {
            perform(body, format_args!("key({}, {})", name_literal(table), literal(name.as_str())))
        }
        Gate::NoOtherKeys { table, known } => {
            perform(body, format_args!("known_keys({}, {})", name_literal(table), texts(known)))
        }
        Gate::NoOtherPartitions { table, known } => {
            let known = array(known.iter().map(name_literal));
            perform(body, format_args!("known_partitions({}, {known})", name_literal(table)))
        }
        Gate::NoViewNeedsKey { table, name } => {
            perform(body, format_args!("no_view_on({}, {})", name_literal(table), literal(name.as_str())))
        }
        Gate::NoNulls { table, column } => {
            perform(body, format_args!("no_nulls({}, {})", name_literal(table), literal(column.as_str())))
        }
        Gate::NoDisagreement { table, foreign_key, parts } => {
            let parts: Vec<String> = parts.iter().map(|part| name_literal(part).to_string()).collect();
            let (parts, kind) = (list(&parts), literal(undecided::kind(foreign_key)));
            let (table, foreign_key) = (name_literal(table), literal(foreign_key.as_str()));
            perform(body, format_args!("agreement({table}, {foreign_key}, {kind}, ARRAY[{parts}]::text[])"))
        }
        Gate::WrittenWithKey { table, column, parts } => {
            let parts: Vec<String> = parts.iter().map(|part| name_literal(part).to_string()).collect();
            let (parts, column) = (list(&parts), literal(column.as_str()));
            perform(body, format_args!("written({}, {column}, ARRAY[{parts}]::text[])", name_literal(table)))
        }
        Gate::IndexIsValid { table, index, becomes, positions } => {
            let index = relation_literal(&table.schema, index);
            let key = relation_literal(&table.schema, becomes);
            perform(body, format_args!("index({index}, {key}, {positions})"))
        }
        Gate::DomainIsPlain { data_type } => perform(body, format_args!("plain_domain({})", literal(data_type))),
        Gate::SeesAllRows { table } => perform(body, format_args!("sight({})", name_literal(table))),
        Gate::PublishesKey { table, column } => {
            perform(body, format_args!("published({}, {})", name_literal(table), literal(column.as_str())))
        }
        Gate::NoTriggers { table } => perform(body, format_args!("no_triggers({})", name_literal(table))),
        Gate::IsNotNull { table, column } => {
            perform(body, format_args!("not_null({}, {})", name_literal(table), literal(column.as_str())))
        }
        Gate::CitusIsReady { concurrent } => citus(body, *concurrent),
        Gate::IsDistributed { table, column } => {
            perform(body, format_args!("distributed({}, {})", name_literal(table), literal(column.as_str())))
        }
        Gate::IsReference { table } => perform(body, format_args!("reference({})", name_literal(table))),
        Gate::AreColocated { tables } if tables.is_empty() => Ok(()),
        Gate::AreColocated { tables } => {
            let names: Vec<String> = tables.iter().map(|table| name_literal(table).to_string()).collect();
            perform(body, format_args!("colocated(ARRAY[{}])", list(&names)))
        }
        Gate::IsEnforced { table, foreign_key, validated } => perform(
            body,
            format_args!("enforced({}, {}, {validated})", name_literal(table), literal(foreign_key.as_str())),
        ),
    }
}

/// An array of texts.
fn array(items: impl Iterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    format!("ARRAY[{}]::text[]", list(&items))
}

fn texts(names: &[Name]) -> String {
    array(names.iter().map(|name| literal(name.as_str())))
}

/// A call of one of the functions `pg_temp.require_…`.
fn perform(body: &mut String, call: std::fmt::Arguments<'_>) -> std::fmt::Result {
    writeln!(body, "  PERFORM pg_temp.require_{call};")
}

/// What the coordinator must have, with what to do where it is missing.
const CITUS: [[&str; 3]; 3] = [
    [
        "EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')",
        "the extension citus is not installed in this database",
        "install it, add the coordinator and the workers, and run this script on the coordinator",
    ],
    [
        "EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)",
        "the coordinator is not in the cluster's metadata",
        "run: SELECT citus_set_coordinator_host('<host>', <port>)",
    ],
    [
        "EXISTS (SELECT FROM pg_dist_node WHERE shouldhaveshards AND isactive)",
        "no active node may hold shards",
        "run: SELECT citus_add_node('<host>', <port>)",
    ],
];

/// What `create_distributed_table_concurrently` needs beside; without it, it fails half-way and leaves the table converted.
const CONCURRENT: [[&str; 3]; 4] = [
    [
        "current_setting('wal_level') = 'logical'",
        "create_distributed_table_concurrently needs wal_level = logical",
        "set it on the coordinator and restart, or plan with method = \"blocking\"",
    ],
    [
        "coalesce(current_setting('output_plugin_libraries', true) ~ '\\mcitus\\M', true)",
        "this server lets only the libraries in output_plugin_libraries decode changes, and citus is not one of them",
        "run: ALTER DATABASE <this database> SET output_plugin_libraries TO pgoutput, test_decoding, citus; and connect again",
    ],
    [
        "current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) >= (SELECT count(*) FROM pg_dist_node WHERE shouldhaveshards)",
        "create_distributed_table_concurrently needs a free replication slot for each node that holds shards",
        "raise max_replication_slots on the coordinator, or drop slots that nobody uses",
    ],
    [
        "current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_replication) >= (SELECT count(*) FROM pg_dist_node WHERE shouldhaveshards)",
        "create_distributed_table_concurrently needs a free WAL sender for each node that holds shards",
        "raise max_wal_senders on the coordinator",
    ],
];

fn citus(body: &mut String, concurrent: bool) -> std::fmt::Result {
    let more = if concurrent { &CONCURRENT[..] } else { &[] };
    for [holds, message, hint] in CITUS.iter().chain(more) {
        writeln!(body, "  PERFORM pg_temp.require({holds}, {}, {});", literal(message), literal(hint))?;
    }
    Ok(())
}

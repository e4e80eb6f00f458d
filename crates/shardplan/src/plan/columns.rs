//! Columns: those of the tables that are placed come in, what Citus makes of sequences, identity and generated columns goes out
//! as findings.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::draft::Draft;
use super::obstacles;
use super::remake::taken_in;
use super::verdict::{ForeignKeyVerdict, Placing};
use crate::catalog::{Column, DataType, Identity, Sequence, Table};
use crate::classify::Placement;
use crate::graph::TableIx;
use crate::name::TableName;

/// Reports everything about the columns of each distributed and reference table.
pub(super) fn check(draft: &mut Draft<'_>) {
    let filled = filled(draft);
    let mut by_table = filled.iter().peekable();
    let sequences = sequences(draft);
    for (ix, table) in draft.tables() {
        if *draft.placement(ix) != Placement::Local {
            check_columns(draft, ix, table);
            while let Some(filled) = by_table.next_if(|filled| filled.table.name == table.name) {
                check_default(draft, filled, &sequences);
            }
        }
    }
    shared_sequences(draft, &filled);
    frozen_sequences(draft, &filled);
}

/// Reports what the sequences of local tables become that Citus takes into its metadata.
pub(super) fn check_taken_in(draft: &mut Draft<'_>, verdicts: &[ForeignKeyVerdict], order: &[Placing]) {
    let taken_in = taken_in(draft, verdicts, order).into_iter().flat_map(|(tables, _)| tables);
    let locals: BTreeSet<TableIx> = taken_in.filter(|ix| *draft.placement(*ix) == Placement::Local).collect();
    let sequences = sequences(draft);
    for table in locals.into_iter().map(|ix| draft.table(ix)).collect::<Vec<_>>() {
        for filled in table.columns.iter().filter_map(|column| Filled::new(table, column)) {
            check_type(draft, &filled, &sequences);
        }
    }
}

/// Sequences by their names as SQL has them.
type Sequences<'c> = HashMap<String, &'c Sequence>;

fn sequences<'c>(draft: &Draft<'c>) -> Sequences<'c> {
    let sequences = draft.graph.catalog().sequences.iter();
    sequences.map(|sequence| (sequence.name.qualified().to_string(), sequence)).collect()
}

/// A column that a sequence fills.
struct Filled<'c> {
    table: &'c Table,
    column: &'c Column,
    by: String,
}

/// Those of the tables that are placed, partitions apart; by table.
fn filled<'c>(draft: &Draft<'c>) -> Vec<Filled<'c>> {
    let placed = placed(draft).map(|(_, table)| table);
    let columns = placed.flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    columns.filter_map(|(table, column)| Filled::new(table, column)).collect()
}

impl<'c> Filled<'c> {
    fn new(table: &'c Table, column: &'c Column) -> Option<Self> {
        let by = sequence_of(column.default.as_deref()?)?;
        Some(Self { table, column, by })
    }
}

fn placed<'c>(draft: &Draft<'c>) -> impl Iterator<Item = (TableIx, &'c Table)> {
    let is_placed = |ix: &TableIx| *draft.placement(*ix) != Placement::Local;
    draft.tables().filter(move |(ix, table)| is_placed(ix) && table.partition_of.is_none())
}

fn check_columns(draft: &mut Draft<'_>, ix: TableIx, table: &Table) {
    let name = &table.name;
    for column in table.columns.iter().filter(|column| column.identity.is_some()) {
        if table.partition_of.is_none() {
            if let Some((_, identity)) =
                obstacles::replaced_identities(draft, ix).find(|(one, _)| one.name == column.name)
            {
                report_replaced(draft, table, column, identity);
                continue;
            }
            let message = format!("`{name}` has the identity column `{}`", column.name);
            draft.report("identity-column", name, Some(&column.name), message);
            if is_narrow(column) {
                let message = format!("the identity column `{}` of `{name}` is {}", column.name, column.data_type);
                draft.report("identity-not-bigint", name, Some(&column.name), message);
            }
        }
    }
    let distribution = draft.column(ix).and_then(|column| table.column(column));
    if let Some(column) = distribution.filter(|column| column.generated.is_some()) {
        let message = format!("`{}`, by which `{name}` is to be distributed, is generated", column.name);
        draft.report("generated-key", name, Some(&column.name), message);
    }
}

fn report_replaced(draft: &mut Draft<'_>, table: &Table, column: &Column, identity: Identity) {
    let name = &table.name;
    let lost = match identity {
        Identity::Always => ", and no longer refuses values that a statement brings",
        Identity::ByDefault => "",
    };
    let message = format!(
        "the identity column `{}` of `{name}` gets its values from a sequence of the same name that it owns{lost}",
        column.name
    );
    draft.report("identity-replaced", name, Some(&column.name), message);
    if is_narrow(column) {
        let message = format!("`{}` of `{name}` is {} and filled by a sequence", column.name, column.data_type);
        draft.report("narrow-sequence", name, Some(&column.name), message);
    }
}

/// Says once what all of them have in common.
fn frozen_sequences(draft: &mut Draft<'_>, filled: &[Filled<'_>]) {
    let by_default = filled.iter().filter(|filled| filled.column.identity.is_none()).count();
    let columns = placed(draft).flat_map(|(_, table)| &table.columns);
    let count = by_default + columns.filter(|column| column.identity.is_some()).count();
    if count > 0 {
        let message = format!("sequences fill {count} columns of tables that are placed");
        draft.report("sequence-frozen", &draft.classification.root().name, None, message);
    }
}

/// Whether nextval on a worker, whose values begin far beyond its type, is refused for it.
fn is_narrow(column: &Column) -> bool {
    matches!(column.data_type.as_str(), "smallint" | "integer")
}

/// What the sequence of a column becomes.
fn check_default(draft: &mut Draft<'_>, filled: &Filled<'_>, sequences: &Sequences<'_>) {
    let Filled { table: Table { name, .. }, column, by } = filled;
    if is_narrow(column) {
        let message = format!("`{}` of `{name}` is {} and filled by {by}", column.name, column.data_type);
        draft.report("narrow-sequence", name, Some(&column.name), message);
    }
    check_type(draft, filled, sequences);
}

fn check_type(draft: &mut Draft<'_>, filled: &Filled<'_>, sequences: &Sequences<'_>) {
    let Filled { table: Table { name, .. }, column, by } = filled;
    let is_integer = is_narrow(column) || column.data_type.as_str() == "bigint";
    if let Some(sequence) = sequences.get(by)
        && is_integer
        && sequence.data_type != column.data_type
    {
        let message = format!(
            "the sequence {by} is {} and becomes {}, like `{}` of `{name}`, which it fills",
            sequence.data_type, column.data_type, column.name
        );
        draft.report("sequence-type", name, Some(&column.name), message);
    }
}

/// Citus gives a sequence the type of the column that it fills, so it can fill columns of one type only.
fn shared_sequences(draft: &mut Draft<'_>, filled: &[Filled<'_>]) {
    let mut firsts: HashMap<&str, (&DataType, &TableName)> = HashMap::default();
    for Filled { table, column, by } in filled {
        let (data_type, first) = *firsts.entry(by).or_insert((&column.data_type, &table.name));
        if *data_type != column.data_type {
            let message = format!(
                "`{}` of `{}` is {} and takes its values from the sequence {by}, which fills a column of type {data_type} of `{first}`",
                column.name, table.name, column.data_type
            );
            draft.report("shared-sequence", &table.name, Some(&column.name), message);
        }
    }
}

/// The sequence of a default such as `nextval('public.orders_order_id_seq'::regclass)`, with its schema; hand-written text may
/// leave that and the cast out.
fn sequence_of(default: &str) -> Option<String> {
    let literal = default.strip_prefix("nextval('")?;
    let (name, _) = literal.rsplit_once("'::").or_else(|| literal.rsplit_once("')"))?;
    let name = name.replace("''", "'");
    Some(name.parse::<TableName>().map_or(name, |name| name.qualified().to_string()))
}

#[cfg(test)]
mod tests {
    use super::sequence_of;

    #[test]
    fn a_sequence_is_known_however_its_name_is_written() {
        for default in ["nextval('s')", "nextval('public.s'::regclass)", "nextval('\"s\"'::text::regclass)"] {
            assert_eq!(sequence_of(default).as_deref(), Some("public.s"), "{default}");
        }
        assert_eq!(sequence_of("nextval('shop.\"it''s\"'::regclass)").as_deref(), Some("shop.\"it's\""));
        assert_eq!(sequence_of("(nextval('s') * 2)"), None);
    }
}

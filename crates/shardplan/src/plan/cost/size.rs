//! How large tables are: a catalog and the rows to expect come in, bytes by table go out, or that nobody knows.

use foldhash::{HashMap, HashSet};

use super::estimate::Estimate;
use crate::catalog::{Catalog, Column, IndexPart, Table, TableKind};
use crate::name::{Name, TableName};
use crate::plan::{Change, Plan, ShadowChange};

/// What PostgreSQL writes for each row of a table beside its columns: 23 bytes of header, padded, and 4 that point to it.
const ROW: u64 = 28;
/// The same in an index: 8 bytes of header and 4 that point to it.
const INDEX_ROW: u64 = 12;
/// What PostgreSQL takes for the average width of a value when its type does not say and nothing was analyzed.
const VALUE: u64 = 32;

/// The size of each table, with its indexes.
pub(in crate::plan) struct Sizes<'c> {
    bytes: HashMap<&'c TableName, Estimate<u64>>,
    /// Of each partition the partitioned table.
    parents: HashMap<&'c TableName, &'c TableName>,
    /// New tables that are filled beside the live ones.
    copies: HashSet<&'c TableName>,
}

impl<'c> Sizes<'c> {
    /// From the statistics of the server, or from the rows to expect and the types of the columns.
    pub(in crate::plan) fn new(catalog: &'c Catalog, rows: impl Fn(&TableName) -> Option<u64>) -> Self {
        let parents = catalog.tables.iter().filter_map(|table| {
            let part = table.partition_of.as_ref()?;
            Some((&table.name, &part.parent))
        });
        let mut sizes = Self { bytes: HashMap::default(), parents: parents.collect(), copies: HashSet::default() };
        let own = catalog.tables.iter().map(|table| (&table.name, own_bytes(table, rows(&table.name))));
        sizes.bytes = own.collect();
        sizes.add_partitions(catalog);
        sizes
    }

    /// The tables that a plan makes beside the live ones become as large as those.
    pub(super) fn add_copies(&mut self, plan: &'c Plan) {
        for change in plan.phases.iter().flat_map(|phase| &phase.steps).flat_map(|step| &step.changes) {
            if let Change::Shadow(ShadowChange::Create(shadow)) = change {
                for [table, copy, retired] in shadow.family() {
                    let bytes = self.of(table);
                    self.bytes.extend([(copy, bytes), (retired, bytes)]);
                    self.copies.insert(copy);
                }
            }
        }
    }

    /// Whether nobody uses the table before it is exchanged for a live one.
    pub(super) fn is_copy(&self, table: &TableName) -> bool {
        self.copies.contains(table)
    }

    /// Of a partitioned table of which no rows are told, the sum of its partitions.
    fn add_partitions(&mut self, catalog: &'c Catalog) {
        let is_partitioned = |table: &&Table| matches!(table.kind, TableKind::Partitioned(_));
        let open: Vec<&TableName> = catalog.tables.iter().filter(is_partitioned).map(|table| &table.name).collect();
        let open: Vec<&TableName> = open.into_iter().filter(|table| !self.of(table).is_known()).collect();
        let mut sums: HashMap<&TableName, Estimate<u64>> =
            open.iter().map(|table| (*table, Estimate::none())).collect();
        for table in catalog.tables.iter().filter(|table| table.kind == TableKind::Ordinary) {
            for above in self.above(&table.name) {
                if let Some(sum) = sums.get_mut(above) {
                    *sum = *sum + self.of(&table.name);
                }
            }
        }
        self.bytes.extend(sums);
    }

    /// The size of a table, partitions included; of one that is not in the catalog nothing is known.
    pub(in crate::plan) fn of(&self, table: &TableName) -> Estimate<u64> {
        self.bytes.get(table).copied().unwrap_or(Estimate::unknown())
    }

    /// The table itself, or the partitioned table that it is a part of in the end.
    pub(in crate::plan) fn whole<'a>(&'a self, table: &'a TableName) -> &'a TableName {
        self.above(table).last().unwrap_or(table)
    }

    /// The partitioned tables that a table is a part of, from the nearest on: not more than there are parts.
    fn above(&self, table: &TableName) -> impl Iterator<Item = &'c TableName> {
        let parent = |table: &TableName| self.parents.get(table).copied();
        std::iter::successors(parent(table), move |table| parent(table)).take(self.parents.len())
    }
}

/// Bytes as the server counted them, if its rows are those to expect; else as many as so many rows would take.
fn own_bytes(table: &Table, rows: Option<u64>) -> Estimate<u64> {
    let statistics = table.statistics.unwrap_or_default();
    if matches!(table.kind, TableKind::Partitioned(_)) && statistics.rows == rows {
        // The server's are the sum of what is known of the partitions, which may not be all of them.
        return Estimate::unknown();
    }
    match (statistics.bytes, statistics.rows, rows) {
        (Some(bytes), counted, expected) if expected.is_none() || counted == expected => Estimate::About(bytes),
        (Some(bytes), Some(counted), Some(expected)) if counted > 0 => {
            let scaled = u128::from(bytes) * u128::from(expected) / u128::from(counted);
            Estimate::About(u64::try_from(scaled).unwrap_or(u64::MAX))
        }
        (_, _, Some(expected)) => Estimate::About(expected.saturating_mul(bytes_per_row(table))),
        (_, _, None) => Estimate::unknown(),
    }
}

/// What a row takes in the table and in its indexes, by the types of the columns.
fn bytes_per_row(table: &Table) -> u64 {
    let of = |name: &Name| table.column(name).map_or(VALUE, width);
    let row = ROW + table.columns.iter().map(width).sum::<u64>();
    let keys = table.keys().map(|key| key.columns.iter().chain(&key.include).map(of).sum::<u64>());
    let indexes = table.indexes.iter().map(|index| {
        let elements = index.elements.iter().map(|element| match &element.part {
            IndexPart::Column(name) => of(name),
            IndexPart::Expression(_) => VALUE,
        });
        elements.chain(index.include.iter().map(of)).sum::<u64>()
    });
    row + keys.chain(indexes).map(|columns| INDEX_ROW + columns).sum::<u64>()
}

/// The width of a value: that of its type, or what PostgreSQL takes for the average.
fn width(column: &Column) -> u64 {
    match column.data_type.as_str() {
        "boolean" => 1,
        "smallint" => 2,
        "integer" | "real" | "date" | "oid" => 4,
        "bigint" | "double precision" | "money" => 8,
        "uuid" | "interval" => 16,
        text if text.starts_with("time") => 8,
        _ => VALUE,
    }
}

#[cfg(test)]
mod tests {
    use super::Sizes;
    use crate::plan::cost::Estimate;
    use crate::{Catalog, Statistics};

    const SQL: &str =
        "CREATE TABLE line_items (store_id bigint, line_item_id bigint, product_id bigint, order_id bigint,
            quantity bigint, line_amount numeric, PRIMARY KEY (store_id, line_item_id));
        CREATE TABLE logs (store_id bigint, at date) PARTITION BY RANGE (at);
        CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');";

    fn of(table: &str, told: &[(&str, Statistics)], rows: Option<u64>) -> Estimate<u64> {
        let mut catalog = Catalog::from_ddl(SQL).catalog;
        for (name, statistics) in told {
            let table = catalog.tables.iter_mut().find(|table| table.name.name == *name).unwrap();
            table.statistics = Some(*statistics);
        }
        let asked = table.parse().unwrap();
        Sizes::new(&catalog, |name| rows.filter(|_| *name == asked)).of(&asked)
    }

    fn counted(rows: u64, bytes: u64) -> Statistics {
        Statistics { rows: Some(rows), bytes: Some(bytes), writes: None }
    }

    #[test]
    fn what_the_server_counted_counts() {
        let told = [("line_items", counted(10, 5_000))];
        assert_eq!(of("line_items", &told, None), Estimate::About(5_000));
        assert_eq!(of("line_items", &told, Some(10)), Estimate::About(5_000));
        assert_eq!(of("line_items", &told, Some(1_000)), Estimate::About(500_000), "a test server with few rows");
    }

    #[test]
    fn rows_that_are_only_told_have_the_width_of_their_types() {
        let Estimate::About(bytes) = of("line_items", &[], Some(1_000_740)) else { panic!("rows are known") };
        let measured = 118_218_752;
        assert!(bytes.abs_diff(measured) < measured / 3, "{bytes} bytes");
    }

    #[test]
    fn a_partitioned_table_is_as_large_as_its_partitions() {
        assert_eq!(of("logs", &[], None), Estimate::unknown());
        let one = ("logs_1", counted(1, 100));
        assert_eq!(of("logs", &[one], None), Estimate::AtLeast(100));
        assert_eq!(of("logs", &[one, ("logs_2", counted(1, 11))], None), Estimate::About(111));
    }

    #[test]
    fn an_unknown_size_is_not_zero() {
        assert_eq!(of("line_items", &[], None), Estimate::unknown());
        assert_eq!(of("no_such_table", &[], None), Estimate::unknown());
    }
}

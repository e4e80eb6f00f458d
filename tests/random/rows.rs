//! Random rows for a random catalog: SQL text that inserts them goes out, to be run before the foreign keys are made.
//!
//! Columns that foreign keys tie together draw from the same values, and a value says which tenant it belongs to: so the paths
//! of a row agree, unless it is made of rows of several tenants on purpose. Rows that a foreign key would refuse are taken out
//! by the server, which knows best.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::prelude::*;
use shardplan::{Catalog, DistributionKey, ForeignKey, IndexPart, MatchKind, Name, Table, TableName};

/// What is unusual about the rows of a case.
#[derive(Debug, Clone)]
pub(crate) struct Mix {
    seed: u64,
    /// Of a hundred values of nullable columns so many are NULL.
    nulls: u64,
    /// Of a hundred references so many lead to another tenant.
    strangers: u64,
    /// Foreign keys that are NOT VALID have rows that break them.
    orphans: bool,
}

impl Mix {
    /// What the rows are made from.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether nothing about the rows needs a decision.
    pub(crate) fn is_consistent(&self) -> bool {
        self.nulls == 0 && self.strangers == 0 && !self.orphans
    }
}

/// Most mixes are consistent.
pub(crate) fn mixes() -> impl Strategy<Value = Mix> {
    let nulls = prop_oneof![3 => Just(0), 1 => Just(20)];
    let strangers = prop_oneof![4 => Just(0), 1 => Just(10)];
    (any::<u64>(), nulls, strangers, prop::bool::weighted(0.3)).prop_map(|(seed, nulls, strangers, orphans)| Mix {
        seed,
        nulls,
        strangers,
        orphans,
    })
}

/// Tenants, the first with many more rows than the others.
pub(crate) const TENANTS: [(u64, usize); 4] = [(1, 8), (2, 3), (3, 2), (4, 1)];

/// A tenant has so many values of its own per column.
const VALUES: u64 = 5;

type Row = Vec<Option<u64>>;

/// The tables that hold rows by themselves, with what is needed to make rows of each.
struct Maker<'c> {
    tables: Vec<&'c Table>,
    foreign_keys: Vec<Vec<(&'c ForeignKey, usize)>>,
    /// By table and column: whether its value is the tenant's key.
    is_key: Vec<Vec<bool>>,
    /// By table: rows with their tenants.
    rows: Vec<Vec<(u64, Row)>>,
    /// By table: what its unique keys have taken.
    taken: Vec<BTreeSet<(usize, Vec<u64>)>>,
    state: u64,
    mix: &'c Mix,
}

/// Statements that insert rows.
pub(crate) fn inserts(catalog: &Catalog, key: &DistributionKey, mix: &Mix) -> String {
    let mut maker = Maker::new(catalog, key, mix);
    // The second time there are rows to reference everywhere.
    for _ in 0..2 {
        for table in 0..maker.tables.len() {
            for (tenant, count) in TENANTS {
                (0..count).for_each(|_| maker.add(table, tenant));
            }
        }
    }
    maker.text() + &removal(catalog, mix)
}

impl<'c> Maker<'c> {
    fn new(catalog: &'c Catalog, key: &DistributionKey, mix: &'c Mix) -> Self {
        let tables: Vec<&Table> = catalog.tables.iter().filter(|table| table.partition_of.is_none()).collect();
        let places: BTreeMap<&TableName, usize> =
            tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
        let of = |table: &&Table| {
            let own = catalog.foreign_keys.iter().filter(|key| key.from == table.name);
            own.filter_map(|key| Some((key, *places.get(&key.to)?))).collect()
        };
        let foreign_keys = tables.iter().map(of).collect();
        let of_its_name = |table: &&'c Table| {
            let columns = table.columns.iter().filter(|column| column.name == key.column);
            columns.map(|column| (&table.name, &column.name)).collect::<Vec<_>>()
        };
        let is_key = tied(&tables, catalog, tables.iter().flat_map(of_its_name).collect());
        let (rows, taken) = (vec![Vec::new(); tables.len()], vec![BTreeSet::new(); tables.len()]);
        Self { tables, foreign_keys, is_key, rows, taken, state: mix.seed | 1, mix }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % below
    }

    /// A row of a tenant, unless it breaks a unique key.
    fn add(&mut self, table: usize, tenant: u64) {
        let columns = &self.tables[table].columns;
        let mut fixed = self.is_key[table].clone();
        let mut row: Row = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let null = !column.not_null && self.random(100) < self.mix.nulls;
            fixed[at] |= null;
            let value = if self.is_key[table][at] { tenant } else { tenant * 1000 + self.random(VALUES) };
            row.push((!null).then_some(value));
        }
        for at in 0..self.foreign_keys[table].len() {
            self.reference(table, at, tenant, &mut row, &mut fixed);
        }
        let keys = unique_values(self.tables[table], &row);
        if keys.iter().all(|key| !self.taken[table].contains(key)) {
            self.taken[table].extend(keys);
            self.rows[table].push((tenant, row));
        }
    }

    /// Lets the row reference one that is there, or itself.
    fn reference(&mut self, table: usize, at: usize, tenant: u64, row: &mut Row, fixed: &mut [bool]) {
        let (key, to) = self.foreign_keys[table][at];
        let place = |of: usize, name: &Name| self.tables[of].columns.iter().position(|column| column.name == *name);
        let pairs = key.columns.iter().map(|pair| Some((place(table, &pair.from)?, place(to, &pair.to)?)));
        let pairs: Vec<(usize, usize)> = pairs.map(|pair| pair.expect("keys are on columns")).collect();
        let orphan = !key.validated && self.mix.orphans && self.random(2) == 0;
        if orphan || pairs.iter().any(|(from, _)| row[*from].is_none()) {
            return;
        }
        let stranger = self.random(100) < self.mix.strangers;
        let fits = |other: &Row| pairs.iter().all(|(from, to)| !fixed[*from] || row[*from] == other[*to]);
        let candidates = self.rows[to].iter().filter(|(of, other)| (stranger || *of == tenant) && fits(other));
        let candidates: Vec<Row> = candidates.map(|(_, row)| row.clone()).collect();
        let chosen = match self.random(candidates.len().max(1) as u64) as usize {
            choice if choice < candidates.len() => candidates[choice].clone(),
            _ if to == table => row.clone(),
            _ => return,
        };
        for (from, to) in pairs {
            if !fixed[from] && chosen[to].is_some() {
                row[from] = chosen[to];
                fixed[from] = true;
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (table, rows) in self.tables.iter().zip(&self.rows).filter(|(_, rows)| !rows.is_empty()) {
            let types: Vec<&str> = table.columns.iter().map(|column| column.data_type.as_str()).collect();
            let tuples = rows.iter().map(|(_, row)| {
                let values: Vec<String> = row.iter().zip(&types).map(|(value, of)| literal(*value, of)).collect();
                format!("({})", values.join(", "))
            });
            let tuples: Vec<String> = tuples.collect();
            let _ = writeln!(text, "INSERT INTO {} VALUES\n{};", table.name.qualified(), tuples.join(",\n"));
        }
        text
    }
}

fn literal(value: Option<u64>, data_type: &str) -> String {
    match (value, data_type) {
        (None, _) => "NULL".to_owned(),
        (Some(value), "bigint" | "integer") => value.to_string(),
        (Some(value), "uuid") => format!("'00000000-0000-4000-8000-{value:012x}'"),
        (Some(value), _) => format!("'it''s {value}'"),
    }
}

/// By table: the columns whose value is the tenant's key, those given and what foreign keys tie to them.
pub(crate) fn tied<'c>(
    tables: &[&'c Table],
    catalog: &'c Catalog,
    mut tied: BTreeSet<(&'c TableName, &'c Name)>,
) -> Vec<Vec<bool>> {
    let ends = catalog
        .foreign_keys
        .iter()
        .flat_map(|key| key.columns.iter().map(move |pair| [(&key.from, &pair.from), (&key.to, &pair.to)]));
    let ends: Vec<[(&TableName, &Name); 2]> = ends.collect();
    loop {
        let before = tied.len();
        for pair in &ends {
            if pair.iter().any(|end| tied.contains(end)) {
                tied.extend(pair);
            }
        }
        if tied.len() == before {
            break;
        }
    }
    let of = |table: &&Table| {
        table.columns.iter().map(|column| tied.contains(&(&table.name, &column.name))).collect::<Vec<bool>>()
    };
    tables.iter().map(of).collect()
}

/// What a row takes of each unique key and index; those that NULL keeps it out of are left out.
fn unique_values(table: &Table, row: &Row) -> Vec<(usize, Vec<u64>)> {
    let value = |name: &Name| row[table.columns.iter().position(|column| column.name == *name).expect("of its table")];
    let keys = table.keys().map(|key| key.columns.iter().map(value).collect::<Option<Vec<u64>>>());
    let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| {
        let element = |part: &IndexPart| match part {
            IndexPart::Column(column) => value(column),
            IndexPart::Expression(text) => expression(table, text, &value),
        };
        let applies = index.predicate.is_none() || row[0].is_some();
        applies.then(|| index.elements.iter().map(|it| element(&it.part)).collect::<Option<Vec<u64>>>()).flatten()
    });
    keys.chain(indexes).enumerate().filter_map(|(at, values)| Some((at, values?))).collect()
}

/// The two kinds of expressions that there are.
fn expression(table: &Table, text: &str, value: &impl Fn(&Name) -> Option<u64>) -> Option<u64> {
    let is = |column: &Name, kind: &str| match kind {
        "lower" => text == format!("lower({column})"),
        _ => text == format!("({column} IS NULL)"),
    };
    let column = |kind| table.columns.iter().map(|column| &column.name).find(|name| is(name, kind));
    match column("lower") {
        Some(name) => value(name),
        None => column("null").map(|name| u64::from(value(name).is_none())),
    }
}

/// Takes rows out that a foreign key would refuse, until there is none.
fn removal(catalog: &Catalog, mix: &Mix) -> String {
    let mut text = "DO $removal$\nDECLARE\n  n bigint;\n  gone bigint;\nBEGIN\n  LOOP\n    gone := 0;\n".to_owned();
    for key in catalog.foreign_keys.iter().filter(|key| key.validated || !mix.orphans) {
        let _ = writeln!(text, "    {};\n    GET DIAGNOSTICS n = ROW_COUNT;\n    gone := gone + n;", refused(key));
    }
    text.push_str("    EXIT WHEN gone = 0;\n  END LOOP;\nEND\n$removal$;\n");
    text
}

/// Deletes the rows that a foreign key refuses.
pub(crate) fn refused(key: &ForeignKey) -> String {
    let joined = |word: &str, items: Vec<String>| items.join(word);
    let nulls: Vec<String> = key.columns.iter().map(|pair| format!("f.{} IS NULL", pair.from)).collect();
    let same = key.columns.iter().map(|pair| format!("f.{} = t.{}", pair.from, pair.to)).collect();
    let free = if key.match_kind == MatchKind::Full { " AND " } else { " OR " };
    format!(
        "DELETE FROM {} AS f WHERE NOT ({}) AND NOT EXISTS (SELECT FROM {} AS t WHERE {})",
        key.from.qualified(),
        joined(free, nulls),
        key.to.qualified(),
        joined(" AND ", same)
    )
}

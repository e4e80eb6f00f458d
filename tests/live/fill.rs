//! Rows for any schema: a database without rows and its key come in, rows are in it when it goes out, a number of them per
//! tenant, and the report says how many each table got and what the server refused.
//!
//! The server knows best what its checks, triggers and unique keys let in, so rows are inserted one by one, and one that is
//! refused is tried again with other values. A row references rows of its own tenant, so that all its paths agree.

use std::collections::{BTreeMap, BTreeSet};

use shardplan::postgres::{Client, SimpleQueryMessage};
use shardplan::{Catalog, Column, ForeignKey, Generated, Name, Table, TableKind, TableName};

use crate::bounds;
use crate::random::rows::{TENANTS, tied};
use crate::values::Types;

/// So often a row is tried with other values.
const TRIES: u64 = 40;

/// After so many rows that could not be made one after the other, the tenant has enough of them.
const PATIENCE: usize = 2;

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The rows by table, as the server counts them; partitions count for their table.
    pub(crate) rows: BTreeMap<TableName, i64>,
    /// By table: the rows that were given up, and what the server said of the last of them.
    pub(crate) given_up: BTreeMap<TableName, (usize, String)>,
}

impl Report {
    /// The tables that have no row.
    pub(crate) fn empty(&self) -> BTreeSet<String> {
        self.rows.iter().filter(|(_, rows)| **rows == 0).map(|(table, _)| table.to_string()).collect()
    }
}

/// What the rows have to be like.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Columns that have the tenant's key; so do those that foreign keys tie to them.
    pub(crate) key: BTreeSet<(TableName, Name)>,
    /// Foreign keys that no row leaves empty, although it could.
    pub(crate) filled: BTreeSet<(TableName, Name)>,
    /// What all chance comes from.
    pub(crate) seed: u64,
}

/// Fills a database.
pub(crate) fn fill(url: &str, catalog: &Catalog, wanted: &Wanted) -> Report {
    let mut filler = Filler::new(url, catalog, wanted);
    for table in filler.order() {
        for (tenant, count) in TENANTS {
            filler.insert_rows(table, tenant, count);
        }
    }
    (0..filler.tables.len()).for_each(|table| filler.complete(table));
    filler.advance_sequences();
    filler.report()
}

/// A row as the server gave it back: a text per column.
#[derive(Debug, Clone)]
struct Row {
    tenant: u64,
    place: String,
    values: Vec<Option<String>>,
}

/// What a column of a new row gets.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Default,
    Null,
    Text(String),
}

struct Filler<'c> {
    client: Client,
    types: Types<'c>,
    tables: Vec<&'c Table>,
    places: BTreeMap<&'c TableName, usize>,
    foreign_keys: Vec<Vec<&'c ForeignKey>>,
    filled: BTreeSet<(TableName, Name)>,
    /// By table and column: whether its value is the tenant's key.
    is_key: Vec<Vec<bool>>,
    /// By table: what its partitions take.
    bounds: Vec<Vec<bounds::Fixed>>,
    /// By table and column: the literals of the checks that name it.
    hints: Vec<Vec<Vec<String>>>,
    rows: Vec<Vec<Row>>,
    given_up: BTreeMap<TableName, (usize, String)>,
    state: u64,
    made: u64,
}

impl<'c> Filler<'c> {
    fn new(url: &str, catalog: &'c Catalog, wanted: &Wanted) -> Self {
        let holds_rows = |table: &&Table| table.partition_of.is_none() && table.kind != TableKind::Foreign;
        let tables: Vec<&Table> = catalog.tables.iter().filter(holds_rows).collect();
        let places: BTreeMap<_, _> = tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
        let of = |table: &&Table| catalog.foreign_keys.iter().filter(|key| key.from == table.name).collect();
        let key = tables.iter().flat_map(|table| {
            let columns = table.columns.iter().map(|column| (&table.name, &column.name));
            columns
                .filter(|(table, column)| wanted.key.contains(&((*table).clone(), (*column).clone())))
                .collect::<Vec<_>>()
        });
        let key = key.collect();
        Self {
            client: shardplan::connect(url).unwrap(),
            types: Types::of(catalog),
            foreign_keys: tables.iter().map(of).collect(),
            is_key: tied(&tables, catalog, key),
            bounds: tables.iter().map(|table| bounds::of(catalog, table)).collect(),
            hints: tables.iter().map(|table| hints(table)).collect(),
            rows: vec![Vec::new(); tables.len()],
            given_up: BTreeMap::new(),
            state: wanted.seed | 1,
            filled: wanted.filled.clone(),
            made: 0,
            tables,
            places,
        }
    }

    fn random(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % below.max(1)
    }

    /// Referenced tables first, as far as there is such an order; where there is none, the references that may be NULL wait.
    fn order(&self) -> Vec<usize> {
        let mut left: BTreeSet<usize> = (0..self.tables.len()).collect();
        let mut order = Vec::new();
        while let Some(next) = left.iter().copied().min_by_key(|table| self.unmet(*table, &left)) {
            left.remove(&next);
            order.push(next);
        }
        order
    }

    /// How many references of the table have to wait for others: those that cannot be NULL, and all.
    fn unmet(&self, table: usize, left: &BTreeSet<usize>) -> (usize, usize) {
        let waits = |key: &&&ForeignKey| self.places.get(&key.to).is_some_and(|to| *to != table && left.contains(to));
        let waiting: Vec<&&ForeignKey> = self.foreign_keys[table].iter().filter(waits).collect();
        let needed = waiting.iter().filter(|key| self.is_needed(table, key)).count();
        (needed, waiting.len())
    }

    /// Whether no row leaves the reference empty: the tenant's key is never left out.
    fn is_needed(&self, table: usize, key: &ForeignKey) -> bool {
        let columns = self.tables[table].columns.iter().zip(&self.is_key[table]);
        let filled: Vec<&Name> =
            columns.filter(|(it, is_key)| it.not_null || **is_key).map(|(it, _)| &it.name).collect();
        self.must_fill(key) || key.columns.iter().all(|pair| filled.contains(&&pair.from))
    }

    fn must_fill(&self, key: &ForeignKey) -> bool {
        self.filled.contains(&(key.from.clone(), key.name.clone()))
    }

    fn insert_rows(&mut self, table: usize, tenant: u64, count: usize) {
        let mut failures = 0;
        for _ in 0..count {
            match self.insert_row(table, tenant) {
                Ok(row) => self.rows[table].push(row),
                Err(why) => {
                    let given_up = self.given_up.entry(self.tables[table].name.clone()).or_default();
                    *given_up = (given_up.0 + 1, why);
                    failures += 1;
                }
            }
            if failures == PATIENCE {
                return;
            }
        }
    }

    fn insert_row(&mut self, table: usize, tenant: u64) -> Result<Row, String> {
        let mut last = String::new();
        for attempt in 0..TRIES {
            let values = self.values(table, tenant, attempt);
            let statement = insertion(self.tables[table], &values);
            match self.ask(&statement, tenant) {
                Ok(Some(row)) => return Ok(row),
                Ok(None) => last = "the row went elsewhere".to_owned(),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    /// The one row that a statement gives back.
    fn ask(&mut self, statement: &str, tenant: u64) -> Result<Option<Row>, String> {
        let answer = self.client.simple_query(statement);
        let messages =
            answer.map_err(|error| error.as_db_error().map_or(error.to_string(), |it| it.message().to_owned()))?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(row.map(|row| Row {
            tenant,
            place: row.get(0).unwrap_or_default().to_owned(),
            values: (1..row.len()).map(|at| row.get(at).map(str::to_owned)).collect(),
        }))
    }

    /// The values of a new row; the first attempt is what most rows look like, later ones vary more.
    fn values(&mut self, table: usize, tenant: u64, attempt: u64) -> Vec<Value> {
        let of = self.tables[table];
        self.made += 1;
        let mut values: Vec<Value> = Vec::new();
        for at in 0..of.columns.len() {
            values.push(self.value(table, at, tenant, attempt));
        }
        let mut fixed = self.is_key[table].clone();
        let chosen = self.random(self.bounds[table].len());
        for (at, text) in self.bounds[table].get(chosen).into_iter().flatten() {
            (values[*at], fixed[*at]) = (Value::Text(text.clone()), true);
        }
        for at in 0..self.foreign_keys[table].len() {
            let empty = attempt > 2 && self.random(3) == 0 && !self.must_fill(self.foreign_keys[table][at]);
            self.reference(table, at, tenant, empty, &mut values, &mut fixed);
        }
        values
    }

    fn value(&mut self, table: usize, at: usize, tenant: u64, attempt: u64) -> Value {
        let column = &self.tables[table].columns[at];
        let is_key = self.is_key[table][at];
        let filled = column.identity.is_some() || column.default.as_deref().is_some_and(|it| it.contains("nextval("));
        if is_generated(column) || filled && !is_key {
            return Value::Default;
        }
        if is_key {
            return Value::Text(self.types.value(column.data_type.as_str(), tenant));
        }
        let varied = attempt > 0;
        if !column.not_null && self.random(10) < if varied { 4 } else { 1 } {
            return Value::Null;
        }
        if column.default.is_some() && self.random(10) < if varied { 4 } else { 1 } {
            return Value::Default;
        }
        let hints = self.hints[table][at].len();
        if hints > 0 && self.random(10) < 9 {
            let hint = self.random(hints);
            return Value::Text(self.hints[table][at][hint].clone());
        }
        let number = match self.random(10) {
            // Small, for a check of a range, and as a year.
            0..3 if varied => [0, 1, 2, 3, 10, 2000][self.random(6)],
            3..6 if varied => self.random(1 << 24) as u64,
            _ => tenant * 100_000 + self.made,
        };
        Value::Text(self.types.value(column.data_type.as_str(), number))
    }

    /// Lets the row reference one of its tenant that is there, or itself, or nothing.
    fn reference(
        &mut self,
        table: usize,
        at: usize,
        tenant: u64,
        empty: bool,
        values: &mut [Value],
        fixed: &mut [bool],
    ) {
        let key = self.foreign_keys[table][at];
        let Some(to) = self.places.get(&key.to).copied() else { return };
        let pairs = pairs(key, self.tables[table], self.tables[to]);
        let fits = |row: &&Row| {
            row.tenant == tenant
                && pairs.iter().all(|(from, to)| match &values[*from] {
                    _ if !fixed[*from] => row.values[*to].is_some(),
                    Value::Text(text) => row.values[*to].as_ref() == Some(text),
                    Value::Null | Value::Default => true,
                })
        };
        let candidates: Vec<Row> =
            if empty { Vec::new() } else { self.rows[to].iter().filter(fits).cloned().collect() };
        let chosen = (!candidates.is_empty()).then(|| candidates[self.random(candidates.len())].clone());
        for (from, to_column) in pairs {
            if fixed[from] {
                continue;
            }
            let column = &self.tables[table].columns[from];
            values[from] = match &chosen {
                Some(row) => row.values[to_column].clone().map_or(Value::Null, Value::Text),
                None if column.not_null && to == table => values[to_column].clone(),
                None if column.not_null => continue,
                None => Value::Null,
            };
            fixed[from] = chosen.is_some();
        }
    }

    /// References that had to wait for their rows.
    fn complete(&mut self, table: usize) {
        for at in 0..self.foreign_keys[table].len() {
            let key = self.foreign_keys[table][at];
            let Some(to) = self.places.get(&key.to).copied() else { continue };
            let pairs = pairs(key, self.tables[table], self.tables[to]);
            for row in 0..self.rows[table].len() {
                self.complete_row(table, row, to, &pairs);
            }
        }
    }

    fn complete_row(&mut self, table: usize, row: usize, to: usize, pairs: &[(usize, usize)]) {
        let old = self.rows[table][row].clone();
        let open: Vec<&(usize, usize)> = pairs.iter().filter(|(from, _)| old.values[*from].is_none()).collect();
        let fits = |other: &&Row| {
            other.tenant == old.tenant
                && pairs.iter().all(|(from, to)| {
                    other.values[*to].is_some()
                        && (old.values[*from].is_none() || old.values[*from] == other.values[*to])
                })
        };
        let candidates: Vec<Row> = self.rows[to].iter().filter(fits).cloned().collect();
        if open.is_empty() || candidates.is_empty() {
            return;
        }
        let other = &candidates[self.random(candidates.len())];
        let sets = open.iter().map(|(from, to)| {
            let value = other.values[*to].as_deref().unwrap_or_default();
            format!("{} = {}", self.tables[table].columns[*from].name, literal(value))
        });
        let of = self.tables[table];
        let statement = format!(
            "UPDATE {} SET {} WHERE (tableoid::text || ctid::text) = {} RETURNING {}",
            of.name.qualified(),
            sets.collect::<Vec<_>>().join(", "),
            literal(&old.place),
            returned(of)
        );
        // A check may want it NULL.
        if let Ok(Some(new)) = self.ask(&statement, old.tenant) {
            self.rows[table][row] = new;
        }
    }

    /// Sequences whose columns got the key itself stand behind it.
    fn advance_sequences(&mut self) {
        for (table, is_key) in self.tables.iter().zip(&self.is_key) {
            for (column, _) in table.columns.iter().zip(is_key).filter(|(_, is_key)| **is_key) {
                let Some(sequence) = &column.sequence else { continue };
                let statement = format!(
                    "SELECT setval({}, max({})) FROM {}",
                    literal(&sequence.qualified().to_string()),
                    column.name,
                    table.name.qualified()
                );
                self.client.batch_execute(&statement).unwrap();
            }
        }
    }

    fn report(mut self) -> Report {
        let mut rows = BTreeMap::new();
        for table in &self.tables {
            let query = format!("SELECT count(*) FROM {}", table.name.qualified());
            rows.insert(table.name.clone(), self.client.query_one(&query, &[]).unwrap().get(0));
        }
        Report { rows, given_up: self.given_up }
    }
}

fn is_generated(column: &Column) -> bool {
    matches!(column.generated, Some(Generated::Stored(_) | Generated::Virtual(_)))
}

/// The places of the columns that a foreign key pairs.
fn pairs(key: &ForeignKey, from: &Table, to: &Table) -> Vec<(usize, usize)> {
    let place = |table: &Table, name: &Name| table.columns.iter().position(|column| column.name == *name);
    key.columns.iter().filter_map(|pair| Some((place(from, &pair.from)?, place(to, &pair.to)?))).collect()
}

/// The literals of the checks, by the column that each stands behind, without the wildcards of a pattern.
fn hints(table: &Table) -> Vec<Vec<String>> {
    let mut hints = vec![BTreeSet::new(); table.columns.len()];
    for check in &table.checks {
        let mut before = None;
        for (at, text) in check.expression.split('\'').enumerate() {
            if at % 2 == 0 {
                before = last_column(table, text).or(before);
            } else if let Some(column) = before {
                let hints: &mut BTreeSet<String> = &mut hints[column];
                hints.insert(text.replace('%', "v"));
            }
        }
    }
    hints.into_iter().map(|hints| hints.into_iter().collect()).collect()
}

/// The last column that a part of an expression names.
fn last_column(table: &Table, text: &str) -> Option<usize> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut places = words.filter_map(|word| table.columns.iter().position(|column| column.name.as_str() == word));
    places.next_back()
}

fn insertion(table: &Table, values: &[Value]) -> String {
    let (mut columns, mut texts) = (Vec::new(), Vec::new());
    for (column, value) in table.columns.iter().zip(values).filter(|(_, value)| **value != Value::Default) {
        columns.push(column.name.to_string());
        texts.push(match value {
            Value::Text(text) => literal(text),
            Value::Null | Value::Default => "NULL".to_owned(),
        });
    }
    let name = table.name.qualified();
    let what = if columns.is_empty() {
        "DEFAULT VALUES".to_owned()
    } else {
        format!("({}) OVERRIDING SYSTEM VALUE VALUES ({})", columns.join(", "), texts.join(", "))
    };
    format!("INSERT INTO {name} {what} RETURNING {}", returned(table))
}

/// Where the row is, and its values as text.
fn returned(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| format!(", {}::text", column.name));
    format!("tableoid::text || ctid::text{}", columns.collect::<String>())
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shardplan_testkit::shared;

    /// A cycle that NULLs open, a self-reference, a composite reference, one row per tenant at most, checks over two columns,
    /// and partitions.
    const SHOP: &str = "
        CREATE TYPE size AS ENUM ('small', 'large');
        CREATE TABLE shops (id bigserial PRIMARY KEY, best bigint);
        CREATE TABLE items (shop_id bigint NOT NULL REFERENCES shops, id bigint GENERATED ALWAYS AS IDENTITY, up bigint,
            size size NOT NULL, price numeric(4, 2) NOT NULL CHECK (price < 50), doubled numeric GENERATED ALWAYS AS (price * 2) STORED,
            kind text NOT NULL CHECK (kind IN ('own', 'bought')), seller text, CHECK ((kind = 'bought') = (seller IS NOT NULL)),
            PRIMARY KEY (shop_id, id), UNIQUE (id), FOREIGN KEY (shop_id, up) REFERENCES items);
        ALTER TABLE shops ADD FOREIGN KEY (best) REFERENCES items (id);
        CREATE TABLE mottos (shop_id bigint PRIMARY KEY REFERENCES shops, motto char(3) NOT NULL UNIQUE);
        CREATE TABLE sales (shop_id bigint NOT NULL, item_id bigint NOT NULL, at date NOT NULL,
            FOREIGN KEY (shop_id, item_id) REFERENCES items) PARTITION BY RANGE (at);
        CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');";

    fn filled() -> (Report, Vec<String>) {
        let database = shared().fresh_database();
        database.psql(SHOP).unwrap();
        let catalog = crate::read(&database.url());
        let key = [("shops", "id"), ("items", "shop_id"), ("mottos", "shop_id"), ("sales", "shop_id")];
        let key = key.map(|(table, column)| (TableName::new("public", table), Name::from(column)));
        let wanted = Wanted { key: key.into(), seed: 3, ..Wanted::default() };
        let report = fill(&database.url(), &catalog, &wanted);
        let mut client = database.connect().unwrap();
        let ask = |query: &'static str| client.query_one(query, &[]).unwrap().get::<_, String>(0);
        let answers = [
            "SELECT (count(*) FILTER (WHERE shop_id = 1) * 2 >= count(*))::text FROM items",
            "SELECT bool_and(shops.id = items.shop_id)::text FROM shops JOIN items ON items.id = best",
            "SELECT (count(*) > 0)::text FROM items WHERE up IS NOT NULL",
            "SELECT (nextval('shops_id_seq') > max(id))::text FROM shops",
            "SELECT md5(string_agg(items::text, ',' ORDER BY id)) FROM items",
        ];
        let answers = answers.map(ask);
        database.discard();
        (report, answers.to_vec())
    }

    #[test]
    fn rows_respect_what_the_schema_asks_for() {
        let (report, answers) = filled();
        assert_eq!(report.empty(), BTreeSet::new(), "{report:?}");
        assert_eq!(answers[..4], ["true"; 4], "{report:?}");
        let mottos = &report.rows[&TableName::new("public", "mottos")];
        assert_eq!(*mottos, TENANTS.len() as i64, "one for each tenant");
        assert!(report.given_up.keys().any(|table| table.name == *"mottos"), "and it says that there are no more");
        assert_eq!(answers, filled().1, "the same rows come out of every run");
    }
}

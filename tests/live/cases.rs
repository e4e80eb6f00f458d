//! What is planned and carried out: every fixture with its key and rules, and once more with the rules that unblock it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use shardplan::{Catalog, Classification, DistributionKey, Plan, Rules, SchemaGraph, Strategy};
use shardplan_testkit::{Database, psql, shared};

/// Two examples have so many rows that a backfill takes more than one batch.
const MORE_ROWS: &[(&str, &str)] = &[("tailspin", TAILSPIN), ("wide_world_importers", WIDE_WORLD_IMPORTERS)];

const TAILSPIN: &str = "
INSERT INTO orders (store_id, status, ordered_at)
SELECT CASE WHEN i % 3 = 0 THEN 5 ELSE 1 + i % 12 END, 'Pending', timestamp '2024-02-01' + i * interval '1 minute'
FROM generate_series(1, 15000) i;
INSERT INTO line_items (product_id, order_id, quantity, line_amount)
SELECT p.product_id, o.order_id, n, n * p.price
FROM orders o
CROSS JOIN generate_series(1, 3) n
JOIN (SELECT *, row_number() OVER (PARTITION BY store_id ORDER BY product_id) AS place FROM products) p
    ON p.store_id = o.store_id AND p.place = 1 + (o.order_id + n) % 8
ORDER BY o.order_id, n;
-- A hole in the numbers, and rows that stand elsewhere than their numbers say.
DELETE FROM line_items WHERE line_item_id BETWEEN 12000 AND 12100;
UPDATE line_items SET quantity = quantity + 1 WHERE line_item_id % 7 = 0;
";

const WIDE_WORLD_IMPORTERS: &str = "
INSERT INTO events (device_id, payload)
SELECT CASE WHEN i % 2 = 0 THEN 7 ELSE 1 + i % 20 END, jsonb_build_object('celsius', -18 + i % 9, 'sequence', i)
FROM generate_series(1, 40000) i;
";

/// A fixture and the rules to plan it with.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The fixture's name, and `(unblocked)` behind it if it is planned with `unblock.toml`.
    pub(crate) name: String,
    schema: String,
    data: String,
    rules: Rules,
}

impl Case {
    /// The case of that name.
    pub(crate) fn named(name: &str) -> Self {
        all().into_iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no fixture {name}"))
    }

    /// A schema that is no fixture, with the rows in its text.
    pub(crate) fn given(name: &str, schema: String, rules: Rules) -> Self {
        Self { name: name.to_owned(), schema, data: String::new(), rules }
    }

    /// The fixture's schema as it is written.
    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// A database of the shared server that holds schema and rows.
    pub(crate) fn database(&self) -> Database<'static> {
        let database = shared().fresh_database();
        self.load(&database.url());
        database
    }

    /// Loads schema and rows into an empty database.
    pub(crate) fn load(&self, url: &str) {
        self.load_few(url);
        let fixture = self.name.split(' ').next().unwrap_or_default();
        let more = MORE_ROWS.iter().find(|(name, _)| *name == fixture).map_or("", |(_, rows)| rows);
        psql(url, more).unwrap_or_else(|failure| panic!("{}: {failure}", self.name));
    }

    /// The same without the rows that take more than one batch.
    pub(crate) fn load_few(&self, url: &str) {
        for sql in [&self.schema, &self.data] {
            psql(url, sql).unwrap_or_else(|failure| panic!("{}: {failure}", self.name));
        }
    }

    /// Its key and its overrides.
    pub(crate) fn rules(&self) -> Rules {
        self.rules.clone()
    }

    /// The plan for a catalog.
    pub(crate) fn plan(&self, catalog: Catalog) -> Plan {
        let rules = self.rules();
        // Shadow tables have tests of their own; here the same schema is prepared.
        let strategy = rules.strategy.filter(|strategy| *strategy != Strategy::Shadow);
        self.plan_with(catalog, &Rules { strategy, ..rules })
    }

    /// The plan for a catalog, with writers waiting for every table.
    pub(crate) fn plan_blocking(&self, catalog: Catalog) -> Plan {
        self.plan_with(catalog, &Rules { concurrent_rows: u64::MAX, ..self.rules() })
    }

    /// The plan for a catalog with a strategy; a method that the rules choose for one table is for the combined one only.
    pub(crate) fn plan_by(&self, strategy: Strategy, catalog: Catalog) -> Plan {
        let mut rules = Rules { strategy: Some(strategy), ..self.rules() };
        if strategy != Strategy::Combined {
            rules.tables.values_mut().for_each(|rule| rule.method = None);
        }
        self.plan_with(catalog, &rules)
    }

    fn plan_with(&self, catalog: Catalog, rules: &Rules) -> Plan {
        let graph = SchemaGraph::new(catalog).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let classification =
            Classification::new(&graph, rules).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        Plan::new(&classification)
    }

    /// Whether a server of this `server_version_num` loads the schema.
    pub(crate) fn loads_on(&self, version: u32) -> bool {
        self.header("needs").is_none_or(|oldest| oldest.parse::<u32>().unwrap() * 10_000 <= version)
    }

    fn header(&self, word: &str) -> Option<&str> {
        header(&self.schema, word)
    }
}

fn header<'s>(schema: &'s str, word: &str) -> Option<&'s str> {
    schema.lines().find_map(|line| line.strip_prefix(&format!("-- {word}: ")))
}

/// The rules of a fixture: its key, from the line `-- Key:`, and overrides.
fn rules(name: &str, schema: &str, overrides: Option<&str>) -> Rules {
    let key: DistributionKey = header(schema, "Key").unwrap().parse().unwrap();
    let rules = Rules::new(key);
    match overrides {
        Some(text) => rules.with_overrides(text).unwrap_or_else(|error| panic!("{name}: {error}")),
        None => rules,
    }
}

/// Every fixture, by name; behind those that have an `unblock.toml` the same with that.
pub(crate) fn all() -> Vec<Case> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders: Vec<PathBuf> = fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("schema.sql").exists());
    folders.sort();
    folders.iter().flat_map(|folder| cases_of(folder)).collect()
}

fn cases_of(folder: &Path) -> Vec<Case> {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let schema = fs::read_to_string(folder.join("schema.sql")).unwrap();
    let overrides = |file: &str| fs::read_to_string(folder.join(file)).ok();
    let plain = Case {
        name: name.clone(),
        data: fs::read_to_string(folder.join("data.sql")).unwrap(),
        rules: rules(&name, &schema, overrides("rules.toml").as_deref()),
        schema,
    };
    // What buyers and sellers have between them belongs to two tenants: no choice makes its rows consistent.
    let inconsistent = name == "buyer_and_seller";
    let unblocked = overrides("unblock.toml").filter(|_| !inconsistent).map(|overrides| Case {
        name: format!("{name} (unblocked)"),
        rules: rules(&name, &plain.schema, Some(&overrides)),
        ..plain.clone()
    });
    std::iter::once(plain).chain(unblocked).collect()
}

/// The `server_version_num` of a server.
pub(crate) fn version(url: &str) -> u32 {
    let mut client = shardplan::connect(url).unwrap();
    client.query_one("SELECT current_setting('server_version_num')", &[]).unwrap().get::<_, String>(0).parse().unwrap()
}

/// Runs a check over many cases, two at a time, and gathers the problems by case.
pub(crate) fn check_each(cases: Vec<Case>, check: impl Fn(&Case) -> Vec<String> + Sync) -> Vec<String> {
    let found = each(cases, |case| {
        let found = check(&case).into_iter().map(|problem| format!("{}: {problem}", case.name));
        found.collect::<Vec<_>>()
    });
    let mut problems = found.concat();
    problems.sort();
    problems
}

/// Does the same with many things, two at a time; what comes out is in no order.
pub(crate) fn each<T: Send, R: Send>(things: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let waiting = Mutex::new(things.into_iter());
    let done = Mutex::new(Vec::new());
    let work = || {
        // The lock must be free again before the work starts.
        let next = || waiting.lock().unwrap().next();
        while let Some(thing) = next() {
            let result = work(thing);
            done.lock().unwrap().push(result);
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    done.into_inner().unwrap()
}

//! Small schemas and calls of Citus's functions: what the simulated cluster answers is compared with what is written here, and
//! what a real cluster answers with both (`tests/live/citus.rs`).

use shardplan::{Catalog, Change, Method, Name, TableName};

/// A schema, calls that are accepted, and a last call.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Everything lives in the schema `s`.
    pub(crate) ddl: &'static str,
    pub(crate) calls: &'static [Call],
    /// How the refusal of the last call begins; `None` if it is accepted.
    pub(crate) refusal: Option<&'static str>,
}

pub(crate) enum Call {
    Reference(&'static str),
    /// Table, column and the table to be colocated with.
    Distribute(&'static str, &'static str, Option<&'static str>),
    Concurrently(&'static str, &'static str, Option<&'static str>),
    Truncate(&'static str),
    Undistribute(&'static str),
    /// A statement that adds one foreign key.
    AddForeignKey(&'static str),
    /// A table and its foreign key.
    Validate(&'static str, &'static str),
    /// A table and its foreign key.
    DropForeignKey(&'static str, &'static str),
    /// Whether `citus.enable_local_reference_table_foreign_keys` is on; off at first.
    Converting(bool),
}

use Call::{
    AddForeignKey, Concurrently, Converting, Distribute, DropForeignKey, Reference, Truncate, Undistribute, Validate,
};

// Each of the two tests that share this file uses one of the two.
#[allow(dead_code)]
impl Call {
    /// The statement.
    pub(crate) fn sql(&self) -> String {
        let with = |with: &Option<&str>| with.map_or("none".to_owned(), |with| format!("s.{with}"));
        match self {
            Self::Reference(table) => format!("SELECT create_reference_table('s.{table}')"),
            Self::Distribute(table, column, group) => {
                format!("SELECT create_distributed_table('s.{table}', '{column}', colocate_with => '{}')", with(group))
            }
            Self::Concurrently(table, column, group) => format!(
                "SELECT create_distributed_table_concurrently('s.{table}', '{column}', colocate_with => '{}')",
                with(group)
            ),
            Self::Truncate(table) => format!("SELECT truncate_local_data_after_distributing_table('s.{table}')"),
            Self::Undistribute(table) => format!("SELECT undistribute_table('s.{table}')"),
            Self::AddForeignKey(statement) => (*statement).to_owned(),
            Self::Validate(table, name) => format!("ALTER TABLE s.{table} VALIDATE CONSTRAINT {name}"),
            Self::DropForeignKey(table, name) => format!("ALTER TABLE s.{table} DROP CONSTRAINT {name}"),
            Self::Converting(on) => format!("SET citus.enable_local_reference_table_foreign_keys = {on}"),
        }
    }

    /// The same as a change; none for a setting.
    pub(crate) fn change(&self, ddl: &str) -> Option<Change> {
        let table = |name: &str| TableName::new("s", name);
        let distribute = |name: &str, column: &str, method, with: &Option<&str>| Change::Distribute {
            table: table(name),
            column: Name::from(column),
            method,
            colocate_with: with.map(table),
        };
        Some(match self {
            Self::Reference(name) => Change::CreateReferenceTable { table: table(name) },
            Self::Distribute(name, column, with) => distribute(name, column, Method::Blocking, with),
            Self::Concurrently(name, column, with) => distribute(name, column, Method::Concurrent, with),
            Self::Truncate(name) => Change::TruncateLocalData { table: table(name) },
            Self::Undistribute(name) => Change::Undistribute { table: table(name) },
            Self::AddForeignKey(statement) => {
                let known = Catalog::from_ddl(ddl).catalog.foreign_keys;
                let mut all = Catalog::from_ddl(&format!("{ddl};\n{statement};")).catalog.foreign_keys;
                all.retain(|key| !known.contains(key));
                Change::AddForeignKey { foreign_key: Box::new(all.pop().expect("the statement adds one")) }
            }
            Self::Validate(name, key) => {
                Change::ValidateConstraint { table: table(name), name: Name::from(*key), references: Some(table(name)) }
            }
            Self::DropForeignKey(name, key) => {
                Change::DropForeignKey { table: table(name), name: Name::from(*key), references: table(name) }
            }
            Self::Converting(_) => return None,
        })
    }
}

const STORES: &str = "CREATE TABLE s.stores (store_id bigint PRIMARY KEY);
    CREATE TABLE s.orders (store_id bigint NOT NULL REFERENCES s.stores, order_id bigint, PRIMARY KEY (store_id, order_id));
    CREATE TABLE s.lines (store_id bigint NOT NULL, order_id bigint, line_id bigint, PRIMARY KEY (store_id, line_id),
        CONSTRAINT lines_orders FOREIGN KEY (store_id, order_id) REFERENCES s.orders);";

const NOT_COLOCATED: &str =
    "cannot create foreign key constraint since relations are not colocated or not referencing a reference table";
const TO_DISTRIBUTED: &str = "cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported";

const VARCHARS: &str = "CREATE TABLE s.stores (store varchar(20) PRIMARY KEY);
    CREATE TABLE s.hints (store varchar(20) NOT NULL CONSTRAINT own_hints REFERENCES s.stores);
    CREATE TABLE s.visits (store varchar(20) NOT NULL CONSTRAINT own REFERENCES s.stores, day int NOT NULL) PARTITION BY RANGE (day);
    CREATE TABLE s.visits_1 PARTITION OF s.visits FOR VALUES FROM (0) TO (9);";
const NOT_PLANNED: &str = "complex joins are only supported when all distributed tables are co-located and joined on their distribution columns";

macro_rules! scenarios {
    ($($name:literal: $ddl:expr; [$($call:expr),* $(,)?] => $refusal:expr;)*) => {
        /// All of them.
        pub(crate) const SCENARIOS: &[Scenario] =
            &[$(Scenario { name: $name, ddl: $ddl, calls: &[$($call),*], refusal: $refusal }),*];
    };
}

scenarios! {
    "referenced first": STORES; [
        Distribute("stores", "store_id", None),
        Distribute("orders", "store_id", Some("stores")),
        Distribute("lines", "store_id", Some("stores")),
    ] => None;
    "referencing first": STORES; [Distribute("orders", "store_id", None)]
        => Some("referenced table \"stores\" must be a distributed table or a reference table");
    "twice": STORES; [Distribute("stores", "store_id", None), Distribute("stores", "store_id", None)]
        => Some("table \"stores\" is already distributed");
    "distributed, then reference": STORES; [Distribute("stores", "store_id", None), Reference("stores")]
        => Some("table \"stores\" is already distributed");
    "concurrent with a foreign key to a plain table": STORES; [Concurrently("lines", "store_id", None)]
        => Some("relation orders is referenced by a foreign key from lines");
    "concurrent while referenced": STORES; [Concurrently("stores", "store_id", None)]
        => Some("relation stores is referenced by a foreign key from orders");
    "concurrent with a foreign key to a distributed table": STORES; [
        Distribute("stores", "store_id", None), DropForeignKey("lines", "lines_orders"),
        Concurrently("orders", "store_id", Some("stores")),
    ] => Some("relation s.orders is involved in a foreign key relationship with another table");
    "concurrent without foreign keys": STORES; [
        DropForeignKey("lines", "lines_orders"), DropForeignKey("orders", "orders_store_id_fkey"),
        Distribute("stores", "store_id", None), Concurrently("orders", "store_id", Some("stores")),
        AddForeignKey("ALTER TABLE s.orders ADD CONSTRAINT again FOREIGN KEY (store_id) REFERENCES s.stores NOT VALID"),
    ] => None;
    "another group": STORES; [
        Distribute("stores", "store_id", None), Distribute("orders", "store_id", None),
    ] => Some(NOT_COLOCATED);
    "a column that is not there": STORES; [Distribute("stores", "shop_id", None)]
        => Some("column \"shop_id\" of relation \"stores\" does not exist");
    "with a plain table": STORES; [Distribute("stores", "store_id", Some("orders"))]
        => Some("relation orders is not distributed");
    "another type": "CREATE TABLE s.a (t bigint NOT NULL); CREATE TABLE s.b (t int NOT NULL);"; [
        Distribute("a", "t", None), Distribute("b", "t", Some("a")),
    ] => Some("cannot colocate tables a and b");
    "another collation": "CREATE TABLE s.a (t text NOT NULL); CREATE TABLE s.b (t text COLLATE \"C\" NOT NULL);"; [
        Distribute("a", "t", None), Distribute("b", "t", Some("a")),
    ] => Some("cannot colocate tables b and a");
    "a primary key without the column": "CREATE TABLE s.a (t bigint NOT NULL, id bigint PRIMARY KEY);"; [
        Distribute("a", "t", None),
    ] => Some("cannot create constraint on \"a\"");
    "a unique index without the column": "CREATE TABLE s.a (t bigint NOT NULL, id bigint); CREATE UNIQUE INDEX i ON s.a (id) WHERE t = 1;"; [
        Distribute("a", "t", None),
    ] => Some("cannot create constraint on \"a\"");
    "a unique index that includes the column": "CREATE TABLE s.a (t bigint NOT NULL, id bigint, UNIQUE (id) INCLUDE (t));"; [
        Distribute("a", "t", None),
    ] => None;
    "an exclusion without the column": "CREATE TABLE s.a (t bigint NOT NULL, r int4range, EXCLUDE USING gist (r WITH &&));"; [
        Distribute("a", "t", None),
    ] => Some("cannot create constraint on \"a\"");
    "a generated column": "CREATE TABLE s.a (id bigint, t bigint GENERATED ALWAYS AS (id / 2) STORED);"; [
        Distribute("a", "t", None),
    ] => Some("cannot distribute relation: a");
    "a type without hashing": "CREATE TABLE s.a (t json NOT NULL);"; [Distribute("a", "t", None)]
        => Some("data type json has no default operator class for specified partition method");
    "a trigger": "CREATE TABLE s.a (t bigint NOT NULL);
        CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER g BEFORE INSERT ON s.a FOR EACH ROW EXECUTE FUNCTION s.f();
        ALTER TABLE s.a DISABLE TRIGGER g;"; [Distribute("a", "t", None)]
        => Some("cannot distribute relation \"a\" because it has triggers");
    "a trigger on a reference table": "CREATE TABLE s.a (t bigint NOT NULL);
        CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER g BEFORE INSERT ON s.a FOR EACH ROW EXECUTE FUNCTION s.f();"; [Reference("a")]
        => Some("cannot distribute relation \"a\" because it has triggers");
    "a policy with a subquery": "CREATE TABLE s.a (t bigint NOT NULL); ALTER TABLE s.a ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON s.a USING (t IN (SELECT 1));"; [Distribute("a", "t", None)]
        => Some("cannot create policy");
    "an inherited table": "CREATE TABLE s.a (t bigint NOT NULL); CREATE TABLE s.b () INHERITS (s.a);"; [
        Distribute("a", "t", None),
    ] => Some("a is not a regular, foreign or partitioned table");
    "an inheriting table": "CREATE TABLE s.a (t bigint NOT NULL); CREATE TABLE s.b () INHERITS (s.a);"; [
        Distribute("b", "t", None),
    ] => Some("b is not a regular, foreign or partitioned table");
    "a partition": "CREATE TABLE s.a (t bigint NOT NULL) PARTITION BY HASH (t);
        CREATE TABLE s.b PARTITION OF s.a FOR VALUES WITH (MODULUS 1, REMAINDER 0);"; [Distribute("b", "t", None)]
        => Some("cannot distribute relation \"b\" which is partition of \"a\"");
    "partitions of partitions": "CREATE TABLE s.a (t bigint NOT NULL) PARTITION BY HASH (t);
        CREATE TABLE s.b PARTITION OF s.a FOR VALUES WITH (MODULUS 1, REMAINDER 0) PARTITION BY HASH (t);"; [
        Distribute("a", "t", None),
    ] => Some("distributing multi-level partitioned tables is not supported");
    "a partitioned reference table": "CREATE TABLE s.a (t bigint NOT NULL) PARTITION BY HASH (t);"; [Reference("a")]
        => Some("distributing partitioned tables in only supported for hash-distributed tables");
    "a partitioned table without partitions, concurrently": "CREATE TABLE s.a (t bigint NOT NULL) PARTITION BY HASH (t);"; [
        Concurrently("a", "t", None),
    ] => Some("Could not find publication matching a split");
    "an unlogged table, concurrently": "CREATE UNLOGGED TABLE s.a (t bigint NOT NULL PRIMARY KEY);"; [
        Concurrently("a", "t", None),
    ] => Some("cannot add relation \"a_");
    "a partitioned table with a check, concurrently": "CREATE TABLE s.a (t bigint NOT NULL CONSTRAINT few CHECK (t < 9)) PARTITION BY HASH (t);
        CREATE TABLE s.b PARTITION OF s.a FOR VALUES WITH (MODULUS 1, REMAINDER 0);"; [
        Concurrently("a", "t", None),
    ] => Some("child table is missing constraint \"few");
    "a partitioned table with a check": "CREATE TABLE s.a (t bigint NOT NULL CONSTRAINT few CHECK (t < 9)) PARTITION BY HASH (t);
        CREATE TABLE s.b PARTITION OF s.a FOR VALUES WITH (MODULUS 1, REMAINDER 0);"; [Distribute("a", "t", None)] => None;
    "a partitioned table with dollars, concurrently": "CREATE TABLE s.a (t bigint NOT NULL CONSTRAINT \"p$$\" PRIMARY KEY) PARTITION BY HASH (t);
        CREATE TABLE s.b PARTITION OF s.a FOR VALUES WITH (MODULUS 1, REMAINDER 0);"; [
        Concurrently("a", "t", None),
    ] => Some("syntax error at or near");
    "a partitioned table with dollars and no index, concurrently": "CREATE TABLE s.a (t bigint NOT NULL) PARTITION BY HASH (t);
        CREATE TABLE s.\"b$$\" PARTITION OF s.a FOR VALUES WITH (MODULUS 1, REMAINDER 0);"; [
        Concurrently("a", "t", None),
    ] => None;
    "a local partitioned table with a check that comes to reference": "CREATE TABLE s.r (id bigint PRIMARY KEY);
        CREATE TABLE s.a (t bigint NOT NULL CONSTRAINT few CHECK (t < 9)) PARTITION BY HASH (t);
        CREATE TABLE s.b PARTITION OF s.a FOR VALUES WITH (MODULUS 1, REMAINDER 0);"; [
        Converting(true), Reference("r"),
        AddForeignKey("ALTER TABLE s.a ADD CONSTRAINT up FOREIGN KEY (t) REFERENCES s.r"),
    ] => Some("child table is missing constraint \"few");
    "a key without the column, concurrently": "CREATE TABLE s.a (t bigint NOT NULL, id bigint PRIMARY KEY);"; [
        Concurrently("a", "t", None),
    ] => Some("cannot create constraint on \"a\"");
    "a self-reference": "CREATE TABLE s.a (t bigint NOT NULL, id bigint, up bigint, PRIMARY KEY (t, id),
        FOREIGN KEY (t, up) REFERENCES s.a);"; [Distribute("a", "t", None)] => None;
    "a self-reference without the column": "CREATE TABLE s.a (t bigint NOT NULL, id bigint, up bigint, PRIMARY KEY (t, id),
        FOREIGN KEY (up, id) REFERENCES s.a);"; [Distribute("a", "t", None)]
        => Some("cannot create foreign key constraint");
    "a self-reference, concurrently": "CREATE TABLE s.a (t bigint NOT NULL, id bigint, up bigint, PRIMARY KEY (t, id),
        FOREIGN KEY (t, up) REFERENCES s.a);"; [Concurrently("a", "t", None)] => Some(NOT_COLOCATED);
    "other positions": "CREATE TABLE s.a (t bigint NOT NULL, id bigint, PRIMARY KEY (t, id));
        CREATE TABLE s.b (t bigint NOT NULL, a bigint, FOREIGN KEY (a, t) REFERENCES s.a (t, id));"; [
        Distribute("a", "t", None), Distribute("b", "t", Some("a")),
    ] => Some("cannot create foreign key constraint");
    "on delete set null": "CREATE TABLE s.a (t bigint NOT NULL, id bigint, PRIMARY KEY (t, id));
        CREATE TABLE s.b (t bigint NOT NULL, a bigint, FOREIGN KEY (t, a) REFERENCES s.a ON DELETE SET NULL);"; [
        Distribute("a", "t", None), Distribute("b", "t", Some("a")),
    ] => Some("cannot create foreign key constraint");
    "on delete cascade": "CREATE TABLE s.a (t bigint NOT NULL, id bigint, PRIMARY KEY (t, id));
        CREATE TABLE s.b (t bigint NOT NULL, a bigint, FOREIGN KEY (t, a) REFERENCES s.a ON DELETE CASCADE);"; [
        Distribute("a", "t", None), Distribute("b", "t", Some("a")),
    ] => None;
    "on update cascade": "CREATE TABLE s.a (t bigint NOT NULL, id bigint, PRIMARY KEY (t, id));
        CREATE TABLE s.b (t bigint NOT NULL, a bigint, FOREIGN KEY (t, a) REFERENCES s.a ON UPDATE CASCADE);"; [
        Distribute("a", "t", None), Distribute("b", "t", Some("a")),
    ] => Some("cannot create foreign key constraint");
    "set null to a reference table": "CREATE TABLE s.r (id bigint PRIMARY KEY);
        CREATE TABLE s.b (t bigint NOT NULL, r bigint REFERENCES s.r ON DELETE SET NULL ON UPDATE CASCADE);"; [
        Reference("r"), Distribute("b", "t", None),
    ] => None;
    "the column to a reference table with an action": "CREATE TABLE s.r (id bigint PRIMARY KEY);
        CREATE TABLE s.b (t bigint NOT NULL REFERENCES s.r ON UPDATE CASCADE);"; [
        Reference("r"), Distribute("b", "t", None),
    ] => Some("cannot create foreign key constraint");
    "set default from a sequence": "CREATE TABLE s.r (id bigint PRIMARY KEY); CREATE SEQUENCE s.q;
        CREATE TABLE s.b (t bigint NOT NULL, r bigint DEFAULT nextval('s.q') REFERENCES s.r ON DELETE SET DEFAULT);"; [
        Reference("r"), Distribute("b", "t", None),
    ] => Some("cannot create foreign key constraint since Citus does not support ON DELETE / UPDATE SET DEFAULT actions on the columns that default to sequences");
    "a column of rows of a plain table": "CREATE TABLE s.a (t bigint NOT NULL); CREATE TABLE s.b (t bigint NOT NULL, a s.a);"; [
        Distribute("b", "t", None),
    ] => Some("\"table s.b\" has dependency to \"table s.a\" that is not in Citus' metadata");
    "a column of rows of a distributed table": "CREATE TABLE s.a (t bigint NOT NULL); CREATE TABLE s.b (t bigint NOT NULL, a s.a[]);"; [
        Distribute("a", "t", None), Distribute("b", "t", Some("a")),
    ] => None;
    "a reference table that references a plain one": "CREATE TABLE s.p (id bigint PRIMARY KEY);
        CREATE TABLE s.r (id bigint PRIMARY KEY, p bigint REFERENCES s.p);"; [Reference("r")]
        => Some("referenced table \"p\" must be a distributed table or a reference table");
    "a reference table that references a plain one, converting": "CREATE TABLE s.p (id bigint PRIMARY KEY);
        CREATE TABLE s.r (id bigint PRIMARY KEY, p bigint REFERENCES s.p);"; [Converting(true), Reference("r")] => None;
    "a reference table that references a plain one with an action": "CREATE TABLE s.p (id bigint PRIMARY KEY);
        CREATE TABLE s.r (id bigint PRIMARY KEY, p bigint REFERENCES s.p ON DELETE CASCADE);"; [
        Converting(true), Reference("r"),
    ] => Some("cannot define foreign key constraint, foreign keys from reference tables to local tables can only be defined with NO ACTION or RESTRICT behaviors");
    "a reference table that references a distributed one": "CREATE TABLE s.d (id bigint PRIMARY KEY);
        CREATE TABLE s.r (id bigint PRIMARY KEY, d bigint REFERENCES s.d);"; [
        Distribute("d", "id", None), Reference("r"),
    ] => Some(TO_DISTRIBUTED);
    "a converted table that references what is to be distributed": "CREATE TABLE s.r (id bigint PRIMARY KEY);
        CREATE TABLE s.d (id bigint PRIMARY KEY);
        CREATE TABLE s.l (d bigint REFERENCES s.d, r bigint REFERENCES s.r);"; [
        Converting(true), Reference("r"), Distribute("d", "id", None),
    ] => Some(TO_DISTRIBUTED);
    "a foreign key to a plain table": STORES; [
        DropForeignKey("orders", "orders_store_id_fkey"), Distribute("orders", "store_id", None),
        AddForeignKey("ALTER TABLE s.orders ADD CONSTRAINT again FOREIGN KEY (store_id) REFERENCES s.stores"),
    ] => Some("referenced table \"stores\" must be a distributed table or a reference table");
    "a foreign key from a reference to a distributed table": "CREATE TABLE s.d (id bigint PRIMARY KEY);
        CREATE TABLE s.r (id bigint PRIMARY KEY, d bigint);"; [
        Distribute("d", "id", None), Reference("r"),
        AddForeignKey("ALTER TABLE s.r ADD CONSTRAINT again FOREIGN KEY (d) REFERENCES s.d"),
    ] => Some(TO_DISTRIBUTED);
    "a NOT VALID foreign key of a partitioned table": "CREATE TABLE s.d (id bigint PRIMARY KEY);
        CREATE TABLE s.a (t bigint NOT NULL) PARTITION BY HASH (t);
        CREATE TABLE s.b PARTITION OF s.a FOR VALUES WITH (MODULUS 1, REMAINDER 0);"; [
        Distribute("d", "id", None), Distribute("a", "t", Some("d")),
        AddForeignKey("ALTER TABLE s.a ADD CONSTRAINT again FOREIGN KEY (t) REFERENCES s.d NOT VALID"),
    ] => Some("cannot add NOT VALID foreign key on partitioned table \"a\" referencing relation \"d\"");
    "a foreign key to columns without a key": STORES; [
        AddForeignKey("ALTER TABLE s.lines ADD CONSTRAINT again FOREIGN KEY (order_id) REFERENCES s.orders (order_id)"),
    ] => Some("there is no unique constraint matching given keys for referenced table \"orders\"");
    "truncating what a plain table references": STORES; [Distribute("stores", "store_id", None), Truncate("stores")]
        => Some("cannot truncate a table referenced in a foreign key constraint by a local table");
    "truncating a plain table": STORES; [Truncate("stores")] => Some("supplied parameter is not a distributed relation");
    "undistributing a table with an identity column": "CREATE TABLE s.a (t bigint GENERATED ALWAYS AS IDENTITY);"; [
        Distribute("a", "t", None), Undistribute("a"),
    ] => Some("cannot complete operation on a table with identity column");
    "undistributing a referenced table": STORES; [Distribute("stores", "store_id", None), Undistribute("stores")]
        => Some("cannot complete operation because table stores ");
    "partitions with a foreign key over a varchar": VARCHARS; [
        Distribute("stores", "store", None), Distribute("visits", "store", Some("stores")),
    ] => Some(NOT_PLANNED);
    "partitions with a foreign key over a text": "CREATE TABLE s.stores (store text PRIMARY KEY);
        CREATE TABLE s.visits (store text NOT NULL CONSTRAINT own REFERENCES s.stores, day int NOT NULL) PARTITION BY RANGE (day);
        CREATE TABLE s.visits_1 PARTITION OF s.visits FOR VALUES FROM (0) TO (9);"; [
        Distribute("stores", "store", None), Distribute("visits", "store", Some("stores")),
    ] => None;
    "partitions that get a foreign key over a varchar": VARCHARS; [
        DropForeignKey("visits", "own"), Distribute("stores", "store", None), Distribute("visits", "store", Some("stores")),
        AddForeignKey("ALTER TABLE s.visits ADD CONSTRAINT again FOREIGN KEY (store) REFERENCES s.stores"),
    ] => None;
    "validating a foreign key over a varchar": VARCHARS; [
        Distribute("stores", "store", None), Distribute("hints", "store", Some("stores")),
        AddForeignKey("ALTER TABLE s.hints ADD CONSTRAINT again FOREIGN KEY (store) REFERENCES s.stores NOT VALID"),
        Validate("hints", "again"),
    ] => Some(NOT_PLANNED);
    "validating a foreign key over a varchar that is valid": VARCHARS; [
        Distribute("stores", "store", None), Distribute("hints", "store", Some("stores")), Validate("hints", "own_hints"),
    ] => None;
    "undistributing": "CREATE TABLE s.a (t bigint NOT NULL);"; [Distribute("a", "t", None), Undistribute("a")] => None;
}

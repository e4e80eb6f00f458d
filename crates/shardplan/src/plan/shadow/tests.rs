use crate::{
    Action, Catalog, Change, Classification, Finding, ForeignKey, LockMode, PhaseKind, Placement, Plan, Rules,
    SchemaGraph, Shadow, ShadowChange, Simulation, Step, Strategy,
};

fn catalog(sql: &str) -> Catalog {
    Catalog::from_ddl(sql).catalog
}

fn plan(sql: &str) -> Plan {
    let graph = SchemaGraph::new(catalog(sql)).unwrap();
    let rules = Rules { strategy: Some(Strategy::Shadow), ..Rules::new("stores.store_id".parse().unwrap()) };
    Plan::new(&Classification::new(&graph, &rules).unwrap())
}

fn shadows(plan: &Plan) -> Vec<&Shadow> {
    let changes = plan.phase(PhaseKind::Exchange).steps.iter().flat_map(|step| &step.changes);
    let found = changes.filter_map(|change| match change {
        Change::Shadow(ShadowChange::Exchange { shadows, .. }) => Some(shadows),
        _ => None,
    });
    found.flatten().collect()
}

fn shadow<'p>(plan: &'p Plan, table: &str) -> &'p Shadow {
    shadows(plan).into_iter().find(|shadow| shadow.table.name == *table).unwrap()
}

fn messages(plan: &Plan) -> Vec<&str> {
    plan.blockers().map(|finding: &Finding| finding.message.as_str()).collect()
}

/// Notes are two hops away from the key, and labels a reference table.
const SHOP: &str = "
    CREATE TABLE labels (label text PRIMARY KEY);
    CREATE TABLE stores (store_id bigserial PRIMARY KEY);
    CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, label text REFERENCES labels);
    CREATE TABLE lines (line_id bigint PRIMARY KEY, order_id bigint REFERENCES orders, doubled bigint GENERATED ALWAYS AS (line_id * 2) STORED);
    CREATE TABLE notes (line_id bigint REFERENCES lines, nr int, up int, PRIMARY KEY (line_id, nr),
        FOREIGN KEY (line_id, up) REFERENCES notes);";

#[test]
fn a_row_takes_its_key_from_the_nearest_row_that_has_one() {
    let plan = plan(SHOP);
    let notes = shadow(&plan, "notes").key.as_ref().unwrap();
    let hops: Vec<String> = notes.hops.iter().map(|hop| hop.to.to_string()).collect();
    assert_eq!(hops, ["lines", "orders"]);
    let holders: Vec<usize> = notes.holders.iter().map(|holder| holder.after).collect();
    assert_eq!(holders, [0, 1, 2], "its own column, that of its line, that of its order");
    assert!(shadow(&plan, "orders").key.as_ref().unwrap().hops.is_empty(), "it holds the key itself");
    assert_eq!(shadow(&plan, "labels").key, None);
}

#[test]
fn a_row_takes_its_key_along_the_path_that_is_shown() {
    let graph = SchemaGraph::new(catalog(
        "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE users (id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
        CREATE TABLE projects (id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
        CREATE TABLE tasks (id bigint PRIMARY KEY, project bigint NOT NULL REFERENCES projects, assignee bigint REFERENCES users);
        CREATE TABLE notes (id bigint PRIMARY KEY, task bigint REFERENCES tasks);",
    ))
    .unwrap();
    let assignee = "[tables.tasks]\npath = [\"tasks_assignee_fkey\"]\nreason = \"r\"";
    let past = "[tables.notes]\npath = [\"notes_task_fkey\", \"tasks_assignee_fkey\"]\nreason = \"r\"";
    for (overrides, end) in [("", "projects"), (assignee, "users"), (past, "users")] {
        let rules = Rules { strategy: Some(Strategy::Shadow), ..Rules::new("stores.store_id".parse().unwrap()) };
        let rules = rules.with_overrides(overrides).unwrap();
        let classification = Classification::new(&graph, &rules).unwrap();
        let shown = &classification.get(&"notes".parse().unwrap()).unwrap().placement;
        let Placement::Distributed { backfill: Some(path), .. } = shown else { panic!("notes lack the key") };
        let plan = Plan::new(&classification);
        assert_eq!(shadow(&plan, "notes").key.as_ref().unwrap().hops, path.hops, "{overrides}");
        assert_eq!(path.end().name, *end, "{overrides}");
    }
}

#[test]
fn a_shadow_says_what_is_copied_and_by_what_a_row_is_known() {
    let plan = plan(SHOP);
    let lines = shadow(&plan, "lines");
    assert_eq!(lines.shadow.to_string(), "shardplan_new_public.lines");
    assert_eq!(lines.retired.to_string(), "shardplan_old_public.lines");
    assert_eq!(
        (&lines.row_key[..], &lines.new_key[..]),
        (&["line_id".into()][..], &["store_id".into(), "line_id".into()][..])
    );
    assert_eq!(lines.columns, ["line_id", "order_id", "store_id"], "a generated column has no value of its own");
    assert_eq!(lines.updated, ["line_id", "order_id"], "Citus lets nobody change the distribution column");
    let referenced: Vec<&str> = shadows(&plan)
        .into_iter()
        .filter(|shadow| shadow.is_referenced)
        .map(|shadow| shadow.table.name.as_str())
        .collect();
    assert_eq!(referenced, ["labels", "stores", "orders", "lines", "notes"], "notes references itself");
    let sequences: Vec<String> = shadow(&plan, "stores").sequences.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(sequences, ["stores_store_id_seq"]);
}

#[test]
fn live_tables_are_locked_from_the_referencing_to_the_referenced_ones() {
    let plan = plan(SHOP);
    let [step] = &plan.phase(PhaseKind::Exchange).steps[..] else { panic!("one step") };
    let locked: Vec<&str> = step.locks.iter().map(|lock| lock.table.name.as_str()).collect();
    assert_eq!(locked, ["notes", "lines", "orders", "labels", "stores"]);
    assert!(step.locks.iter().all(|lock| lock.mode == LockMode::AccessExclusive));
}

#[test]
fn no_foreign_key_is_unenforced_and_every_promise_is_kept() {
    let plan = plan(SHOP);
    let simulation = Simulation::new(&plan, catalog(SHOP));
    assert_eq!((simulation.refusal, simulation.gaps, simulation.unkept), (None, Vec::new(), Vec::new()));
    assert!(!plan.is_blocked());
}

#[test]
fn a_promise_that_is_not_built_is_missed() {
    let mut plan = plan(SHOP);
    let build = plan.phases.iter_mut().find(|phase| phase.kind == PhaseKind::Build).unwrap();
    let count = build.steps.len();
    build.steps.retain(|step| !step.changes.iter().any(|change| matches!(change, Change::AddForeignKey { .. })));
    assert!(build.steps.len() < count);
    let missed = Simulation::new(&plan, catalog(SHOP)).unkept;
    assert_eq!(missed.len(), count - plan.phase(PhaseKind::Build).steps.len(), "each foreign key: {missed:?}");
}

/// It acts on no row, and a copy that came without it would be another table.
#[test]
fn restrict_is_kept() {
    let sql = SHOP.replace(
        "order_id bigint REFERENCES orders,",
        "order_id bigint REFERENCES orders ON DELETE RESTRICT ON UPDATE RESTRICT,",
    );
    let simulation = Simulation::new(&plan(&sql), catalog(&sql));
    assert_eq!((simulation.refusal, simulation.unkept), (None, Vec::new()));
}

/// What a replay deletes may only have moved.
#[test]
fn no_action_acts_on_a_copy() {
    let sql =
        SHOP.replace("order_id bigint REFERENCES orders,", "order_id bigint REFERENCES orders ON DELETE CASCADE,");
    let plan = plan(&sql);
    let deletes = |kind: PhaseKind| {
        let changes = plan.phase(kind).steps.iter().flat_map(|step| &step.changes);
        let keys = changes.flat_map(|change| match change {
            Change::AddForeignKey { foreign_key } => vec![foreign_key.on_delete],
            Change::Shadow(ShadowChange::Exchange { late, .. }) => late.iter().map(|key| key.on_delete).collect(),
            _ => Vec::new(),
        });
        keys.collect::<Vec<_>>()
    };
    assert!(deletes(PhaseKind::Build).iter().all(|action| *action == Action::NoAction));
    assert_eq!(deletes(PhaseKind::Exchange), [Action::Cascade]);
    assert_eq!(plan.phase(PhaseKind::ForeignKeys).steps.len(), 1, "validated afterwards");
    assert_eq!(Simulation::new(&plan, catalog(&sql)).unkept, Vec::new());
}

#[test]
fn a_table_that_nothing_can_name_a_row_of_has_no_shadow() {
    let plan = plan(
        "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE logs (store_id bigint REFERENCES stores, at date);
        CREATE TABLE late (store_id bigint REFERENCES stores, id bigint, PRIMARY KEY (store_id, id) DEFERRABLE);",
    );
    let expected = [
        "`late` cannot have a shadow: its primary key is deferrable, so no changed row can be merged by it",
        "`logs` cannot have a shadow: without a primary key, or a unique index over columns that are NOT NULL, nothing names a changed row",
    ];
    assert_eq!(messages(&plan), expected);
}

/// The old reference table goes away, so that its foreign key leads to the new one from the exchange on.
#[test]
fn a_local_table_gets_its_foreign_key_back_with_the_exchange() {
    let sql = "CREATE TABLE codes (code text PRIMARY KEY);
        CREATE TABLE stores (store_id bigint PRIMARY KEY, code text REFERENCES codes);
        CREATE TABLE hints (id bigint PRIMARY KEY, code text CONSTRAINT hints_code REFERENCES codes);
        CREATE TABLE pages (id bigint PRIMARY KEY REFERENCES hints);";
    let plan = plan(sql);
    assert_eq!(messages(&plan), Vec::<&str>::new());
    let [exchange, back] = &plan.phase(PhaseKind::Exchange).steps[..] else { panic!("another number of steps") };
    let [Change::Shadow(ShadowChange::Exchange { let_go, .. })] = &exchange.changes[..] else { panic!("no exchange") };
    assert_eq!(let_go.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["hints_code"]);
    assert!(
        exchange.locks.iter().any(|lock| lock.table.name == "hints"),
        "it waits for the table that it is taken from"
    );
    let added = back.changes.iter().filter_map(|change| match change {
        Change::AddForeignKey { foreign_key } => Some((foreign_key.name.as_str(), foreign_key.validated)),
        _ => None,
    });
    assert_eq!(added.collect::<Vec<_>>(), [("hints_code", false)]);
    assert_eq!(plan.phase(PhaseKind::ForeignKeys).steps.len(), 1, "validated where nobody waits");
    let simulation = Simulation::new(&plan, catalog(sql));
    assert_eq!((simulation.refusal, simulation.unkept), (None, Vec::new()));
    assert_eq!(simulation.gaps.iter().map(|gap| gap.foreign_key.as_str()).collect::<Vec<_>>(), ["hints_code"]);
}

/// It is not exchanged, so that nothing else takes its triggers away.
#[test]
fn a_local_table_on_the_way_to_the_key_keeps_no_trigger() {
    let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE carts (id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
        CREATE TABLE items (id bigint PRIMARY KEY, cart_id bigint NOT NULL CONSTRAINT items_cart REFERENCES carts);";
    let graph = SchemaGraph::new(catalog(sql)).unwrap();
    let rules = Rules { strategy: Some(Strategy::Shadow), ..Rules::new("stores.store_id".parse().unwrap()) };
    let local = "[tables.carts]\nclass = \"local\"\nreason = \"r\"\n[foreign_keys.carts.carts_store_id_fkey]\ndrop = true\nreason = \"r\"\n\
        [foreign_keys.items.items_cart]\ndrop = true\nreason = \"r\"\n";
    let plan = Plan::new(&Classification::new(&graph, &rules.with_overrides(local).unwrap()).unwrap());
    assert_eq!(messages(&plan), Vec::<&str>::new());
    let exchange = &plan.phase(PhaseKind::Exchange).steps;
    let dropped =
        |step: &Step| matches!(&step.changes[..], [Change::DropTriggers { table, .. }] if table.name == "carts");
    assert_eq!(exchange.iter().map(dropped).collect::<Vec<_>>(), [false, true], "{exchange:#?}");
}

/// Rows are copied one table after the other: a key that leads back would look for some too early.
#[test]
fn the_foreign_key_that_closes_a_cycle_comes_at_the_exchange() {
    let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE a (store_id bigint REFERENCES stores, id bigint, b bigint, PRIMARY KEY (store_id, id));
        CREATE TABLE b (store_id bigint REFERENCES stores, id bigint, a bigint, PRIMARY KEY (store_id, id),
            CONSTRAINT b_a FOREIGN KEY (store_id, a) REFERENCES a);
        ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (store_id, b) REFERENCES b;";
    let plan = plan(sql);
    assert_eq!(messages(&plan), Vec::<&str>::new());
    let changes = |kind| plan.phase(kind).steps.iter().flat_map(|step: &Step| &step.changes);
    let tried = changes(PhaseKind::Build).filter_map(|change| match change {
        Change::Shadow(ShadowChange::TryForeignKey(key)) => Some(key.name.as_str()),
        _ => None,
    });
    let late = changes(PhaseKind::Exchange).flat_map(|change| match change {
        Change::Shadow(ShadowChange::Exchange { late, .. }) => &late[..],
        _ => &[],
    });
    let late: Vec<&ForeignKey> = late.collect();
    let order: Vec<&str> = plan.order.iter().map(|placing| placing.table.name.as_str()).collect();
    let back = if order == ["stores", "a", "b"] { "a_b" } else { "b_a" };
    assert_eq!(tried.collect::<Vec<_>>(), [back], "all rows are looked at before");
    assert!(matches!(late[..], [key] if key.name == *back && !key.validated), "{late:?}");
    let validated = |change: &Change| matches!(change, Change::ValidateConstraint { name, .. } if *name == *back);
    assert!(changes(PhaseKind::ForeignKeys).any(validated));
    let simulation = Simulation::new(&plan, catalog(sql));
    assert_eq!((simulation.refusal, simulation.gaps, simulation.unkept), (None, Vec::new(), Vec::new()));
}

/// One that is deferrable, or may be NULL, names no row.
#[test]
fn a_unique_key_names_a_row_where_there_is_no_primary_key() {
    let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE logs (store_id bigint NOT NULL REFERENCES stores, id bigint NOT NULL, nr bigint, code text NOT NULL,
            CONSTRAINT a UNIQUE (store_id, nr), CONSTRAINT b UNIQUE (store_id, code) DEFERRABLE);
        CREATE UNIQUE INDEX c ON logs (store_id, id) WHERE id > 0;
        CREATE UNIQUE INDEX d ON logs (store_id, id);
        CREATE UNIQUE INDEX e ON logs (store_id, lower(code));
        CREATE UNIQUE INDEX f ON logs (store_id, code);
        ALTER TABLE logs REPLICA IDENTITY USING INDEX f;
        CREATE TABLE late (store_id bigint REFERENCES stores, id bigint NOT NULL, PRIMARY KEY (store_id, id) DEFERRABLE);
        CREATE UNIQUE INDEX at_once ON late (store_id, id);";
    let plan = plan(sql);
    assert_eq!(messages(&plan), Vec::<&str>::new());
    let key = |table: &str| shadow(&plan, table).key_name.as_str();
    assert_eq!((key("logs"), key("late"), key("stores")), ("f", "at_once", "stores_pkey"));
    assert_eq!(shadow(&plan, "logs").row_key, ["store_id", "code"]);
    let simulation = Simulation::new(&plan, catalog(sql));
    assert_eq!((simulation.refusal, simulation.gaps, simulation.unkept), (None, Vec::new(), Vec::new()));
}

/// Citus puts it between dollar quotes.
#[test]
fn partitions_whose_indexes_have_dollars_have_no_shadow() {
    let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE visits (store_id bigint REFERENCES stores, \"a$$b\" date, day date, PRIMARY KEY (store_id, day)) PARTITION BY RANGE (day);
        CREATE TABLE visits_1 PARTITION OF visits DEFAULT;";
    assert_eq!(messages(&plan(sql)), Vec::<&str>::new());
    let indexed = format!("{sql} CREATE INDEX i ON visits (\"a$$b\");");
    let plan = plan(&indexed);
    assert!(messages(&plan)[0].contains("`$$` in `\"visits_1_a$$b_idx\"` would be"), "{:?}", messages(&plan));
    let elsewhere = sql.replace("TABLE visits_1", "TABLE \"$$\".visits_1");
    let plan = self::plan(&format!("CREATE SCHEMA \"$$\"; {elsewhere}"));
    assert!(messages(&plan)[0].contains("`$$` in `\"$$\"` would be"), "{:?}", messages(&plan));
}

#[test]
fn what_is_bound_to_a_table_itself_stands_against_it() {
    let plan = plan(
        "CREATE TABLE stores (store_id bigint PRIMARY KEY, name text);
        CREATE VIEW names AS SELECT name FROM stores;
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM stores;
        CREATE FUNCTION one(s stores) RETURNS bigint LANGUAGE sql AS 'SELECT 1';",
    );
    let found = messages(&plan);
    assert_eq!(found.len(), 2, "a view is made anew: {found:?}");
    assert!(found.iter().all(|message| message.contains("would go on using the old `stores` after the exchange")));
}

const VISITS: &str = "
    CREATE TABLE stores (store_id bigint PRIMARY KEY);
    CREATE TABLE halls (hall_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
    CREATE TABLE visits (id bigint, day date NOT NULL, hall_id bigint NOT NULL REFERENCES halls, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
    CREATE TABLE visits_2020 PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE INDEX visits_2020_hall ON visits_2020 (hall_id);";

#[test]
fn partitions_are_exchanged_with_their_table() {
    let plan = plan(VISITS);
    assert_eq!(messages(&plan), Vec::<&str>::new());
    let visits = shadow(&plan, "visits");
    assert_eq!(visits.partitioned_by.as_deref(), Some("RANGE (day)"));
    let parts: Vec<String> = visits.parts.iter().map(|part| format!("{} {}", part.shadow, part.bound)).collect();
    assert_eq!(parts, ["shardplan_new_public.visits_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')"]);
    let simulation = Simulation::new(&plan, catalog(VISITS));
    assert_eq!((simulation.refusal, simulation.gaps, simulation.unkept), (None, Vec::new(), Vec::new()));
}

/// PostgreSQL adds none to a partitioned table without looking at all rows.
#[test]
fn a_partitioned_table_gets_no_foreign_key_at_the_exchange() {
    let acts = VISITS.replace("REFERENCES halls,", "REFERENCES halls ON DELETE CASCADE,");
    let alone = format!("{VISITS} ALTER TABLE visits_2020 ADD CONSTRAINT own FOREIGN KEY (hall_id) REFERENCES halls;");
    for (sql, what) in [(acts, "has an action"), (alone, "is about the partition `visits_2020` alone")] {
        let plan = plan(&sql);
        let found = messages(&plan);
        assert!(found.iter().any(|message| message.contains(what)), "{what}: {found:?}");
    }
}

/// Under its own name, so that the rules can give it up; and then it goes before the exchange, or that would be refused.
#[test]
fn a_foreign_key_that_stands_against_it_can_be_given_up() {
    let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE a (a_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, b_id bigint);
        CREATE TABLE b (b_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, a_id bigint REFERENCES a);
        ALTER TABLE a ADD CONSTRAINT closing FOREIGN KEY (b_id) REFERENCES b;
        CREATE TABLE l (l_id bigint PRIMARY KEY, store_id bigint REFERENCES stores);";
    let graph = SchemaGraph::new(catalog(sql)).unwrap();
    let rules = Rules { strategy: Some(Strategy::Shadow), ..Rules::new("stores.store_id".parse().unwrap()) };
    let local = rules.with_overrides("[tables.l]\nclass = \"local\"\nreason = \"a test\"").unwrap();
    let blocked = Plan::new(&Classification::new(&graph, &local).unwrap());
    let drops: Vec<String> = blocked
        .blockers()
        .map(|finding| {
            let (table, name) = (finding.table.as_ref().unwrap(), finding.object.as_ref().unwrap());
            assert!(graph.references(table).any(|key| key.name == *name), "{name} is no foreign key of {table}");
            format!("[foreign_keys.{table}.{name}]\ndrop = true\nreason = \"a test\"\n")
        })
        .collect();
    assert_eq!(drops.len(), 1, "{drops:?}");
    let open = local.with_overrides(&drops.concat()).unwrap();
    let open = Plan::new(&Classification::new(&graph, &open).unwrap());
    assert_eq!(messages(&open), Vec::<&str>::new());
    let mut changes = open.phase(PhaseKind::Exchange).steps.iter().flat_map(|step| &step.changes);
    let goes =
        |change: &Change| matches!(change, Change::Shadow(ShadowChange::Exchange { let_go, .. }) if let_go.len() == 1);
    assert!(changes.any(goes), "it goes at the exchange");
}

/// Citus refuses to validate over a key that PostgreSQL compares as a text.
#[test]
fn a_foreign_key_over_a_varchar_is_added_again_to_be_validated() {
    let plan_of = |key: &str| {
        plan(&format!(
            "CREATE TABLE stores (store_id {key} PRIMARY KEY);
             CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id {key} NOT NULL REFERENCES stores ON DELETE CASCADE);"
        ))
    };
    let added = |plan: &Plan| {
        let steps = plan.phase(PhaseKind::ForeignKeys).steps.iter();
        let added = steps.flat_map(|step| &step.changes).filter_map(|change| match change {
            Change::AddForeignKey { foreign_key } => Some(foreign_key.validated),
            _ => None,
        });
        added.collect::<Vec<_>>()
    };
    assert_eq!(added(&plan_of("character varying(20)")), [true]);
    assert_eq!(added(&plan_of("text")), [] as [bool; 0]);
}

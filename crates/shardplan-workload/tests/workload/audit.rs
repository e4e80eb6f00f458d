//! A catalog with functions and views, and statements, against a plan: what must be changed, where, and what it can be instead.

use std::time::Duration;

use shardplan::{Catalog, Classification, CopyRate, Plan, Rules, SchemaGraph, Strategy};
use shardplan_workload::{
    Audit, Bodies, Judged, Source, Statement, Verdict, read_catalog, read_sql, refused_meanwhile,
};

const SHOP: &str = include_str!("shop.sql");

fn catalog() -> Catalog {
    Catalog::from_ddl(SHOP).catalog
}

fn plan(catalog: &Catalog, strategy: Strategy) -> Plan {
    let graph = SchemaGraph::new(catalog.clone()).unwrap();
    let rules = Rules { strategy: Some(strategy), ..Rules::new("stores.store_id".parse().unwrap()) };
    Plan::new(&Classification::new(&graph, &rules).unwrap())
}

fn audit(statements: &str) -> Audit {
    audit_with("", statements)
}

/// With more in the schema.
fn audit_with(ddl: &str, statements: &str) -> Audit {
    let catalog = Catalog::from_ddl(&format!("{SHOP}{ddl}")).catalog;
    let statements = read_sql("app.sql", statements).statements;
    Audit::new(&plan(&catalog, Strategy::Combined), &catalog, &statements, &Bodies::default())
}

fn rewritten(statement: &str) -> String {
    let audit = audit(statement);
    let [judged] = &audit.statements[..] else { panic!("{audit:?}") };
    let rewrite = judged.rewrite.as_ref().unwrap_or_else(|| panic!("{judged:?}"));
    assert!(rewrite.verdict < judged.verdict, "{judged:?}");
    rewrite.sql.clone()
}

/// The lines of a function's body with their verdicts and rules, in order.
fn lines_of(audit: &Audit, function: &str) -> Vec<(u64, String)> {
    let line = |judged: &Judged| match &judged.source {
        Source::Function { name, line } if name.name == function => {
            let rule = judged.reasons.first().map_or("-", |why| why.rule);
            Some((*line, format!("{}: {rule}", judged.verdict)))
        }
        _ => None,
    };
    let mut lines: Vec<(u64, String)> = audit.statements.iter().filter_map(line).collect();
    lines.sort();
    lines
}

fn of_bodies() -> Audit {
    let catalog = catalog();
    Audit::new(&plan(&catalog, Strategy::Combined), &catalog, &[], &read_catalog(&catalog))
}

#[test]
fn a_function_is_judged_line_by_line() {
    let audit = of_bodies();
    let line = |at: u64, text: &str| (at, text.to_owned());
    let first = lines_of(&audit, "place_orders");
    let found = [
        line(7, "parallel: all-shards"),
        line(13, "single shard: one-row"),
        line(16, "single shard: bound-key"),
        line(17, "single shard: bound-key"),
        line(19, "changes: insert-without-key"),
    ];
    assert_eq!(first, found);
    let second = lines_of(&audit, "place_orders_by_store");
    assert!(
        second.iter().all(|(_, verdict)| !verdict.starts_with("changes") && !verdict.starts_with("refused")),
        "{second:?}"
    );
    assert_eq!(second.len(), 5);
    let (name, column) = ("line_items".parse().unwrap(), "store_id");
    let changes = audit.tables.iter().find(|changes| changes.table == name).unwrap();
    let place = changes.functions.iter().find(|place| place.name.name == "place_orders").unwrap();
    assert_eq!(place.line, 19);
    let missing = audit.statements[place.statement].reasons[0].missing.clone().unwrap();
    assert_eq!((missing.table, missing.column.as_str()), (name, column));
}

#[test]
fn what_is_made_at_run_time_is_counted() {
    let audit = of_bodies();
    assert_eq!(lines_of(&audit, "touch"), [(4, "changes: lookup-by-old-key".to_owned()), (5, "unknown: -".to_owned())]);
    assert_eq!(lines_of(&audit, "not_ours"), [(1, "unknown: -".to_owned())]);
    let others = lines_of(&audit, "open_orders_of");
    assert_eq!(others, [(6, "refused: join-repartitioned".to_owned()), (9, "single shard: bound-key".to_owned())]);
    assert_eq!(lines_of(&audit, "order_total"), [(3, "parallel: all-shards".to_owned())]);
}

/// The verdicts and first rules of what stands in a place of the schema, the text with it.
fn stored(ddl: &str, place: &str) -> Vec<(String, String)> {
    let catalog = Catalog::from_ddl(&format!("{SHOP}{ddl}")).catalog;
    let audit = Audit::new(&plan(&catalog, Strategy::Combined), &catalog, &[], &read_catalog(&catalog));
    let of_place = audit.statements.iter().filter(|judged| judged.source.to_string().starts_with(place));
    let shown = |judged: &Judged| {
        let rule = judged.reasons.first().map_or("-", |why| why.rule);
        (format!("{}: {rule}", judged.verdict), judged.text.clone())
    };
    of_place.map(shown).collect()
}

#[test]
fn a_policy_with_a_query_is_refused_where_citus_has_the_table() {
    let policy = |table: &str| {
        let ddl = format!(
            "CREATE TABLE notes (id bigint PRIMARY KEY); CREATE POLICY mine ON {table} USING (EXISTS (SELECT 1 FROM orders WHERE order_id = 5));"
        );
        stored(&ddl, "policy mine").first().map(|(rule, _)| rule.clone()).unwrap()
    };
    assert_eq!(policy("orders"), "refused: policy-subquery");
    assert_eq!(policy("notes"), "changes: lookup-by-old-key", "a local table's is read as a query");
    assert_eq!(stored("CREATE POLICY mine ON orders USING (store_id > 5);", "policy mine"), []);
}

#[test]
fn a_policy_that_the_rules_drop_is_no_longer_there() {
    let ddl = "CREATE POLICY mine ON orders USING (EXISTS (SELECT 1 FROM stores));";
    let catalog = Catalog::from_ddl(&format!("{SHOP}{ddl}")).catalog;
    let graph = SchemaGraph::new(catalog.clone()).unwrap();
    let drop = "[policies.orders.mine]\ndrop = true\nreason = \"a test\"";
    let rules = Rules::new("stores.store_id".parse().unwrap()).with_overrides(drop).unwrap();
    let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
    let audit = Audit::new(&plan, &catalog, &[], &read_catalog(&catalog));
    assert!(audit.statements.iter().all(|judged| !judged.source.to_string().starts_with("policy")));
}

#[test]
fn a_function_has_the_key_in_a_variable() {
    let rewrites = |name: &str, audit: &Audit| {
        let of_function = audit
            .statements
            .iter()
            .filter(|judged| judged.source.to_string().starts_with(&format!("function {name}, ")));
        of_function.filter_map(|judged| Some(judged.rewrite.as_ref()?.sql.clone())).collect::<Vec<_>>()
    };
    let found = rewrites("place_orders", &of_bodies());
    assert_eq!(
        found,
        [
            "INSERT INTO line_items (line_item_id, order_id, product_id, quantity, amount, store_id) VALUES (DEFAULT, ord, prod, j, unit * j, st)"
        ]
    );
    let two = "CREATE FUNCTION two(a bigint, b bigint) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        UPDATE orders SET status = 'x' WHERE store_id = a; UPDATE orders SET status = 'x' WHERE store_id = b;
        DELETE FROM orders WHERE order_id = 7; END $$;";
    let catalog = Catalog::from_ddl(&format!("{SHOP}{two}")).catalog;
    let audit = Audit::new(&plan(&catalog, Strategy::Combined), &catalog, &[], &read_catalog(&catalog));
    assert_eq!(rewrites("two", &audit), ["DELETE FROM orders WHERE order_id = 7 AND orders.store_id = :store_id"]);
}

#[test]
fn rewrite_rules_are_read() {
    let ddl = "CREATE TABLE log (id bigint);
        CREATE RULE noted AS ON INSERT TO log WHERE new.id > 0 DO ALSO
            (UPDATE orders SET status = 'seen' WHERE order_id = new.id; DELETE FROM line_items WHERE order_id = new.id);";
    let found: Vec<String> = stored(ddl, "rule noted on log").into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(found, ["changes: lookup-by-old-key", "parallel: all-shards"]);
}

#[test]
fn what_is_made_at_run_time_is_shown() {
    let found = stored("", "function touch, line 5");
    let [(verdict, text)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(verdict, "unknown: -");
    assert!(text.starts_with("EXECUTE 'UPDATE ") || text.starts_with("EXECUTE format("), "{text}");
}

#[test]
fn what_makes_or_runs_a_query_is_judged_by_it() {
    let joined = "SELECT o.store_id FROM orders o JOIN line_items l ON l.order_id = o.order_id";
    let of = |ddl: &str, text: &str| {
        let audit = audit_with(ddl, text);
        audit.statements.first().map(|judged| judged.reasons[0].rule)
    };
    assert_eq!(of("", &format!("CREATE VIEW pairs AS {joined}")), Some("join-repartitioned"));
    assert_eq!(of("", &format!("CREATE TABLE pairs AS {joined}")), Some("join-repartitioned"));
    let view = format!("CREATE MATERIALIZED VIEW pairs AS {joined};");
    assert_eq!(of(&view, "REFRESH MATERIALIZED VIEW CONCURRENTLY public.pairs"), Some("join-repartitioned"));
    assert_eq!(of(&view, "CREATE INDEX ON pairs (store_id)"), None, "the view is local");
    let several = "BEGIN; ALTER TABLE orders ADD COLUMN x int; SELECT * FROM orders WHERE order_id = 7; COMMIT";
    let mut one = read_sql("app.sql", "SELECT 1").statements;
    one[0].text = several.into();
    let catalog = catalog();
    let audit = Audit::new(&plan(&catalog, Strategy::Combined), &catalog, &one, &Bodies::default());
    assert_eq!(audit.statements[0].reasons[0].rule, "lookup-by-old-key", "one message of several statements");
    let unread = audit_with("", "DO $$ BEGIN EXECUTE 'DROP TABLE ' || name; END $$; DO LANGUAGE plperl 'x'");
    let why: Vec<String> = unread.statements.iter().map(|judged| judged.unread.as_ref().unwrap().to_string()).collect();
    assert_eq!(why[0], "it is made at run time, and could not be read: 'DROP TABLE ' || name");
    assert_eq!(why[1], "it cannot be parsed: it is written in plperl");
}

#[test]
fn views_are_judged() {
    let audit = of_bodies();
    let products = audit.tables.iter().find(|changes| changes.views.iter().any(|view| view.name.name == "line_prices"));
    let view = &products.unwrap().views[0];
    assert_eq!(audit.statements[view.statement].verdict, Verdict::Refused);
}

#[test]
fn a_rewrite_says_what_the_schema_promises() {
    assert_eq!(
        rewritten("SELECT * FROM orders o JOIN line_items l ON l.order_id = o.order_id WHERE o.store_id = $1"),
        "SELECT * FROM orders o JOIN line_items l ON l.order_id = o.order_id AND l.store_id = o.store_id WHERE o.store_id = $1"
    );
    assert_eq!(
        rewritten("SELECT * FROM orders o LEFT JOIN line_items l ON o.order_id = l.order_id WHERE o.store_id = 5"),
        "SELECT * FROM orders o LEFT JOIN line_items l ON o.order_id = l.order_id AND l.store_id = o.store_id WHERE o.store_id = 5"
    );
    assert_eq!(
        rewritten(
            "SELECT * FROM orders, line_items WHERE orders.order_id = line_items.order_id AND orders.store_id = 5"
        ),
        "SELECT * FROM orders, line_items WHERE orders.order_id = line_items.order_id AND orders.store_id = 5 AND \
         line_items.store_id = orders.store_id"
    );
    assert_eq!(
        rewritten(
            "DELETE FROM line_items USING orders WHERE line_items.order_id = orders.order_id AND orders.status = 'x'"
        ),
        "DELETE FROM line_items USING orders WHERE line_items.order_id = orders.order_id AND orders.status = 'x' AND \
         orders.store_id = line_items.store_id"
    );
    assert_eq!(
        rewritten(
            "UPDATE line_items l SET note = o.status FROM orders o WHERE o.order_id = l.order_id AND o.store_id = 5"
        ),
        "UPDATE line_items l SET note = o.status FROM orders o WHERE o.order_id = l.order_id AND o.store_id = 5 AND \
         o.store_id = l.store_id"
    );
    assert_eq!(
        rewritten("INSERT INTO line_items (order_id) SELECT order_id FROM orders WHERE order_id = $1"),
        "INSERT INTO line_items (order_id, store_id) SELECT order_id, orders.store_id FROM orders WHERE order_id = $1 AND \
         orders.store_id = $2"
    );
}

#[test]
fn a_rewrite_asks_for_what_only_the_application_knows() {
    assert_eq!(
        rewritten("SELECT * FROM orders WHERE order_id = ? LIMIT 1"),
        "SELECT * FROM orders WHERE order_id = ? AND orders.store_id = ? LIMIT 1"
    );
    assert_eq!(
        rewritten("INSERT INTO line_items (order_id, product_id) VALUES ($1, $2) RETURNING line_item_id"),
        "INSERT INTO line_items (order_id, product_id, store_id) VALUES ($1, $2, $3) RETURNING line_item_id"
    );
    assert_eq!(
        rewritten(
            "INSERT INTO line_items (order_id, product_id) SELECT o.order_id, 7 FROM orders o WHERE o.store_id = 5"
        ),
        "INSERT INTO line_items (order_id, product_id, store_id) SELECT o.order_id, 7, o.store_id FROM orders o WHERE o.store_id = 5"
    );
    assert_eq!(
        rewritten("INSERT INTO orders (order_id, store_id) VALUES (1, 5) ON CONFLICT (order_id) DO NOTHING"),
        "INSERT INTO orders (order_id, store_id) VALUES (1, 5) ON CONFLICT(store_id, order_id) DO NOTHING"
    );
    assert_eq!(
        rewritten("SELECT * FROM orders WHERE order_id = ?"),
        "SELECT * FROM orders WHERE order_id = ? AND orders.store_id = ?"
    );
    assert_eq!(
        rewritten("UPDATE orders SET status = $1 WHERE order_id = $2 OR order_id = $2 AND status = 'x'"),
        "UPDATE orders SET status = $1 WHERE (order_id = $2 OR order_id = $2 AND status = 'x') AND orders.store_id = $3"
    );
}

#[test]
fn what_an_old_key_finds_depends_on_what_is_left_of_it() {
    let rule = |ddl: &str, statement: &str| audit_with(ddl, statement).statements[0].reasons[0].rule;
    let paged = "SELECT * FROM orders WHERE order_id > $1 ORDER BY order_id LIMIT 20";
    assert_eq!(rule("", paged), "page-by-old-key");
    assert_eq!(
        rewritten(paged),
        "SELECT * FROM orders WHERE order_id > $1 AND orders.store_id = $2 ORDER BY order_id LIMIT 20"
    );
    assert_eq!(rule("", "SELECT * FROM orders WHERE order_id = ANY($1)"), "lookup-by-old-key");
    // The plan makes a plain index on the old columns.
    assert_eq!(rule("", "SELECT * FROM orders WHERE order_id > $1"), "all-shards");
    // Not so of a partial one.
    let partial =
        "CREATE TABLE marks (id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, code text, kind text);
        CREATE UNIQUE INDEX ON marks (code) WHERE kind = 'x';";
    let ranged = "SELECT * FROM marks WHERE code > 'm' AND kind = 'x'";
    assert_eq!(rule(partial, ranged), "search-by-old-key");
    assert_eq!(rule(&format!("{partial} CREATE INDEX ON marks (code, id);"), ranged), "all-shards");
    assert_eq!(
        rule(&format!("{partial} CREATE INDEX ON marks (kind);"), ranged),
        "all-shards",
        "another index finds them"
    );
    let two =
        "CREATE TABLE marks (a bigint, b bigint, store_id bigint NOT NULL REFERENCES stores, PRIMARY KEY (a, b));";
    assert_eq!(rule(two, "SELECT * FROM marks WHERE b = 5"), "all-shards");
    assert_eq!(rule(two, "SELECT * FROM marks WHERE a = 5 AND b IN (6, 7)"), "lookup-by-old-key");
}

#[test]
fn nothing_is_rewritten_that_does_not_follow() {
    for statement in [
        // No foreign key leads from one to the other by these columns.
        "SELECT * FROM orders o JOIN line_items l ON l.line_item_id = o.order_id WHERE o.store_id = 5",
        // The rows may be of two tenants.
        "INSERT INTO line_items (order_id) VALUES ($1), ($2)",
        "INSERT INTO line_items (order_id) SELECT 5",
        // It says more than the parser takes.
        "INSERT INTO line_items (order_id) OVERRIDING SYSTEM VALUE VALUES ($1)",
        "SELECT count(*) FROM orders",
    ] {
        let audit = audit(statement);
        assert_eq!(audit.statements[0].rewrite, None, "{statement}");
    }
}

#[test]
fn what_a_star_stands_for_is_not_taken_for_nothing() {
    for (statement, rule) in [
        ("INSERT INTO orders (store_id, order_id) SELECT * FROM unnest($1::bigint[], $2::bigint[])", "several-rows"),
        ("INSERT INTO orders (store_id, order_id) SELECT x.*, 5 FROM f($1) x", "several-rows"),
        ("INSERT INTO line_items (line_item_id) SELECT * FROM unnest($1::bigint[])", "insert-without-key"),
    ] {
        let audit = audit(statement);
        assert_eq!(audit.statements[0].reasons[0].rule, rule, "{statement}");
    }
}

#[test]
fn lookups_by_a_unique_expression_are_told_from_others() {
    let users = "CREATE TABLE users (user_id bigserial PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, \
                 login varchar(40)); CREATE UNIQUE INDEX ON users (lower(login));";
    for (statement, rule) in [
        ("SELECT * FROM users WHERE lower(login) = lower($1)", "lookup-by-old-key"),
        ("SELECT * FROM users u WHERE LOWER(u.login::text) = ANY($1)", "lookup-by-old-key"),
        ("SELECT * FROM (SELECT * FROM users) u WHERE lower(login) = 'a'", "lookup-by-old-key"),
        ("SELECT * FROM users WHERE login = $1", "all-shards"),
        ("SELECT * FROM users WHERE lower(login) = $1 AND store_id = $2", "bound-key"),
    ] {
        let audit = audit_with(users, statement);
        assert_eq!(audit.statements[0].reasons[0].rule, rule, "{statement}");
    }
    let found = audit_with(users, "SELECT * FROM users WHERE lower(login) = lower($1)");
    let rewrite = found.statements[0].rewrite.as_ref().unwrap();
    assert_eq!(rewrite.sql, "SELECT * FROM users WHERE lower(login) = lower($1) AND users.store_id = $2");
}

#[test]
fn what_touches_no_table_is_only_counted() {
    let audit = audit("BEGIN; SET search_path = x; SELECT 1; SELECT FROM orders WHERE store_id = 5; COMMIT;");
    assert_eq!((audit.statements.len(), audit.elsewhere.statements), (1, 4));
    assert_eq!(audit.worst(), Verdict::SingleShard);
    assert_eq!(audit.tally(Verdict::SingleShard).calls, 1);
}

#[test]
fn statements_fail_while_only_some_tables_are_distributed() {
    let mut catalog = catalog();
    for table in &mut catalog.tables {
        table.statistics =
            Some(shardplan::Statistics { rows: Some(1_000_000), bytes: Some(1 << 30), writes: Some(10) });
    }
    let text = "SELECT o.*, (SELECT count(*) FROM line_items l WHERE l.order_id = o.order_id AND l.store_id = o.store_id) FROM orders o";
    let source = Source::Statistics;
    let statements = [text, "SELECT 1"].map(|text| Statement {
        text: text.into(),
        calls: 1,
        time: Duration::ZERO,
        source: source.clone(),
    });
    let of = |strategy| {
        let plan = plan(&catalog, strategy);
        refused_meanwhile(&plan, &catalog, CopyRate::default(), &statements)
    };
    let found = of(Strategy::Combined);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].statement, found[0].rule), (0, "local-in-subquery"));
    assert!(found[0].seconds > 1.0, "{found:?}");
    assert_eq!(of(Strategy::Shadow), []);
}

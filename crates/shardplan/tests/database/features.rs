//! Feature by feature over one rich schema, on the installed server.

use std::sync::OnceLock;

use shardplan::{
    Action, Catalog, ColumnPair, Direction, ForeignKey, Function, Generated, Identity, Index, IndexPart, MatchKind,
    Name, Persistence, PolicyCommand, ReplicaIdentity, RowSecurity, TableKind, Timing, TypeKind,
};
use shardplan_testkit::shared;

use crate::versions::load_rich;
use crate::{read, table};

fn rich() -> &'static Catalog {
    static RICH: OnceLock<Catalog> = OnceLock::new();
    RICH.get_or_init(|| {
        let database = shared().fresh_database();
        load_rich(&database);
        read(&database)
    })
}

fn names(names: &[Name]) -> Vec<&str> {
    names.iter().map(Name::as_str).collect()
}

fn foreign_key(name: &str) -> &'static ForeignKey {
    rich().foreign_keys.iter().find(|key| key.name == name).unwrap_or_else(|| panic!("no foreign key {name}"))
}

fn index(of: &str, name: &str) -> &'static Index {
    table(rich(), of).indexes.iter().find(|index| index.name == name).unwrap_or_else(|| panic!("no index {name}"))
}

/// The elements of an index as text: part, options, direction.
fn elements(index: &Index) -> Vec<(String, &str, Direction)> {
    let text = |part: &IndexPart| match part {
        IndexPart::Column(name) => name.to_string(),
        IndexPart::Expression(expression) => format!("={expression}"),
    };
    index.elements.iter().map(|it| (text(&it.part), it.options.as_str(), it.direction)).collect()
}

fn element(part: &str, options: &'static str, direction: Direction) -> (String, &'static str, Direction) {
    (part.to_owned(), options, direction)
}

#[test]
fn columns_keep_order_type_and_properties() {
    let stores = table(rich(), "stores");
    let columns: Vec<(&str, &str, bool)> =
        stores.columns.iter().map(|it| (it.name.as_str(), it.data_type.as_str(), it.not_null)).collect();
    assert_eq!(
        columns,
        [
            ("id", "bigint", true),
            ("name", "character varying(40)", true),
            ("mood", "public.mood", false),
            ("code", "text", false),
            ("opened", "timestamp with time zone", false),
            ("tags", "text[]", false),
            ("note", "text", false),
        ]
    );
    assert_eq!(stores.columns[0].default.as_deref(), Some("nextval('public.stores_id_seq'::regclass)"));
    assert_eq!(stores.columns[0].sequence.as_ref().unwrap().to_string(), "another");
    assert_eq!(stores.columns[1].collation.as_deref(), Some("pg_catalog.\"C\""));
    assert_eq!(stores.columns[3].collation, None);
    assert_eq!(stores.columns[2].default.as_deref(), Some("'sad'::public.mood"));
    assert_eq!(stores.columns[6].comment.as_deref(), Some("free text"));
    assert_eq!(stores.comment.as_deref(), Some("where it's sold"));
    assert_eq!(stores.owner, Some(Name::from("postgres")));
}

#[test]
fn identity_and_generated_columns_are_told_from_defaults() {
    let orders = table(rich(), "sales.orders");
    let id = orders.column(&"id".into()).unwrap();
    assert_eq!((id.identity, id.default.as_deref()), (Some(Identity::ByDefault), None));
    assert_eq!(id.sequence.as_ref().unwrap().to_string(), "sales.orders_id_seq");
    let mixed = orders.column(&"Mixed \"Case\"".into()).unwrap();
    assert_eq!((mixed.identity, mixed.data_type.as_str()), (Some(Identity::Always), "smallint"));
    let doubled = orders.column(&"doubled".into()).unwrap();
    assert_eq!(doubled.generated, Some(Generated::Stored("((total)::numeric * (2)::numeric)".to_owned())));
    assert_eq!(doubled.default, None);
}

#[test]
fn keys_have_order_timing_and_included_columns() {
    let stores = table(rich(), "stores");
    let primary = stores.primary_key.as_ref().unwrap();
    assert_eq!((primary.name.as_str(), primary.comment.as_deref()), ("stores_pkey", Some("the key")));
    assert_eq!(stores.unique[0].timing, Timing::Deferred);
    let orders = table(rich(), "sales.orders");
    assert_eq!(names(&orders.primary_key.as_ref().unwrap().columns), ["store_id", "id"]);
    let include = &orders.unique[0];
    assert_eq!((names(&include.columns), names(&include.include)), (vec!["id", "store_id"], vec!["total"]));
    assert!(!include.nulls_not_distinct);
}

#[test]
fn foreign_keys_keep_pairs_actions_and_state() {
    let pair = |from: &str, to: &str| ColumnPair { from: from.into(), to: to.into() };
    let parent = foreign_key("orders_parent_fkey");
    assert_eq!(parent.columns, [pair("parent_store_id", "store_id"), pair("parent_id", "id")]);
    assert_eq!((parent.match_kind, parent.on_delete), (MatchKind::Full, Action::SetNull));
    assert_eq!((parent.timing, parent.validated), (Timing::Deferred, true));
    assert_eq!(parent.from, parent.to);
    let store = foreign_key("orders_store_fkey");
    assert_eq!((store.on_update, store.on_delete), (Action::Cascade, Action::Restrict));
    assert_eq!((store.timing, store.comment.as_deref()), (Timing::Deferrable, Some("its store")));
    let late = foreign_key("orders_late_fkey");
    assert_eq!((late.validated, late.match_kind, late.on_update), (false, MatchKind::Simple, Action::NoAction));
}

#[test]
fn foreign_keys_of_partitions_and_to_partitions_are_not_repeated() {
    let to_stores = rich().foreign_keys.iter().filter(|key| key.from.name.as_str().starts_with("events"));
    assert_eq!(to_stores.map(|key| key.from.to_string()).collect::<Vec<_>>(), ["events"]);
    let notes: Vec<_> = rich().foreign_keys.iter().filter(|key| key.from.name == "event_notes").collect();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].to.to_string(), "events");
}

#[test]
fn indexes_have_columns_order_and_options() {
    assert_eq!(
        elements(index("stores", "stores_plain")),
        [
            element("name", "", Direction::Asc),
            element("opened", "", Direction::Desc),
            element("code", "", Direction::AscNullsFirst),
            element("id", "", Direction::DescNullsLast),
        ]
    );
    assert_eq!(
        elements(index("stores", "stores_pattern")),
        [element("code", "text_pattern_ops", Direction::Asc), element("name", "varchar_pattern_ops", Direction::Desc)]
    );
    assert_eq!(
        elements(index("stores", "stores_collated")),
        [
            element("code", "COLLATE \"C\"", Direction::Asc),
            element("=upper(note)", "COLLATE \"POSIX\" text_pattern_ops", Direction::Asc),
        ]
    );
    let trigram = index("stores", "stores_trigram");
    assert_eq!(trigram.method, "gin");
    let both = [element("note", "public.gin_trgm_ops", Direction::Asc), element("tags", "", Direction::Asc)];
    assert_eq!(elements(trigram), both);
}

#[test]
fn expression_and_partial_indexes_keep_their_text() {
    let lower = index("stores", "stores_lower");
    assert!(lower.unique && lower.valid);
    assert_eq!(lower.predicate.as_deref(), Some("(note IS NOT NULL)"));
    let expressions =
        [element("=lower((name)::text)", "", Direction::Asc), element("=((tags[1] || code))", "", Direction::Asc)];
    assert_eq!(elements(lower), expressions);
    let odd = index("sales.orders", "Odd \", USING x (");
    assert_eq!(odd.elements.len(), 2);
    assert_eq!(odd.elements[0].direction, Direction::Desc);
    let include = index("stores", "stores_include");
    assert_eq!(names(&include.include), ["name", "mood"]);
    let hash = index("stores", "stores_hash");
    assert_eq!((hash.method.as_str(), hash.comment.as_deref()), ("hash", Some("by mood")));
}

#[test]
fn exclusion_constraints_keep_their_operators() {
    let exclusion = &table(rich(), "sales.orders").exclusions[0];
    let operators: Vec<&str> = exclusion.elements.iter().map(|it| it.operator.as_str()).collect();
    assert_eq!((exclusion.method.as_str(), operators), ("gist", vec!["=", "&&"]));
    assert!(exclusion.elements.iter().all(|it| it.element.options.is_empty()));
    assert_eq!(exclusion.predicate.as_deref(), Some("((total)::numeric > (5)::numeric)"));
    assert!(table(rich(), "sales.orders").indexes.iter().all(|index| index.name != exclusion.name));
}

#[test]
fn checks_are_local_except_those_of_partitions() {
    let checks =
        |name: &str| -> Vec<String> { table(rich(), name).checks.iter().map(|check| check.name.to_string()).collect() };
    assert_eq!(checks("child"), ["child_extra_check"]);
    assert_eq!(checks("events_2024"), ["events_kind_check"]);
    let orders = table(rich(), "sales.orders");
    let states: Vec<_> = orders.checks.iter().map(|it| (it.name.as_str(), it.no_inherit, it.validated)).collect();
    assert_eq!(
        states,
        [("orders_alone_check", true, true), ("orders_late_check", false, false), ("positive", false, true)]
    );
    assert_eq!(orders.checks[2].expression, "((total)::numeric > (0)::numeric)");
}

#[test]
fn partitions_name_parent_bound_and_attached_indexes() {
    assert_eq!(table(rich(), "events").kind, TableKind::Partitioned("RANGE (at)".to_owned()));
    let partition = table(rich(), "events_2024");
    let place = partition.partition_of.as_ref().unwrap();
    assert_eq!(place.parent.to_string(), "events");
    assert_eq!(place.bound, "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')");
    assert!(partition.inherits.is_empty());
    assert_eq!(partition.primary_key.as_ref().unwrap().attached_to, Some("events_pkey".into()));
    assert_eq!(partition.indexes[0].attached_to, Some("events_kind".into()));
    let rest = table(rich(), "events_rest");
    assert_eq!(rest.partition_of.as_ref().unwrap().bound, "DEFAULT");
    assert_eq!(rest.kind, TableKind::Partitioned("LIST (store_id)".to_owned()));
    assert_eq!(table(rich(), "events_a").partition_of.as_ref().unwrap().bound, "FOR VALUES IN ('1', '2')");
}

#[test]
fn other_kinds_of_tables_are_told_apart() {
    assert_eq!(table(rich(), "child").inherits, ["base".parse().unwrap()]);
    assert_eq!(table(rich(), "cache").persistence, Persistence::Unlogged);
    assert_eq!(table(rich(), "typed").of_type.as_deref(), Some("public.pair"));
    assert_eq!(table(rich(), "cache").columns[2].data_type.as_str(), "public.pair[]");
    assert!(table(rich(), "\"Odd Schema\".\"Odd.Table\"").primary_key.is_some());
}

#[test]
fn replica_identity_and_cluster_name_their_index() {
    assert_eq!(table(rich(), "stores").replica_identity, ReplicaIdentity::Default);
    assert_eq!(table(rich(), "cache").replica_identity, ReplicaIdentity::Full);
    assert_eq!(table(rich(), "child").replica_identity, ReplicaIdentity::Nothing);
    assert_eq!(table(rich(), "sales.orders").replica_identity, ReplicaIdentity::Index("orders_identity".into()));
    assert_eq!(table(rich(), "stores").clustered_on, Some("stores_plain".into()));
}

#[test]
fn triggers_are_the_users_own() {
    let orders = table(rich(), "sales.orders");
    let triggers: Vec<_> = orders.triggers.iter().map(|it| (it.name.as_str(), it.enabled)).collect();
    assert_eq!(triggers, [("checked", true), ("touch", false)]);
    assert_eq!(orders.triggers[1].function.to_string(), "touch");
    assert!(
        orders.triggers[1]
            .definition
            .starts_with("CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF total ON sales.orders")
    );
    assert_eq!(table(rich(), "events").triggers.len(), 1);
    assert_eq!(table(rich(), "events_2024").triggers, []);
    assert_eq!(table(rich(), "events_a").triggers, []);
}

#[test]
fn rules_are_on_one_line() {
    let rule = &table(rich(), "stores").rules[0];
    assert!(rule.instead);
    let expected = "CREATE RULE quiet AS ON DELETE TO public.stores WHERE (old.id = 0) DO INSTEAD NOTHING;";
    assert_eq!(rule.definition, expected);
}

#[test]
fn row_security_and_policies_are_read() {
    let (stores, orders) = (table(rich(), "stores"), table(rich(), "sales.orders"));
    assert_eq!((stores.row_security, orders.row_security), (RowSecurity::On, RowSecurity::Forced));
    let everyone = &stores.policies[0];
    assert!(everyone.permissive && everyone.roles.is_empty());
    assert_eq!((everyone.command, everyone.using.as_deref()), (PolicyCommand::All, Some("true")));
    let narrow = &orders.policies[0];
    assert_eq!(
        (narrow.command, narrow.permissive, names(&narrow.roles)),
        (PolicyCommand::Update, false, vec!["postgres"])
    );
    assert_eq!(narrow.with_check.as_deref(), Some("((total)::numeric > (2)::numeric)"));
}

#[test]
fn sequences_know_their_owner() {
    let found: Vec<_> = rich()
        .sequences
        .iter()
        .map(|it| (it.name.to_string(), it.data_type.as_str(), it.increment, it.identity))
        .collect();
    let expected = [
        ("another", "bigint", 1, false),
        ("loose", "smallint", -2, false),
        ("stores_id_seq", "bigint", 1, false),
        ("sales.\"orders_Mixed \"\"Case\"\"_seq\"", "smallint", 5, true),
        ("sales.orders_id_seq", "integer", 1, true),
    ];
    assert_eq!(found, expected.map(|(name, kind, step, identity)| (name.to_owned(), kind, step, identity)));
    assert_eq!(rich().sequences[0].owned_by, Some(("stores".parse().unwrap(), "id".into())));
    assert_eq!(rich().sequences[1].owned_by, None);
}

#[test]
fn types_of_each_kind_are_read() {
    let kinds: Vec<_> = rich().types.iter().map(|it| (it.name.to_string(), &it.kind)).collect();
    let labels = ["sad", "it's ok", "fine", "happy"].map(str::to_owned).to_vec();
    let attributes = vec![("x".into(), "integer".into()), ("Y z".into(), "character varying(5)[]".into())];
    assert_eq!(
        kinds,
        [
            ("mood".to_owned(), &TypeKind::Enum(labels)),
            ("pair".to_owned(), &TypeKind::Composite(attributes)),
            ("price".to_owned(), &TypeKind::Domain("numeric(10,2)".into())),
            ("span".to_owned(), &TypeKind::Range("double precision".into())),
        ]
    );
}

#[test]
fn views_name_what_they_read() {
    let [summary, busy] = rich().views.as_slice() else { panic!("two views, {:?}", rich().views) };
    assert!(summary.materialized && !busy.materialized);
    assert_eq!(summary.reads, ["sales.busy".parse().unwrap()]);
    assert_eq!(busy.reads, ["stores".parse().unwrap(), "sales.orders".parse().unwrap()]);
    assert_eq!((summary.indexes[0].name.as_str(), summary.comment.as_deref()), ("summary_name", Some("a sum")));
    assert!(
        busy.definition.starts_with("SELECT s.name, count(*) AS n FROM (public.stores s JOIN"),
        "{}",
        busy.definition
    );
    assert!(!busy.definition.ends_with(';'));
}

#[test]
fn functions_keep_arguments_and_body() {
    let signature = |it: &Function| {
        let arguments: Vec<_> = it.arguments.iter().map(ToString::to_string).collect();
        format!("{}({}) -> {:?}", it.name, arguments.join(","), it.returns.as_deref())
    };
    let signatures: Vec<String> = rich().functions.iter().map(signature).collect();
    assert_eq!(
        signatures.iter().filter(|it| !it.starts_with("twice")).collect::<Vec<_>>(),
        [
            "add(integer,integer) -> Some(\"bigint\")",
            "moods(public.mood[]) -> Some(\"SETOF public.mood\")",
            "nothing(text) -> None",
            "touch() -> Some(\"trigger\")",
        ]
    );
    let touch = rich().functions.iter().find(|it| it.name.name == "touch").unwrap();
    assert_eq!((touch.language.as_str(), touch.body.as_str()), ("plpgsql", "\nBEGIN\n    RETURN NEW;\nEND "));
}

#[test]
fn publications_and_extensions_are_read() {
    let everything = rich().publications.iter().find(|it| it.name == "everything").unwrap();
    assert!(everything.all_tables && everything.tables.is_empty());
    let few = rich().publications.iter().find(|it| it.name == "few").unwrap();
    assert_eq!(few.tables, ["stores".parse().unwrap(), "sales.orders".parse().unwrap()]);
    let extensions: Vec<_> = rich().extensions.iter().map(|it| (it.name.as_str(), it.version.is_some())).collect();
    assert_eq!(extensions, [("btree_gist", true), ("pg_trgm", true)]);
}

#[test]
fn settings_are_read() {
    assert!(rich().settings["server_version_num"].parse::<u32>().unwrap() >= 110_000);
    for name in ["server_version", "wal_level", "max_worker_processes", "shared_preload_libraries"] {
        assert!(rich().settings.contains_key(name), "{name}");
    }
}

#[test]
fn the_catalog_of_an_empty_database_is_empty() {
    let catalog = read(&shared().fresh_database());
    assert_eq!(catalog.structure(), Catalog::default());
}

//! What is not a table: sequences, types, views, routines, triggers, policies, publications, extensions, comments.

use super::{column, read, table};
use crate::catalog::{PolicyCommand, TypeKind};

#[test]
fn sequences_and_their_owners() {
    let catalog = read(
        "CREATE TABLE public.t (a int); CREATE SEQUENCE public.s\n    AS integer\n    START WITH 1\n    INCREMENT BY -2\n    NO MINVALUE\n    CACHE 1;
         ALTER SEQUENCE public.s OWNED BY public.t.a; CREATE SEQUENCE n; ALTER SEQUENCE n RENAME TO m; ALTER SEQUENCE m INCREMENT 3;",
    );
    let [m, s] = catalog.sequences.as_slice() else { panic!("two sequences") };
    assert_eq!((m.name.name.as_str(), m.increment, m.data_type.as_str()), ("m", 3, "bigint"));
    assert_eq!((s.increment, s.data_type.as_str()), (-2, "integer"));
    assert_eq!(s.owned_by.as_ref().unwrap().1, "a");
    assert_eq!(column(&catalog, "t", "a").sequence.as_ref().unwrap().name, "s");
}

#[test]
fn types_of_every_kind() {
    let catalog = read(
        "CREATE TYPE e AS ENUM ('a', 'it''s'); ALTER TYPE e ADD VALUE IF NOT EXISTS 'b' BEFORE 'it''s'; ALTER TYPE e ADD VALUE 'z';
         CREATE DOMAIN d AS varchar(3) CHECK (VALUE <> ''); CREATE TYPE c AS (x e, y int[]); CREATE TYPE r AS RANGE (subtype = float8);",
    );
    let kinds: Vec<_> = catalog.types.iter().map(|found| &found.kind).collect();
    assert_eq!(*kinds[0], TypeKind::Composite(vec![("x".into(), "public.e".into()), ("y".into(), "integer[]".into())]));
    assert_eq!(*kinds[1], TypeKind::Domain("character varying(3)".into()));
    assert_eq!(*kinds[2], TypeKind::Enum(["a", "b", "it's", "z"].map(str::to_owned).to_vec()));
    assert_eq!(*kinds[3], TypeKind::Range("double precision".into()));
}

fn reads(query: &str) -> Vec<String> {
    let tables =
        "CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE TABLE app.c (x int); CREATE TABLE \"D\" (x int);";
    let catalog = read(&format!("{tables} CREATE VIEW v AS {query};"));
    catalog.views[0].reads.iter().map(ToString::to_string).collect()
}

#[test]
fn views_know_what_they_read() {
    let cases: [(&str, &[&str]); 13] = [
        ("SELECT 1", &[]),
        ("SELECT * FROM a, b AS y, generate_series(1, 2) g, LATERAL (SELECT * FROM app.c) l", &["app.c", "a", "b"]),
        ("SELECT * FROM ((a JOIN ONLY \"D\" z ON (a.x = z.x)) LEFT JOIN b USING (x))", &["D", "a", "b"]),
        ("SELECT extract(epoch FROM x), substring(x FROM 1), trim(both FROM y) FROM a", &["a"]),
        (
            "SELECT x IS NOT DISTINCT FROM b, x IS DISTINCT FROM b FROM a WHERE x IN (SELECT x FROM app.c)",
            &["app.c", "a"],
        ),
        ("WITH b AS (SELECT * FROM a) SELECT * FROM b", &["a"]),
        ("WITH b AS (SELECT * FROM b) SELECT * FROM b", &["b"]),
        (
            "WITH RECURSIVE q(x) AS (SELECT x FROM a UNION ALL SELECT x FROM q), r AS MATERIALIZED (TABLE b) SELECT * FROM q, r",
            &["a", "b"],
        ),
        ("SELECT (WITH a AS (SELECT 1) SELECT x FROM a), x FROM b", &["b"]),
        ("(SELECT x FROM a) UNION (SELECT x FROM b) ORDER BY 1, 2", &["a", "b"]),
        (
            "SELECT x, count(*) FILTER (WHERE x > 1) OVER (PARTITION BY x ORDER BY x) FROM a GROUP BY x, 2 HAVING true",
            &["a"],
        ),
        ("TABLE a", &["a"]),
        ("SELECT * FROM pg_stat_activity, pg_catalog.pg_class, information_schema.tables", &[]),
    ];
    for (query, expected) in cases {
        let mut expected: Vec<_> = expected.iter().map(|name| (*name).to_owned()).collect();
        expected.iter_mut().filter(|name| *name == "D").for_each(|name| *name = "\"D\"".to_owned());
        let mut found = reads(query);
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn views_keep_their_query_and_materialized_ones_their_indexes() {
    let catalog = read(
        "CREATE TABLE t (a int); CREATE OR REPLACE VIEW v WITH (security_barrier='true') AS\n SELECT a -- why\n   FROM t\n  WITH LOCAL CHECK OPTION;
         CREATE MATERIALIZED VIEW m AS\n SELECT a\n   FROM v\n  WITH NO DATA; CREATE UNIQUE INDEX mi ON m (a);
         COMMENT ON VIEW v IS 'one'; COMMENT ON MATERIALIZED VIEW m IS 'two'; ALTER TABLE v OWNER TO bob;",
    );
    let [m, v] = catalog.views.as_slice() else { panic!("two views") };
    assert_eq!((v.definition.as_str(), v.comment.as_deref()), ("SELECT a FROM t", Some("one")));
    assert_eq!((m.definition.as_str(), m.comment.as_deref()), ("SELECT a FROM v", Some("two")));
    assert!(m.materialized && m.indexes[0].unique);
    assert_eq!(m.reads.first(), Some(&v.name));
}

#[test]
fn routines_with_their_signatures_and_bodies() {
    let catalog = read(
        "CREATE TYPE mood AS ENUM (); CREATE FUNCTION a(x int, OUT y text, INOUT z numeric(3,2), VARIADIC w varchar(3)[] DEFAULT '{}')
           LANGUAGE plpgsql SET search_path TO 'x' AS $_$ it's; $1 $_$;
         CREATE OR REPLACE FUNCTION b(mood, timestamp(3) with time zone, double precision) RETURNS SETOF mood LANGUAGE sql AS 'select ''x''';
         CREATE FUNCTION c() RETURNS TABLE(p int, \"Q\" mood[]) LANGUAGE sql BEGIN ATOMIC SELECT 1;\n SELECT CASE WHEN true THEN 2 END; END;
         CREATE PROCEDURE d(IN x char(3)) LANGUAGE c AS 'obj', 'symbol'; CREATE FUNCTION e(a int) RETURNS int RETURN (a + 1);
         CREATE FUNCTION f(OUT a int) AS 'select 1' LANGUAGE sql;",
    );
    let [a, b, c, d, e, f] = catalog.functions.as_slice() else { panic!("six routines") };
    let types: Vec<_> = a.arguments.iter().map(|argument| argument.as_str()).collect();
    assert_eq!(types, ["integer", "numeric", "character varying[]"]);
    assert_eq!((a.body.as_str(), a.returns.as_deref(), a.language.as_str()), (" it's; $1 ", Some("record"), "plpgsql"));
    let types: Vec<_> = b.arguments.iter().map(|argument| argument.as_str()).collect();
    assert_eq!(types, ["public.mood", "timestamp with time zone", "double precision"]);
    assert_eq!((b.body.as_str(), b.returns.as_deref()), ("select 'x'", Some("SETOF public.mood")));
    assert_eq!(c.returns.as_deref(), Some("TABLE(p integer, \"Q\" public.mood[])"));
    assert_eq!(c.body, "BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END");
    assert_eq!((d.body.as_str(), d.arguments[0].as_str(), &d.returns), ("symbol", "character", &None));
    assert_eq!((e.body.as_str(), e.language.as_str()), ("RETURN (a + 1)", "sql"));
    assert_eq!((f.arguments.len(), f.returns.as_deref()), (0, Some("integer")));
}

#[test]
fn triggers_rules_and_policies() {
    let catalog = read(
        "CREATE TABLE t (a int); CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS '';
         CREATE CONSTRAINT TRIGGER ct AFTER INSERT OR UPDATE OF a ON public.t DEFERRABLE FOR EACH ROW WHEN ((new.a > 0)) EXECUTE FUNCTION app.f('x');
         CREATE TRIGGER ts BEFORE UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE tsvector_update_trigger(a);
         CREATE RULE r AS\n    ON INSERT TO t DO INSTEAD (DELETE FROM t; NOTIFY x;);
         CREATE POLICY p ON t AS RESTRICTIVE FOR UPDATE TO bob, \"Al\" USING ((a > 0)) WITH CHECK (true); CREATE POLICY q ON t TO PUBLIC USING (a > 1);
         ALTER POLICY q ON t USING (a > 2);",
    );
    let found = table(&catalog, "t");
    assert_eq!(found.triggers[0].function.to_string(), "app.f");
    assert!(found.triggers[0].definition.starts_with("CREATE CONSTRAINT TRIGGER ct AFTER INSERT"));
    assert_eq!(found.triggers[1].function.to_string(), "pg_catalog.tsvector_update_trigger");
    assert!(found.rules[0].instead);
    assert_eq!(found.rules[0].definition, "CREATE RULE r AS ON INSERT TO t DO INSTEAD (DELETE FROM t; NOTIFY x;);");
    let [p, q] = found.policies.as_slice() else { panic!("two policies") };
    assert_eq!((p.permissive, p.command, p.using.as_deref()), (false, PolicyCommand::Update, Some("(a > 0)")));
    assert_eq!(p.roles, ["Al", "bob"]);
    assert_eq!((q.roles.len(), q.using.as_deref()), (0, Some("a > 2")));
}

#[test]
fn publications_and_extensions() {
    let catalog = read(
        "CREATE TABLE a (); CREATE TABLE b (); CREATE PUBLICATION p FOR TABLE a, ONLY b (x) WHERE (x > 0), TABLES IN SCHEMA app;
         CREATE PUBLICATION q WITH (publish = 'insert'); ALTER PUBLICATION q ADD TABLE ONLY public.a; CREATE PUBLICATION r FOR ALL TABLES;
         CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public VERSION '1.8'; CREATE EXTENSION pg_trgm; DROP EXTENSION pg_trgm;",
    );
    let [p, q, r] = catalog.publications.as_slice() else { panic!("three publications") };
    assert_eq!((p.tables.len(), p.schemas.len(), q.tables.len(), r.all_tables), (2, 1, 1, true));
    assert_eq!(catalog.extensions.len(), 1);
    assert_eq!(catalog.extensions[0].version.as_deref(), Some("1.8"));
}

#[test]
fn comments_reach_their_objects() {
    let catalog = read(
        "CREATE TABLE t (a int PRIMARY KEY REFERENCES t, CONSTRAINT c CHECK (a > 0)); CREATE INDEX i ON t (a);
         COMMENT ON TABLE t IS E'it''s\\n'; COMMENT ON COLUMN public.t.a IS 'col'; COMMENT ON CONSTRAINT t_pkey ON t IS 'key';
         COMMENT ON CONSTRAINT c ON t IS 'check'; COMMENT ON CONSTRAINT t_a_fkey ON t IS 'ref'; COMMENT ON INDEX i IS 'index';
         COMMENT ON FUNCTION f(int) IS 'nothing'; COMMENT ON SCHEMA public IS 'nothing';",
    );
    let found = table(&catalog, "t");
    assert_eq!((found.comment.as_deref(), found.columns[0].comment.as_deref()), (Some("it's\n"), Some("col")));
    assert_eq!(found.primary_key.as_ref().unwrap().comment.as_deref(), Some("key"));
    assert_eq!(
        (found.checks[0].comment.as_deref(), found.indexes[0].comment.as_deref()),
        (Some("check"), Some("index"))
    );
    assert_eq!(catalog.foreign_keys[0].comment.as_deref(), Some("ref"));
}

//! Where statements end, what is passed over and what is reported.

use super::{read, skipped, table};
use crate::Catalog;

#[test]
fn psql_lines_and_copy_data_are_passed_over() {
    let catalog = read(
        "\\restrict abc'def\nCREATE TABLE a (x text);\n\\connect db\nCOPY public.a (x) FROM stdin;\nit's; CREATE TABLE no (\n\\N\n\\.\n
         CREATE TABLE b (x int);\nCOPY a FROM STDIN WITH (FORMAT csv);\n\\.\n\\unrestrict abc\n",
    );
    assert_eq!(catalog.tables.len(), 2);
}

#[test]
fn quotes_comments_and_bodies_hide_semicolons() {
    let catalog = read(
        "/* a; /* nested; */ */ CREATE TABLE a (x text DEFAULT ';', \"y;\" text DEFAULT E'\\';', z text DEFAULT $q$;$$;$q$); -- it's;
         CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; CREATE TABLE b ();",
    );
    assert_eq!(catalog.tables.len(), 2);
    assert_eq!(table(&catalog, "a").columns[2].default.as_deref(), Some("$q$;$$;$q$"));
}

#[test]
fn an_unclosed_quote_costs_one_statement() {
    let sql = "CREATE TABLE a (x int);\nCREATE TABLE b (x text DEFAULT 'oops);\nCREATE TABLE c (x int);\nCREATE TABLE d (y int);\n";
    let parsed = Catalog::from_ddl(sql);
    assert_eq!(parsed.catalog.tables.len(), 3);
    assert_eq!((parsed.skipped.len(), parsed.skipped[0].line), (1, 2));
    assert_eq!(parsed.skipped[0].why, "a quote or comment is not closed");
    for unclosed in ["/* oops", "$x$ oops", "\"oops"] {
        let sql = format!("CREATE TABLE a ();\n{unclosed};\nCREATE TABLE b ();");
        assert_eq!(Catalog::from_ddl(&sql).catalog.tables.len(), 2, "{unclosed}");
        assert_eq!(skipped(&sql)[0].0, 2, "{unclosed}");
    }
}

#[test]
fn an_unclosed_parenthesis_or_body_costs_one_statement() {
    for broken in [
        "CREATE TABLE b (x int",
        "CREATE RULE r AS ON INSERT TO a DO (DELETE FROM a",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1",
    ] {
        let parsed = Catalog::from_ddl(&format!("CREATE TABLE a ();\n{broken};\nCREATE TABLE c ();"));
        assert_eq!(parsed.catalog.tables.len(), 2, "{broken}");
    }
}

#[test]
fn statements_without_meaning_for_the_model_are_quiet() {
    read(
        "SET statement_timeout = 0; SELECT 1; INSERT INTO x VALUES (1); GRANT ALL ON t TO x; BEGIN; COMMIT; CREATE ROLE r;
         ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO x; CREATE STATISTICS s ON a, b FROM t; CREATE AGGREGATE a(int) (sfunc = x);
         CREATE OPERATOR + (function = f); CREATE CAST (a AS b) WITH FUNCTION f; ANALYZE; VACUUM; REFRESH MATERIALIZED VIEW m;
         COMMENT ON EXTENSION x IS 'y'; ALTER FUNCTION f() OWNER TO x; CREATE SERVER s FOREIGN DATA WRAPPER w; DROP ROLE r;
         ALTER DATABASE x SET y = z; CREATE COLLATION c (provider = icu); ALTER SCHEMA s OWNER TO x; DROP TABLE IF EXISTS t;",
    );
}

#[test]
fn statements_that_could_change_tables_are_reported() {
    let cases = [
        "DO $$ BEGIN CREATE TABLE t (); END $$",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE t (a) AS SELECT 1",
        "SELECT 1 INTO t",
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
        "IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y",
        "CALL migrate()",
        "ALTER SCHEMA a RENAME TO b",
        "CREATE FROB x",
        "FROB",
    ];
    for case in cases {
        assert_eq!(skipped(case).len(), 1, "{case}");
    }
    let parsed = Catalog::from_ddl("\n\n  DO $$\nBEGIN END $$;");
    assert_eq!((parsed.skipped[0].line, parsed.skipped[0].statement.as_str()), (3, "DO $$"));
}

#[test]
fn if_not_exists_keeps_the_first() {
    let catalog = read(
        "CREATE TABLE t (a int); CREATE TABLE IF NOT EXISTS t (b int); CREATE INDEX i ON t (a); CREATE INDEX IF NOT EXISTS i ON t (a);",
    );
    assert_eq!((table(&catalog, "t").columns[0].name.as_str(), table(&catalog, "t").indexes.len()), ("a", 1));
    assert_eq!(skipped("CREATE TABLE t (); CREATE TABLE t ();")[0].1, "`t` exists already");
}

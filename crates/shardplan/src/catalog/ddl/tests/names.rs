//! Identifiers, the search path, and names that the server chooses.

use super::{read, shown, table};
use crate::name::MAX_NAME_BYTES;

#[test]
fn identifiers_are_folded_unquoted_and_cut() {
    let long = "x".repeat(61) + "éy";
    let catalog = read(&format!("CREATE TABLE FooBar (\"Mixed\" int, U&\"d\\0061t\\+000061\" int, {long} int);"));
    let names: Vec<_> = table(&catalog, "foobar").columns.iter().map(|column| column.name.to_string()).collect();
    assert_eq!(names[..2], ["\"Mixed\"", "data"]);
    assert_eq!(table(&catalog, "foobar").columns[2].name.as_str().len(), MAX_NAME_BYTES);
    let hostile = read("CREATE TABLE \"a\"\"b.c--\" (\"x;y\" int);");
    assert_eq!(hostile.tables[0].name.name, "a\"b.c--");
    assert_eq!(hostile.tables[0].columns[0].name, "x;y");
}

#[test]
fn unqualified_names_follow_the_search_path() {
    let catalog = read(
        "CREATE TABLE shared (id int PRIMARY KEY); SET search_path = app, public;
         CREATE TABLE own (id int PRIMARY KEY, s int REFERENCES shared, o int REFERENCES own);
         SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.last (a int REFERENCES app.own);
         RESET search_path; CREATE TABLE again ();",
    );
    assert_eq!(
        shown(&catalog),
        [
            "own_o_fkey: app.own(o) -> app.own(id)",
            "own_s_fkey: app.own(s) -> shared(id)",
            "last_a_fkey: last(a) -> app.own(id)"
        ]
    );
    assert!(catalog.tables.iter().any(|table| table.name.to_string() == "again"));
}

#[test]
fn keys_get_the_names_that_the_server_gives() {
    let catalog = read(
        "CREATE TABLE t_a_key (); CREATE TABLE t (id int UNIQUE PRIMARY KEY, a int UNIQUE CHECK (a > 0) CHECK (a < 9), b int,
         CHECK (a > b), CHECK (true), EXCLUDE USING gist (a WITH =, b WITH =), UNIQUE (a, b) INCLUDE (id));",
    );
    let found = table(&catalog, "t");
    assert_eq!(found.primary_key.as_ref().unwrap().name, "t_pkey");
    assert_eq!(found.unique.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["t_a_b_id_key", "t_a_key1"]);
    let checks: Vec<_> = found.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(checks, ["t_a_check", "t_a_check1", "t_check", "t_check1"]);
    assert_eq!(found.exclusions[0].name, "t_a_b_excl");
}

#[test]
fn indexes_get_the_names_that_the_server_gives() {
    let expected = [
        ("(a)", "t_a_idx"),
        ("(a, b) INCLUDE (c)", "t_a_b_c_idx"),
        ("(lower(b))", "t_lower_idx"),
        ("((lower(b)))", "t_lower_idx"),
        ("(lower(b), upper(b), lower(b))", "t_lower_upper_lower1_idx"),
        ("((a + 1))", "t_expr_idx"),
        ("((a + 1), (a + 2))", "t_expr_expr1_idx"),
        ("((a::text))", "t_a_idx"),
        ("(((j ->> 'x')::int))", "t_int4_idx"),
        ("((j ->> 'x'))", "t_expr_idx"),
        ("((CASE WHEN a > 1 THEN 1 END))", "t_case_idx"),
    ];
    for (elements, name) in expected {
        let catalog = read(&format!("CREATE TABLE t (a int, b text, c int, j jsonb); CREATE INDEX ON t {elements};"));
        assert_eq!(table(&catalog, "t").indexes[0].name, name, "{elements}");
    }
}

#[test]
fn names_are_numbered_within_their_namespace() {
    let catalog = read(
        "CREATE TABLE t (a int); CREATE INDEX ON t (a); CREATE INDEX ON t (a); CREATE SEQUENCE t_b_seq;
         ALTER TABLE t ADD b serial; CREATE TABLE p (id int PRIMARY KEY); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p;
         ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p;",
    );
    let names: Vec<_> = table(&catalog, "t").indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(names, ["t_a_idx", "t_a_idx1"]);
    assert_eq!(shown(&catalog), ["t_a_fkey: t(a) -> p(id)", "t_a_fkey1: t(a) -> p(id)"]);
    assert!(catalog.sequences.iter().any(|sequence| sequence.name.name == "t_b_seq1"));
}

#[test]
fn long_names_are_cut_as_the_server_does() {
    // Measured with PostgreSQL 15.
    let (long_table, long_column) = (
        "this_is_a_very_long_table_name_that_goes_on_and_on_for_ever_x",
        "this_is_a_very_long_column_name_that_goes_on_and_on_for_ever_y",
    );
    let catalog = read(&format!("CREATE TABLE {long_table} ({long_column} int UNIQUE, c int PRIMARY KEY);"));
    assert_eq!(catalog.tables[0].unique[0].name, "this_is_a_very_long_table_nam_this_is_a_very_long_column_na_key");
    let primary = &catalog.tables[0].primary_key.as_ref().unwrap().name;
    assert_eq!(*primary, "this_is_a_very_long_table_name_that_goes_on_and_on_for_eve_pkey");
}

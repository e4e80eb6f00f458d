//! No text makes the reader panic, recurse or take more than its length in time.

use std::time::Instant;

use proptest::prelude::*;

use crate::Catalog;

/// A text with a little of everything.
const REALISTIC: &str = include_str!("realistic.sql");

/// Words and marks that readers look for.
#[rustfmt::skip]
const SOUP: &[&str] = &[
    "CREATE", "TABLE", "ALTER", "DROP", "INDEX", "UNIQUE", "PRIMARY KEY", "REFERENCES", "t", "u", "a", "b", "int", "text", "(", ")",
    ",", ";", ";\n", "'", "\"", "$$", "--", "/*", "*/", "ADD", "CONSTRAINT", "CHECK", "FOREIGN KEY", "PARTITION OF", "PARTITION BY",
    "FOR VALUES", "DEFAULT", "LIKE", "INHERITS", "INCLUDING ALL", "IDENTITY", "GENERATED ALWAYS AS", "ON", "ONLY", "COLUMN", "TYPE",
    "RENAME", "TO", "SET", "NOT NULL", "VIEW", "AS", "SELECT", "FROM", "WITH", "JOIN", "TRIGGER", "FUNCTION", "RETURNS", "BEGIN ATOMIC",
    "END", "CASE", "RULE", "DO", "POLICY", "USING", "SEQUENCE", "OWNED BY", "COPY", "stdin", "\n\\.\n", "\\", "E'\\", ".", "::", "[", "]",
    "1", "-", "é", "ATTACH PARTITION", "EXECUTE", "COMMENT ON", "IS", "search_path", "=", "EXCLUDE", "WHERE", "serial", "CASCADE",
];

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        drop(Catalog::from_ddl(&text));
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        drop(Catalog::from_ddl(&String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn any_soup_of_words_is_read(words in proptest::collection::vec(proptest::sample::select(SOUP), 0..120)) {
        drop(Catalog::from_ddl(&words.join(" ")));
    }

    #[test]
    fn any_damage_to_a_real_text_is_read(at in 0..REALISTIC.len(), word in proptest::sample::select(SOUP), gone in 0..40usize) {
        let clip = |at: usize| (0..=at.min(REALISTIC.len())).rev().find(|at| REALISTIC.is_char_boundary(*at)).unwrap_or(0);
        let (before, after) = (&REALISTIC[..clip(at)], &REALISTIC[clip(at + gone)..]);
        drop(Catalog::from_ddl(before));
        drop(Catalog::from_ddl(&format!("{before}{word}{after}")));
    }
}

#[test]
fn the_realistic_text_is_read_completely() {
    assert_eq!(Catalog::from_ddl(REALISTIC).skipped, []);
}

#[test]
fn deep_and_long_texts_are_read() {
    let n = 100_000;
    let texts = [
        "(".repeat(n),
        format!("CREATE TABLE t (a int DEFAULT {}1{});", "(".repeat(n), ")".repeat(n)),
        format!("CREATE TABLE t (a int CHECK (a > 0{}));", " AND a > 0".repeat(n)),
        format!("CREATE VIEW v AS SELECT 1{} FROM t;", " + 1".repeat(n)),
        format!("CREATE VIEW v AS {}SELECT 1{};", "SELECT * FROM (".repeat(n), ") x".repeat(n)),
        format!("CREATE TABLE t (a int); CREATE INDEX ON t ({}a{});", "(".repeat(n), ")".repeat(n)),
        format!("CREATE TABLE t (a int); CREATE INDEX ON t ((a{}));", "::text".repeat(n)),
        "'x;\n".repeat(n),
        "$a$;\n$b$;\n/*;\n".repeat(n),
        "COPY t FROM stdin;\n".repeat(n),
        format!("'{}", ";x".repeat(n)),
        "CREATE TABLE t (a int[".repeat(n),
    ];
    for text in texts {
        let start = Instant::now();
        drop(Catalog::from_ddl(&text));
        println!("{:>10} bytes in {:?}: {:.40}", text.len(), start.elapsed(), text.replace('\n', " "));
    }
}

#[test]
fn ten_thousand_tables_are_read_in_time_with_their_number() {
    for tables in [5_000, 10_000] {
        let statement = |i: usize| {
            let before = i.saturating_sub(1);
            format!(
                "CREATE TABLE t{i} (id bigserial PRIMARY KEY, a text UNIQUE, p bigint REFERENCES t{before});\nCREATE INDEX ON t{i} (p);\n"
            )
        };
        let sql: String = (0..tables).map(statement).collect();
        let start = Instant::now();
        let parsed = Catalog::from_ddl(&sql);
        println!("{tables} tables in {:?}", start.elapsed());
        assert_eq!((parsed.catalog.tables.len(), parsed.catalog.foreign_keys.len()), (tables, tables));
    }
}

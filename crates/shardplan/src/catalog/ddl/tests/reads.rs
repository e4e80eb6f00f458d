//! What a query reads, against the tree of sqlparser's parser as an oracle, for the queries that it can parse.

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use sqlparser::ast::{Ident, ObjectName, Query, TableFactor, Visit, Visitor};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::catalog::Catalog;
use crate::catalog::ddl::cursor::Cursor;
use crate::catalog::ddl::lex::Lexer;
use crate::catalog::ddl::reads;

type Found = BTreeSet<Vec<String>>;

/// The WITH queries of one query.
#[derive(Default)]
struct Scope {
    visible: BTreeSet<String>,
    /// Those that are not read yet; their queries are the first ones within this query.
    coming: VecDeque<String>,
}

#[derive(Default)]
struct Oracle {
    found: Found,
    scopes: Vec<Scope>,
}

impl Visitor for Oracle {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let mut scope = Scope::default();
        if let Some(with) = &query.with {
            scope.coming = with.cte_tables.iter().map(|cte| folded(&cte.alias.name)).collect();
            if with.recursive {
                scope.visible = scope.coming.iter().cloned().collect();
            }
        }
        self.scopes.push(scope);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.scopes.pop();
        if let Some(outer) = self.scopes.last_mut() {
            outer.visible.extend(outer.coming.pop_front());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: None, .. } = factor {
            let path = path(name);
            let is_with = |name: &String| self.scopes.iter().any(|scope| scope.visible.contains(name));
            if !matches!(path.as_slice(), [only] if is_with(only)) {
                self.found.insert(path);
            }
        }
        ControlFlow::Continue(())
    }
}

fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() }
}

fn path(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident()).map(folded).collect()
}

/// What the parser's tree says; none when it cannot parse the query.
fn oracle(query: &str) -> Option<Found> {
    let parsed = Parser::parse_sql(&PostgreSqlDialect {}, query).ok()?;
    let mut oracle = Oracle::default();
    assert!(parsed.visit(&mut oracle).is_continue());
    Some(oracle.found)
}

fn ours(query: &str) -> Found {
    let tokens: Vec<_> = Lexer::new(query).collect();
    let found = reads::relations(Cursor::new(query, &tokens));
    found.into_iter().map(|path| path.iter().map(|name| name.as_str().to_owned()).collect()).collect()
}

#[rustfmt::skip]
const QUERIES: &[&str] = &[
    "SELECT 1",
    "SELECT * FROM a, b AS y, app.c",
    "SELECT * FROM a, generate_series(1, 2) g, LATERAL (SELECT * FROM b WHERE b.x = a.x) l",
    "SELECT * FROM a JOIN \"B\" b ON a.x = b.x LEFT JOIN c USING (x) CROSS JOIN d NATURAL JOIN e FULL JOIN f ON true",
    "SELECT * FROM ((a JOIN b ON (a.x = b.x)) LEFT JOIN (c JOIN d ON (true)) ON (a.x = c.x))",
    "SELECT extract(epoch FROM x), substring(x FROM 1 FOR 2), trim(both 'x' FROM y), overlay(x PLACING y FROM 3), position('a' IN x) FROM a",
    "SELECT x IS NOT DISTINCT FROM y, x IS DISTINCT FROM z FROM a WHERE x IN (SELECT x FROM b) AND EXISTS (SELECT 1 FROM c)",
    "SELECT (SELECT max(x) FROM b), CASE WHEN x > 1 THEN (SELECT 1 FROM c LIMIT 1) ELSE 2 END FROM a",
    "WITH b AS (SELECT * FROM a) SELECT * FROM b",
    "WITH b AS (SELECT * FROM b) SELECT * FROM b",
    "WITH p AS (SELECT * FROM a), q AS (SELECT * FROM p JOIN b ON true) SELECT * FROM q, c",
    "WITH q AS (SELECT * FROM p), p AS (SELECT * FROM q) SELECT * FROM p",
    "WITH RECURSIVE q(x) AS (SELECT x FROM a UNION ALL SELECT q.x FROM q JOIN b ON true) SELECT * FROM q",
    "WITH p AS MATERIALIZED (SELECT * FROM a), q AS NOT MATERIALIZED (SELECT 1) SELECT * FROM p, q",
    "SELECT (WITH a AS (SELECT 1) SELECT 1 FROM a), x FROM b",
    "SELECT * FROM (WITH a AS (SELECT * FROM c) SELECT * FROM a) z JOIN a ON true",
    "(SELECT x FROM a) UNION (SELECT x FROM b) EXCEPT SELECT x FROM c INTERSECT SELECT x FROM d ORDER BY 1, 2",
    "SELECT x, count(*) FILTER (WHERE x > 1) OVER (PARTITION BY x ORDER BY x) FROM a GROUP BY x, 2 HAVING true",
    "SELECT * FROM (VALUES (1, 2), (3, 4)) AS v(x, y), a",
    "SELECT a.*, (b).x FROM app.a a, other.b b WHERE a.x = ANY (SELECT c.x FROM app.c) FOR UPDATE",
    "SELECT ARRAY(SELECT x FROM b), ARRAY[1, 2], x[1:2] FROM a WHERE x @> '{}' AND y->>'from' = 'join' ORDER BY x DESC LIMIT 5 OFFSET 2",
    "SELECT DISTINCT ON (x) x, y FROM a ORDER BY x, y",
    "SELECT * FROM unnest(ARRAY[1]) WITH ORDINALITY AS u(x, n), a",
    "SELECT \"from\", \"select\" FROM \"where\", \"Join\".\"From\" x",
    "SELECT * FROM generate_series(1, 2, 3) AS g(x), json_each(a.j, b) AS j (k, v), a AS r (x, y) JOIN c USING (x, y)",
    "SELECT x FROM a WINDOW w AS (PARTITION BY x ORDER BY y)",
    "SELECT x::text, 'from b' AS s, $$ from c $$ AS t FROM a -- , d\n/* , e */",
];

#[test]
fn queries_read_what_the_parser_says() {
    for query in QUERIES {
        assert_eq!(Some(ours(query)), oracle(query), "{query}");
    }
}

/// Every `schema.sql` one level below a folder.
fn schemas(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path().join("schema.sql")).filter(|file| file.exists()).collect()
}

#[test]
fn views_of_fixtures_and_real_schemas_read_what_the_parser_says() {
    let mut files = schemas(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"));
    files.extend(std::env::var_os("SHARDPLAN_SCHEMAS").iter().flat_map(|folder| schemas(Path::new(folder))));
    let (mut compared, mut refused) = (0, 0);
    for file in files {
        for view in Catalog::from_ddl(&std::fs::read_to_string(&file).unwrap()).catalog.views {
            match oracle(&view.definition) {
                Some(expected) => assert_eq!(ours(&view.definition), expected, "{} of {}", view.name, file.display()),
                None => refused += 1,
            }
            compared += 1;
        }
    }
    println!("{compared} views, {refused} of them refused by the parser");
    assert!(compared > 0 && refused * 10 <= compared);
}

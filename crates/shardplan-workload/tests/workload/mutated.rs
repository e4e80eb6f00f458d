//! Texts that nobody wrote: mutated statements and bodies come in; whatever they are, they get a verdict, and soon.

use std::time::{Duration, Instant};

use shardplan::{Catalog, Function, Name, QualifiedName};
use shardplan_workload::{Names, Source, Statement, read_catalog, shapes};

use crate::cases::{SCHEMA, cases, statement, target};

/// How many statements are tried unless `SHARDPLAN_CASES` says so.
const CASES: usize = 20_000;
const BATCH: usize = 1_000;

/// A generator of numbers that is the same everywhere (xorshift, of Marsaglia).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % limit.max(1)
    }
}

const WORDS: &[&str] = &[
    "(",
    ")",
    "SELECT ",
    " FROM ",
    " WHERE ",
    " AND ",
    " OR ",
    " NOT ",
    ",",
    ";",
    "'",
    "\"",
    "$$",
    "$1",
    "?",
    ":x",
    "[",
    "]",
    "::",
    ".",
    " JOIN ",
    " LATERAL ",
    " UNION ",
    " WITH x AS (",
    " IN (",
    " CASE ",
    " END ",
    "--",
    "/*",
    "*/",
    "\\",
    "\0",
    "é",
    "NULL",
    " ON CONFLICT (",
    " DO UPDATE SET ",
    " RETURNING ",
    " VALUES ",
    "5",
    "-",
    "*",
    "store_id",
    " = ",
    " LIMIT ",
    " FOR UPDATE",
    " INTERVAL ",
    " ONLY ",
    " BETWEEN ",
    "EXTRACT(",
    " CURRENT OF ",
    " OVERRIDING ",
    " TABLE ",
    " begin ",
    " loop ",
    " if ",
];

fn mutated(text: &str, others: &[&str], numbers: &mut Numbers) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(letters.len() + 1);
        let end = (at + numbers.below(12)).min(letters.len());
        match numbers.below(7) {
            0 => drop(letters.drain(at..end)),
            1 => drop(letters.splice(at..at, WORDS[numbers.below(WORDS.len())].chars())),
            2 => drop(letters.splice(at..end, WORDS[numbers.below(WORDS.len())].chars())),
            3 => {
                let part: Vec<char> = letters[at..end].to_vec();
                for _ in 0..=numbers.below(30) {
                    letters.splice(at..at, part.iter().copied());
                }
            }
            4 => letters.truncate(at.max(1)),
            5 => {
                let other: Vec<char> = others[numbers.below(others.len())].chars().collect();
                let from = numbers.below(other.len());
                letters.splice(at..at, other[from..].iter().copied());
            }
            _ => letters.reverse(),
        }
        if letters.is_empty() {
            letters.push('(');
        }
    }
    letters.into_iter().collect()
}

#[test]
fn mutated_statements_get_a_verdict() {
    let many = std::env::var("SHARDPLAN_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES);
    let names = Names::new(&Catalog::from_ddl(SCHEMA).catalog);
    let texts: Vec<&str> = cases().iter().map(|(_, text)| *text).collect();
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let (mut tried, mut read, mut slowest) = (0, 0, Duration::ZERO);
    while tried < many {
        let batch: Vec<Statement> = (0..BATCH.min(many - tried))
            .map(|_| statement(&mutated(texts[numbers.below(texts.len())], &texts, &mut numbers)))
            .collect();
        let start = Instant::now();
        for shape in shapes(&names, &batch).into_iter().flatten() {
            read += 1;
            let _ = shape.judge(&target());
        }
        slowest = slowest.max(start.elapsed());
        tried += batch.len();
    }
    println!("{tried} tried, {read} read, slowest {BATCH}: {slowest:?}");
    assert!(slowest < Duration::from_secs(60), "{slowest:?}");
    assert!(read * 20 > tried, "hardly any is read: {read} of {tried}");
}

#[test]
fn deep_and_long_texts_end() {
    let names = Names::new(&Catalog::from_ddl(SCHEMA).catalog);
    let repeat = |before: &str, part: &str, after: &str, times: usize| format!("{before}{}{after}", part.repeat(times));
    let texts = [
        repeat("SELECT 1", " + 1", "", 1_000_000),
        repeat("SELECT 1", " + 1", "", 9_000),
        repeat("SELECT * FROM orders WHERE store_id = 5", " AND order_id = 7", "", 4_000),
        repeat("SELECT * FROM orders WHERE store_id = 5", " OR store_id = 5", "", 4_000),
        repeat("SELECT 1", " UNION SELECT 1", "", 4_000),
        repeat("SELECT 1", "::int", "", 9_000),
        repeat("SELECT a", "[1]", "", 9_000),
        repeat("SELECT ", "NOT ", "true", 9_000),
        repeat("SELECT ", "- ", "1", 9_000),
        repeat("SELECT ", "(", "1", 100_000),
        format!("SELECT {}1{}", "(".repeat(39), ")".repeat(39)),
        format!("SELECT * FROM {}orders{}", "(".repeat(39), ")".repeat(39)),
        format!("{}SELECT 1{}", "(".repeat(39), ")".repeat(39)),
        format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(2_000), " END".repeat(2_000)),
        format!("{} SELECT 1", "WITH x AS (SELECT 1)".repeat(30)),
        repeat("INSERT INTO orders (store_id, order_id) VALUES (5, 1)", ", (5, 1)", "", 15_000),
        repeat("SELECT * FROM orders o0", ", orders", "", 3_000),
        repeat("SELECT 1 IN (1", ", 1", ")", 40_000),
        format!("EXPLAIN {}SELECT 1", "EXPLAIN ".repeat(5_000)),
        format!("SELECT {}1{}", "f(".repeat(39), ")".repeat(39)),
        format!("SELECT 1 WHERE {}true{}", "EXISTS (SELECT 1 WHERE ".repeat(38), ")".repeat(38)),
        format!("SELECT * FROM orders{}", " JOIN orders USING (store_id)".repeat(2_000)),
    ];
    for text in &texts {
        let start = Instant::now();
        for shape in shapes(&names, &[statement(text)]).into_iter().flatten() {
            let _ = shape.judge(&target());
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}: {}", start.elapsed(), &text[..60.min(text.len())]);
    }
}

#[test]
fn mutated_bodies_are_read_or_counted() {
    let bodies: Vec<String> = Catalog::from_ddl(include_str!("shop.sql"))
        .catalog
        .functions
        .into_iter()
        .map(|function| function.body)
        .collect();
    let texts: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    let function = |number: usize, body: String| Function {
        name: QualifiedName::new("public", format!("f{number}")),
        arguments: Vec::new(),
        language: Name::from("plpgsql"),
        body,
        returns: Some(["void", "trigger", "SETOF bigint", "bigint"][number % 4].to_owned()),
    };
    let many = std::env::var("SHARDPLAN_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES) / 20;
    let mut functions: Vec<Function> = (0..many)
        .map(|number| function(number, mutated(texts[numbers.below(texts.len())], &texts, &mut numbers)))
        .collect();
    functions.push(function(0, "BEGIN ".repeat(30_000)));
    functions.push(function(0, format!("BEGIN x := {}1{}; END", "(".repeat(150), ")".repeat(150))));
    functions.push(function(0, format!("BEGIN {} END", "PERFORM 1; ".repeat(5_000))));
    let found = read_catalog(&Catalog { functions, ..Catalog::default() });
    let is_function = |source: &Source| matches!(source, Source::Function { .. });
    assert!(found.statements.iter().all(|statement| is_function(&statement.source)));
    assert!(!found.statements.is_empty() && !found.unread.is_empty());
}

//! The rules of `docs/architecture.md` that a search through the sources can check.

use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a source file, its documentation and its tests apart.
const MAX_LINES: usize = 400;
/// The most lines of the architecture document.
const MAX_ARCHITECTURE: usize = 120;

/// Words, and the only places under `crates/` whose sources may have them in code.
const ONLY_IN: &[(&str, &[&str])] = &[
    (
        "sqlparser::",
        &[
            "shardplan/src/catalog/ddl/",
            "shardplan-sql/tests/",
            "shardplan-workload/src/names.rs",
            "shardplan-workload/src/parse/",
            "shardplan-workload/src/rewrite/",
            "shardplan-workload/src/shape/",
        ],
    ),
    ("pg_query::", &["shardplan-workload/src/command/", "shardplan-workload/src/statement/plpgsql.rs"]),
    ("petgraph::", &["shardplan/src/graph/"]),
    ("toml::", &["shardplan/src/classify/"]),
    ("rustls", &["shardplan/src/catalog/database/"]),
    (
        "postgres::",
        &[
            "shardplan/src/catalog/database/",
            "shardplan/src/error.rs",
            "shardplan/tests/",
            "shardplan-sql/tests/",
            "shardplan-testkit/",
            "shardplan-workload/src/skew/scan.rs",
            "shardplan-workload/src/statement/server.rs",
            "shardplan-workload/tests/",
        ],
    ),
    ("maud::", &["shardplan-report/"]),
    ("$shardplan", &["shardplan-sql/src/quote.rs"]),
];

/// Modules of the core, and the others of ours that each may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("name", &["keyword", "error"]),
    ("keyword", &[]),
    ("error", &["name"]),
    ("document", &["error"]),
    ("catalog", &["name", "error", "document"]),
    ("graph", &["name", "error", "catalog"]),
    ("finding", &["name", "classify", "citus"]),
    ("classify", &["name", "error", "finding", "catalog", "graph", "citus"]),
    ("citus", &["error", "finding"]),
    ("plan", &["name", "error", "document", "finding", "catalog", "graph", "classify", "citus"]),
];

struct Source {
    /// Relative to `crates/`, with `/`.
    path: String,
    /// Its lines up to its tests, comments left out, with their numbers.
    code: Vec<(usize, String)>,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().map(str::to_owned).enumerate().map(|(at, line)| (at + 1, line));
        Self {
            path: path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(),
            code: lines.filter(|(_, line)| !line.trim_start().starts_with("//")).collect(),
        }
    }

    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.ends_with("/sample.rs")
    }

    /// The module of the core that it belongs to.
    fn module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("shardplan/src/")?;
        inside.split('/').next().map(|first| first.trim_end_matches(".rs"))
    }

    /// The lines that have a text, as `path:number`.
    fn places(&self, text: &str) -> impl Iterator<Item = String> {
        self.code.iter().filter(move |(_, line)| line.contains(text)).map(|(at, _)| format!("{}:{at}", self.path))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn sources() -> Vec<Source> {
    let root = root().join("crates");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(Source::read(&root, &path));
            }
        }
    }
    assert!(found.len() > 50, "the sources are not where they were");
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn assert_none(offending: &[String], rule: &str) {
    assert!(offending.is_empty(), "{rule}:\n{}", offending.join("\n"));
}

#[test]
fn each_dependency_stays_in_its_place() {
    let sources = sources();
    for (word, places) in ONLY_IN {
        let elsewhere = sources.iter().filter(|source| !places.iter().any(|place| source.path.starts_with(place)));
        let offending: Vec<String> = elsewhere.flat_map(|source| source.places(word)).collect();
        assert_none(&offending, &format!("`{word}` belongs to {} only", places.join(", ")));
    }
}

#[test]
fn modules_use_only_what_they_may_know() {
    let mut offending = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let Some(module) = source.module().filter(|module| *module != "lib") else { continue };
        let (_, allowed) = MAY_USE.iter().find(|(name, _)| *name == module).expect("every module is on the list");
        for (other, _) in MAY_USE.iter().filter(|(other, _)| *other != module && !allowed.contains(other)) {
            offending.extend(source.places(&format!("crate::{other}")).map(|place| format!("{place}: {other}")));
        }
    }
    assert_none(&offending, "docs/architecture.md does not let them know these modules");
}

#[test]
fn the_renderer_knows_no_door_and_no_graph() {
    let sources = sources();
    let ours = ["shardplan-sql/src/", "shardplan-report/src/"];
    let renderer = sources.iter().filter(|source| ours.iter().any(|start| source.path.starts_with(start)));
    let words = ["from_ddl", "from_database", "SchemaGraph", "Classification"];
    let offending: Vec<String> =
        renderer.flat_map(|source| words.iter().flat_map(|word| source.places(word))).collect();
    assert_none(&offending, "the renderer works from the plan alone");
}

#[test]
fn nothing_unwraps_or_prints_outside_tests() {
    let sources = sources();
    let ours = sources.iter().filter(|source| !source.is_test() && !source.path.starts_with("shardplan-testkit/"));
    let words = [".unwrap()", "println!", "eprintln!", "dbg!", "todo!", "unimplemented!"];
    let offending: Vec<String> = ours.flat_map(|source| words.iter().flat_map(|word| source.places(word))).collect();
    assert_none(&offending, "handle it, or say with `expect` why it cannot happen");
}

#[test]
fn source_files_have_one_job() {
    let long = sources().into_iter().filter(|source| !source.is_test() && source.code.len() > MAX_LINES);
    let offending: Vec<String> = long.map(|source| format!("{}: {} lines", source.path, source.code.len())).collect();
    assert_none(&offending, &format!("more than {MAX_LINES} lines of code: it has two jobs"));
}

#[test]
fn every_module_says_what_it_is() {
    let begins = |path: &str| fs::read_to_string(root().join("crates").join(path)).unwrap().starts_with("//! ");
    let silent = sources().into_iter().filter(|source| !source.is_test() && !begins(&source.path));
    let offending: Vec<String> = silent.map(|source| source.path).collect();
    assert_none(&offending, "a file begins with `//!` and what comes in and goes out");
}

#[test]
fn the_architecture_is_short() {
    let lines = fs::read_to_string(root().join("docs/architecture.md")).unwrap().lines().count();
    assert!(lines <= MAX_ARCHITECTURE, "docs/architecture.md has {lines} lines, more than {MAX_ARCHITECTURE}");
}

#[test]
fn every_document_and_fixture_is_listed() {
    for (folder, index) in [("docs", "docs/README.md"), ("fixtures", "fixtures/README.md")] {
        let list = fs::read_to_string(root().join(index)).unwrap();
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name == "README.md" || list.contains(&format!("`{name}`")), "{index} does not list `{name}`");
        }
    }
}

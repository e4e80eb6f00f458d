//! What is written about the project against what is so: the list of rules, and the code and SQL that the README shows.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use shardplan::{
    Catalog, Classification, Comparison, Effect, Error, Example, Extension, FindingRule, Plan, Profile, Rules,
    SchemaGraph, Severity, Statistics, finding_rules,
};

/// Set to 1, the generated document is written instead of compared.
const BLESS: &str = "SHARDPLAN_BLESS";

const README: &str = include_str!("../README.md");

fn rules_document() -> String {
    let mut rules: Vec<&FindingRule> = finding_rules().collect();
    rules.sort_by_key(|rule| (rule.severity, rule.id));
    let mut text = "\
# The rules that findings come from

Generated from `shardplan::finding_rules()`, as the page of each rule is, which `shardplan explain` prints too;
`SHARDPLAN_BLESS=1 cargo test --test docs` writes them anew and tries every example.

A blocker stops the plan. A warning changes what the database promises, or can fail on the data, and needs a decision. A notice
is good to know. What Citus does: it *refuses*, it accepts and something is *altered* or *lost*, or nothing (*advice*).

What Citus prints was measured on Citus 13.2.2 with PostgreSQL 15.20; `…` stands for names and other parts that differ. What differs
by target comes from the changelog of Citus and from the documentation of the services.

## Targets

`target = \"…\"` in the rules; without it, the version of the extension in the catalog decides, else the default.

| target | release of Citus | PostgreSQL | superuser | rules |
|---|---|---|---|---|
"
    .to_owned();
    for target in Profile::ALL {
        let (major, minor) = target.release();
        let servers = target.postgres().iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let default = if target == Profile::default() { " (the default)" } else { "" };
        let superuser = if target.has_superuser() { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "| `{target}`{default} | {major}.{minor} | {servers} | {superuser} | {} |",
            target.evidence()
        );
    }
    text.push_str("\n## All of them\n\n| rule | severity | Citus | what it says |\n|---|---|---|---|\n");
    for rule in &rules {
        let summary = rule.summary.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| [`{}`](rules/{}.md) | {} | {} | {summary} |",
            rule.id, rule.id, rule.severity, rule.effect
        );
    }
    text
}

/// The tests of plans that the simulated cluster refuses.
const SIMULATION_TESTS: &str = include_str!("../crates/shardplan/src/plan/simulate/tests.rs");

/// Compares a generated document with what is written, or writes it anew.
fn is_written(path: &str, expected: &str) {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if is_blessed() {
        std::fs::create_dir_all(whole.parent().unwrap()).unwrap();
        std::fs::write(&whole, expected).unwrap();
    }
    let written = std::fs::read_to_string(&whole).unwrap_or_default();
    assert!(
        written == expected,
        "{path} is out of date: run `{BLESS}=1 cargo test --test docs`, twice if messages have changed"
    );
}

fn is_blessed() -> bool {
    std::env::var(BLESS).is_ok_and(|value| value == "1")
}

#[test]
fn the_list_of_rules_is_up_to_date() {
    is_written("docs/rules.md", &rules_document());
}

#[test]
fn the_schema_of_a_plan_is_up_to_date() {
    is_written("docs/plan.schema.json", &Plan::json_schema());
}

#[test]
fn what_the_examples_say_is_up_to_date() {
    let mut said: Vec<(&str, String)> = finding_rules().filter_map(|rule| Some((rule.id, said(rule)?))).collect();
    said.sort();
    let lines: String = said.iter().map(|(id, message)| format!("{id}\t{message}\n")).collect();
    is_written("crates/shardplan-report/src/rule/said.tsv", &lines);
}

/// The first finding of a rule in its example, in one line.
fn said(rule: &FindingRule) -> Option<String> {
    if let Example::Error(_) = rule.example {
        return Some(error_of(rule.id).to_string());
    }
    let finding = plans_of(rule).into_iter().flat_map(|plan| plan.findings).find(|finding| finding.rule == rule.id)?;
    Some(finding.message.replace(char::is_control, " "))
}

#[test]
fn every_rule_has_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    for rule in finding_rules() {
        is_written(&format!("docs/rules/{}.md", rule.id), &shardplan_report::rule_page(rule));
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_str().unwrap();
        assert!(finding_rules().any(|rule| rule.id == id), "no rule has the page {}: remove it", path.display());
    }
}

#[test]
fn rule_ids_are_unique_and_in_kebab_case() {
    let mut seen = BTreeSet::new();
    for rule in finding_rules() {
        assert!(seen.insert(rule.id), "`{}` stands twice", rule.id);
        let words = rule.id.split('-');
        let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        assert!(words.into_iter().all(plain), "`{}` is not in kebab case", rule.id);
    }
}

#[test]
fn rules_are_sentences_that_can_be_joined() {
    for FindingRule { id, summary, advice, .. } in finding_rules() {
        for text in [summary, advice] {
            assert!(!text.is_empty() && !text.ends_with('.') && !text.contains('\n'), "{id}: {text}");
        }
    }
}

/// The rules of a schema: the key that its header names, and overrides.
fn rules(schema: &str, overrides: &str) -> Rules {
    let key = schema.lines().find_map(|line| line.strip_prefix("-- Key: ")).expect("a fixture names its key");
    Rules::new(key.parse().unwrap()).with_overrides(overrides).unwrap()
}

fn plan_of(catalog: Catalog, rules: &Rules) -> Plan {
    let graph = SchemaGraph::new(catalog).unwrap();
    Plan::new(&Classification::new(&graph, rules).unwrap())
}

fn plan(schema: &str, overrides: &str) -> Plan {
    plan_of(Catalog::from_ddl(schema).catalog, &rules(schema, overrides))
}

/// A file of a fixture; empty if there is none.
fn fixture(name: &str, file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join(file);
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The plans in which an example can be seen, where there are any.
fn plans_of(rule: &FindingRule) -> Vec<Plan> {
    match rule.example {
        Example::Fixture(name) => vec![as_it_is(name), unblocked(name)],
        Example::Server(name) => {
            let schema = fixture(name, "schema.sql");
            let mut catalog = Catalog::from_ddl(&schema).catalog;
            told_by_a_server(rule.id, &mut catalog);
            vec![plan_of(catalog, &rules(&schema, &fixture(name, "rules.toml")))]
        }
        Example::Comparison(name) => vec![compared(name)],
        _ => Vec::new(),
    }
}

fn as_it_is(name: &str) -> Plan {
    let schema = fixture(name, "schema.sql");
    assert!(!schema.is_empty(), "no fixture `{name}`");
    plan(&schema, &fixture(name, "rules.toml"))
}

fn unblocked(name: &str) -> Plan {
    let schema = fixture(name, "schema.sql");
    let rules = rules(&schema, &fixture(name, "rules.toml")).with_overrides(&fixture(name, "unblock.toml")).unwrap();
    plan_of(Catalog::from_ddl(&schema).catalog, &rules)
}

/// The plan that is chosen for a fixture when its rules name no strategy.
fn compared(name: &str) -> Plan {
    let schema = fixture(name, "schema.sql");
    let rules = Rules { strategy: None, ..rules(&schema, &fixture(name, "rules.toml")) };
    let graph = SchemaGraph::new(Catalog::from_ddl(&schema).catalog).unwrap();
    Comparison::new(&graph, &rules).unwrap().into_plan()
}

fn has(plan: &Plan, rule: &FindingRule) -> bool {
    let weight = rule.severity_on(plan.target);
    plan.findings.iter().any(|finding| finding.rule == rule.id && Some(finding.severity) == weight)
}

/// Tells the catalog what a server would, so that the rule has something to say.
fn told_by_a_server(id: &str, catalog: &mut Catalog) {
    catalog.extensions.push(Extension { name: "citus".into(), version: Some("13.2-1".to_owned()) });
    let mut set = |name: &str, value: &str| {
        catalog.settings.insert(name.to_owned(), value.to_owned());
    };
    match id {
        "invalid-index" => {
            let indexes = catalog.tables.iter_mut().flat_map(|table| &mut table.indexes);
            indexes.filter(|index| index.unique).for_each(|index| index.valid = false);
        }
        "busy-reference" => {
            let written = Statistics { writes: Some(1_000_000), ..Statistics::default() };
            catalog.tables.iter_mut().for_each(|table| table.statistics = Some(written));
        }
        "extension-table" => {
            let table = catalog.tables.iter_mut().find(|table| table.name.name == "holidays").unwrap();
            table.extension = Some("calendar".into());
        }
        "not-null-scan" => set("server_version_num", "110022"),
        "server-version" => set("server_version_num", "140011"),
        "wal-level" => set("wal_level", "replica"),
        "replication-slots" => set("max_replication_slots", "0"),
        "output-plugin" => set("output_plugin_libraries", "pgoutput, test_decoding"),
        "replication-factor" => set("citus.shard_replication_factor", "2"),
        "unsafe-constraints" => set("citus.allow_unsafe_constraints", "on"),
        _ => panic!("nobody has said what a server would tell for `{id}`"),
    }
}

#[test]
fn every_rule_holds_in_its_example() {
    let wrong: Vec<_> = finding_rules().filter(|rule| !holds(rule)).map(|rule| (rule.id, rule.example)).collect();
    assert!(wrong.is_empty(), "these do not hold in their examples: {wrong:#?}");
}

fn holds(rule: &FindingRule) -> bool {
    match rule.example {
        Example::Fixture(_) | Example::Comparison(_) => plans_of(rule).iter().any(|plan| has(plan, rule)),
        // Only when a server has told more about it.
        Example::Server(name) => !has(&as_it_is(name), rule) && plans_of(rule).iter().any(|plan| has(plan, rule)),
        Example::Gate(name) => has_gate(name),
        Example::Simulation(name) => SIMULATION_TESTS.contains(&format!("\n#[test]\nfn {name}()")),
        Example::Error(variant) => format!("{:?}", error_of(rule.id)).starts_with(variant),
        _ => unreachable!("every kind of example is tried"),
    }
}

/// Whether the plan of the main example has a gate of that name in its JSON form.
fn has_gate(name: &str) -> bool {
    let plans =
        ["tailspin", "text_key_collation"].map(|name| plan(&fixture(name, "schema.sql"), &fixture(name, "rules.toml")));
    let gates = plans.iter().flat_map(|plan| &plan.phases).flat_map(|phase| &phase.gates);
    gates.map(|gate| format!("{gate:?}")).any(|gate| gate.starts_with(name))
}

/// What a root is answered with whose key is like that.
fn error_of(id: &str) -> Error {
    let data_type = match id {
        "key-without-hash" => "money",
        "key-with-negative-scale" => "numeric(3, -2)",
        _ => panic!("nobody has said which key trips `{id}`"),
    };
    let sql = format!("CREATE TABLE stores (store_id {data_type} PRIMARY KEY);");
    let graph = SchemaGraph::new(Catalog::from_ddl(&sql).catalog).unwrap();
    Classification::new(&graph, &Rules::new("stores.store_id".parse().unwrap())).unwrap_err()
}

#[test]
fn what_citus_refuses_has_its_message() {
    for rule in finding_rules().filter(|rule| rule.effect == Effect::Refused) {
        assert!(rule.message.is_some(), "{}: what does Citus print?", rule.id);
    }
    for rule in finding_rules().filter(|rule| rule.message.is_none()) {
        assert!(rule.detail.is_none() && rule.sqlstate.is_none(), "{}: of which message?", rule.id);
    }
}

#[test]
fn every_rule_has_its_place_in_the_document() {
    let document = rules_document();
    for rule in finding_rules() {
        assert_eq!(document.matches(&format!("](rules/{}.md)", rule.id)).count(), 1, "{}", rule.id);
    }
}

#[test]
fn a_rule_that_weighs_otherwise_on_a_target_is_raised_so() {
    let schema = fixture("older_target", "schema.sql");
    let weight = |target: &str| {
        let kept = "[tables.machines]\nkeep_identity = true\nreason = \"it is wanted so\"";
        let plan = plan(&schema, &format!("target = \"{target}\"\n{kept}"));
        let finding = plan.findings.into_iter().find(|finding| finding.rule == "identity-not-bigint");
        finding.map(|finding| finding.severity)
    };
    assert_eq!(weight("citus-11.3"), Some(Severity::Blocker));
    assert_eq!(weight("cosmosdb-pg"), Some(Severity::Notice));
}

#[test]
fn the_extension_names_the_target_unless_the_rules_do() {
    let schema = fixture("tailspin", "schema.sql");
    let mut catalog = Catalog::from_ddl(&schema).catalog;
    catalog.extensions.push(Extension { name: "citus".into(), version: Some("12.1-1".to_owned()) });
    assert_eq!(plan_of(catalog.clone(), &rules(&schema, "")).target, Profile::Citus12_1);
    assert_eq!(plan_of(catalog, &rules(&schema, "target = \"azure-elastic\"")).target, Profile::AzureElastic);
    assert_eq!(plan(&schema, "").target, Profile::Citus13_2);
    let error = Rules::new("stores.store_id".parse().unwrap()).with_overrides("target = \"citus\"").unwrap_err();
    assert!(error.to_string().contains("`citus-14.0`, `azure-elastic`"), "{error}");
}

#[test]
fn every_finding_comes_from_a_listed_rule() {
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let schema = fixture(&name, "schema.sql");
        if schema.is_empty() {
            continue;
        }
        let plan = plan(&schema, &fixture(&name, "rules.toml"));
        for finding in plan.findings {
            let rule = finding_rules().find(|rule| rule.id == finding.rule);
            let severity = rule.and_then(|rule| rule.severity_on(plan.target));
            assert_eq!(severity, Some(finding.severity), "{name}: {}", finding.rule);
            seen.insert(finding.rule);
        }
    }
    assert!(seen.len() > 60, "the fixtures trip few rules: {seen:?}");
}

/// The blocks of a language in the README.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_readme_shows_the_example_that_is_compiled_and_run() {
    let embed = include_str!("../examples/embed.rs");
    let code = embed.split_once("\n\n").unwrap().1;
    assert_eq!(blocks("rust"), [code]);
}

#[test]
fn the_readme_shows_sql_that_is_printed() {
    let plan = plan(include_str!("../fixtures/tailspin/schema.sql"), include_str!("../fixtures/tailspin/rules.toml"));
    let printed: String = shardplan_sql::render(&plan).into_iter().map(|script| script.text).collect();
    let shown = blocks("sql");
    assert!(!shown.is_empty());
    for part in shown.iter().flat_map(|block| block.split("\n-- …\n")) {
        assert!(printed.contains(part.trim()), "not printed any more:\n{part}");
    }
}

//! `--accept RULE[:TABLE] --reason WHY` and `[[accept]]`: what is silenced, what is kept, and what is refused.

use std::fs;

use shardplan::Plan;

use crate::{Folder, KEY, fixture, said};

const REASON: &str = "we know | and <bear> it";

/// The plan of Tailspin with more arguments.
fn plan(more: &[&str]) -> (i32, String, String) {
    said(&[&["plan", KEY[0], KEY[1], "--ddl", &fixture("tailspin")], more].concat())
}

/// All warnings of Tailspin, each as an argument.
fn warnings() -> Vec<String> {
    let plan = Plan::from_json(&plan(&["--format", "json"]).1).unwrap();
    let mut rules: Vec<String> =
        plan.open(shardplan::Severity::Warning).map(|finding| format!("--accept={}", finding.rule)).collect();
    rules.dedup();
    assert!(rules.len() > 1);
    rules
}

#[test]
fn a_plan_whose_warnings_are_all_accepted_has_nothing_to_say() {
    let warnings = warnings();
    let accepted: Vec<&str> = warnings.iter().map(String::as_str).chain(["--reason", REASON]).collect();
    let (code, out, err) = plan(&accepted);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("Findings: 0 blockers, 0 warnings, ") && out.contains(" accepted\n"), "{out}");
    assert!(!out.lines().next().unwrap().contains("warning"), "{out}");
    // One reason for each, and one reason too few.
    let reasons: Vec<String> = (0..warnings.len()).map(|at| format!("--reason=reason {at}")).collect();
    let each: Vec<&str> = warnings.iter().chain(&reasons).map(String::as_str).collect();
    let (code, json, _) = plan(&[&each[..], &["--format", "json"]].concat());
    assert_eq!(code, 0);
    assert!(json.contains("\"accepted\": \"reason 1\""), "{json}");
    let few = [&accepted[..], &["--accept=application-must-write", "--reason=again"]].concat();
    let (code, _, err) = plan(&few);
    let expected = "error: say one `--reason` for all of `--accept`, or one for each, in the same order\n";
    assert_eq!((code, err.as_str()), (3, expected));
}

#[test]
fn what_is_accepted_is_kept_with_its_reason() {
    let folder = Folder::new();
    let dir = folder.path("plan");
    let rules = folder.file(
        "rules.toml",
        &format!("[[accept]]\nrule = \"application-must-write\"\ntable = \"line_items\"\nreason = \"{REASON}\"\n"),
    );
    let (code, _, err) = plan(&["--rules", &rules, "-o", &dir]);
    assert_eq!(code, 1, "{err}");
    let read = |name: &str| fs::read_to_string(format!("{dir}/{name}")).unwrap();
    assert!(read("plan.json").contains(&format!("\"accepted\": \"{REASON}\"")));
    assert!(read("README.md").contains("## Accepted\n\n- warning application-must-write: "));
    assert!(read("README.md").contains("\n  Accepted: we know \\| and &lt;bear> it\n"));
    let page = read("report.html");
    assert!(page.contains("Accepted (1)") && page.contains("<strong>Accepted:</strong> we know | and &lt;bear&gt; it"));
    let (_, text, _) = plan(&["--rules", &rules]);
    assert!(text.contains("  accepted warning application-must-write: "), "{text}");
    assert!(text.ends_with(&format!("    {REASON}\n")), "{text}");
    // The file and the command line are the same.
    let command = ["--accept", "application-must-write:line_items", "--reason", REASON, "--format", "json"];
    assert_eq!(plan(&command).1, read("plan.json"));
}

#[test]
fn what_cannot_be_accepted_is_told() {
    let folder = Folder::new();
    let ruled = folder.file(
        "ruled.sql",
        "CREATE TABLE stores (store_id bigint PRIMARY KEY);
         CREATE RULE no_more AS ON DELETE TO stores DO INSTEAD NOTHING;",
    );
    let accept = |ddl: &str, what: &str| {
        let (code, out, err) = said(&["plan", KEY[0], KEY[1], "--ddl", ddl, "--accept", what, "--reason", "we know"]);
        assert_eq!((code, out.as_str()), (3, ""), "{what}: {err}");
        err
    };
    let tailspin = fixture("tailspin");
    let blocker = said(&["plan", KEY[0], KEY[1], "--ddl", &ruled]).1;
    let blocker = blocker.lines().find_map(|line| line.strip_prefix("  blocker ")?.split_once(':')).unwrap().0;
    let told = [
        accept(&tailspin, "application-must-writ"),
        accept(&tailspin, "application-must-write:line_item"),
        accept(&tailspin, "application-must-write:stores"),
        accept(&tailspin, "application-must-write:a.b.c"),
        accept(&ruled, blocker),
    ];
    insta::assert_snapshot!("not_accepted", told.concat());
    let (code, _, err) = plan(&["--accept", "application-must-write"]);
    assert!(code == 3 && err.contains("--reason <WHY>"), "{err}");
    let (code, _, err) = plan(&["--reason", "because"]);
    assert!(code == 3 && err.contains("--accept <RULE[:TABLE]>"), "{err}");
}

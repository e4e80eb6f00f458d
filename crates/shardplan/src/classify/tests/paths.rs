//! Tables that need a backfill: which path is chosen, which others are listed, what is said about them.

use super::{Classification, found, outcome, placements, rules, short, stores, with_id};
use crate::classify::Placement;
use crate::finding::Probe;
use crate::graph::sample::{Sample, graph, name, table};

/// A holder: `own(id, store_id)`.
fn holder(own: &str) -> Sample {
    with_id(own, &[("store_id", "bigint!")]).fk("stores", &[("store_id", "store_id")])
}

/// A table with one NOT NULL foreign key to each of `to`, named `<own>_<to>`.
fn on(own: &str, to: &[&str]) -> Sample {
    let columns: Vec<(&str, &str)> = to.iter().map(|to| (*to, "bigint!")).collect();
    let start = with_id(own, &columns);
    to.iter().fold(start, |sample, to| sample.fk_named(&format!("{own}_{to}"), to, &[(to, "id")]))
}

fn chosen(samples: Vec<Sample>, own: &str) -> (String, Vec<String>) {
    let graph = graph([vec![stores()], samples].concat());
    let rules = rules("stores.store_id");
    let classification = Classification::new(&graph, &rules).unwrap();
    let one = classification.get(&name(own)).unwrap();
    let others = one.other_paths.iter().map(|path| {
        short(&Placement::Distributed { column: "k".into(), backfill: Some(path.clone()) }).replace("adds k over ", "")
    });
    (short(&one.placement).replace("adds store_id over ", ""), others.collect())
}

#[test]
fn the_shortest_path_wins_and_the_others_are_listed() {
    let samples = vec![holder("h"), on("b", &["h"]), on("c", &["b"]), on("t", &["b", "c", "h"])];
    assert_eq!(chosen(samples, "t"), ("t_h".into(), vec!["t_b b_h".into(), "t_c c_b b_h".into()]));
}

#[test]
fn a_certain_path_wins_over_a_nullable_or_unvalidated_one_of_the_same_length() {
    let t = with_id("t", &[("a", "bigint"), ("b", "bigint!"), ("c", "bigint!"), ("d", "bigint!")])
        .fk_named("k1", "h", &[("a", "id")])
        .not_valid()
        .fk_named("k2", "h", &[("a", "id")])
        .fk_named("k3", "h", &[("b", "id")])
        .not_valid()
        .fk_named("k4", "h", &[("c", "id")])
        .fk_named("k5", "h", &[("d", "id")]);
    let others = vec!["k5".into(), "k3".into(), "k2".into(), "k1".into()];
    assert_eq!(chosen(vec![holder("h"), t], "t"), ("k4".into(), others));
}

#[test]
fn certainty_counts_along_the_whole_path() {
    let doubtful = with_id("a", &[("h", "bigint")]).fk_named("a_h", "h", &[("h", "id")]);
    let samples = vec![holder("h"), doubtful, on("b", &["h"]), on("t", &["a", "b"])];
    assert_eq!(chosen(samples, "t"), ("t_b b_h".into(), vec!["t_a a_h".into()]));
}

#[test]
fn the_fewest_doubts_win_also_behind_a_doubtful_foreign_key() {
    let b = with_id("b", &[("x", "bigint"), ("y", "bigint!")]).fk_named("b_1", "h", &[("x", "id")]).fk_named(
        "b_2",
        "h",
        &[("y", "id")],
    );
    let t = with_id("t", &[("b", "bigint")]).fk_named("t_b", "b", &[("b", "id")]);
    let samples = vec![holder("h"), b, t, on("u", &["b"])];
    assert_eq!(chosen(samples.clone(), "t"), ("t_b b_2".into(), vec!["t_b b_1".into()]));
    assert_eq!(chosen(samples, "u"), ("u_b b_2".into(), vec!["u_b b_1".into()]));
}

#[test]
fn a_path_ends_at_the_first_holder() {
    let h = with_id("h", &[("store_id", "bigint!"), ("g", "bigint!")])
        .fk("stores", &[("store_id", "store_id")])
        .fk_named("h_g", "g", &[("g", "id")]);
    assert_eq!(chosen(vec![holder("g"), h, on("t", &["h"])], "t"), ("t_h".into(), vec![]));
}

#[test]
fn self_references_and_cycles_do_not_trap_the_search() {
    let samples = vec![holder("h"), on("a", &["b", "h"]), on("b", &["a", "h"]), on("t", &["a", "t"])];
    assert_eq!(chosen(samples.clone(), "t"), ("t_a a_h".into(), vec!["t_a a_b b_h".into()]));
    assert_eq!(chosen(samples, "a"), ("a_h".into(), vec!["a_b b_h".into()]));
}

#[test]
fn a_doubtful_path_can_be_counted() {
    let samples =
        vec![stores(), holder("h"), with_id("t", &[("h", "bigint")]).fk_named("t_h", "h", &[("h", "id")]).not_valid()];
    let graph = graph(samples);
    let rules = rules("stores.store_id");
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(found(&classification), ["doubtful-path t.t_h"]);
    let finding = &classification.findings()[0];
    assert!(finding.message.ends_with("`t_h` of `t` may be NULL and was not validated"), "{}", finding.message);
    assert!(matches!(&finding.query, Some(Probe::NoKeyAlong { path, .. }) if path.is_doubtful()));
}

#[test]
fn each_other_foreign_key_to_a_distributed_table_may_disagree_once() {
    let (_, found) = outcome(
        vec![stores(), holder("h"), on("a", &["h"]), on("b", &["a", "h"]), on("t", &["a", "b", "h", "t"])],
        &rules("stores.store_id"),
    );
    let expected = ["b.b_a", "t.t_a", "t.t_b", "t.t_t"].map(|object| format!("paths-may-disagree {object}")).to_vec();
    assert_eq!(found, expected);
}

#[test]
fn a_taken_name_is_replaced() {
    let taken = on("t", &["h"]).with(|table| table.columns.push(crate::catalog::Column::new("store_id", "text")));
    let (placements, found) = outcome(vec![stores(), holder("h"), taken], &rules("stores.store_id"));
    assert_eq!(placements[2], "t: adds stores_store_id over t_h");
    assert_eq!(found, ["column-name-taken t.store_id", "same-name-other-type t.store_id"]);
}

#[test]
fn bounds_are_kept_and_reported() {
    let mut rules = rules("stores.store_id");
    rules.max_paths = 2;
    let middle = ["a", "b", "c"];
    let mut samples = vec![stores(), holder("h"), on("t", &middle)];
    samples.extend(middle.map(|own| on(own, &["h"])));
    let graph_of = |samples: &Vec<Sample>| graph(samples.clone());
    let graph = graph_of(&samples);
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(classification.get(&name("t")).unwrap().other_paths.len(), 1);
    assert!(found(&classification).contains(&"paths-cut t".to_owned()));

    for more in [3, usize::MAX] {
        rules.max_paths = more;
        let classification = Classification::new(&graph, &rules).unwrap();
        assert!(!found(&classification).contains(&"paths-cut t".to_owned()));
    }

    rules.max_hops = 1;
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(placements(&classification)[5], "t: local");
    assert_eq!(found(&classification), ["path-too-long t"]);
}

#[test]
fn a_thicket_of_cycles_ends() {
    let names: Vec<String> = (0..14).map(|at| format!("n{at:02}")).collect();
    let mut samples = vec![stores(), holder("h")];
    for own in &names {
        let mut to: Vec<&str> = names.iter().map(String::as_str).filter(|other| other != own).collect();
        if own == "n13" {
            to.push("h");
        }
        samples.push(on(own, &to));
    }
    let (placements, found) = outcome(samples, &rules("stores.store_id"));
    assert_eq!(placements[1], "n00: adds store_id over n00_n13 n13_h");
    assert!(found.contains(&"paths-cut n00".to_owned()));
}

#[test]
fn an_added_column_is_called_as_most_foreign_keys_call_the_key() {
    let tenants = || {
        table("tenants", &[("id", "bigint"), ("parent_id", "bigint")]).pk(&["id"]).fk("tenants", &[("parent_id", "id")])
    };
    let holder = |own: &str, column: &str| with_id(own, &[(column, "bigint!")]).fk("tenants", &[(column, "id")]);
    let notes = || with_id("notes", &[("doc", "bigint!")]).fk("docs", &[("doc", "id")]);
    let added = |samples: Vec<Sample>| outcome(samples, &rules("tenants.id")).0;
    let most =
        vec![tenants(), holder("docs", "tenant_id"), holder("users", "tenant_id"), holder("bills", "payer"), notes()];
    assert!(added(most).contains(&"notes: adds tenant_id over notes_doc_fkey".to_owned()));
    let undecided = vec![tenants(), holder("docs", "tenant_id"), holder("bills", "payer"), notes()];
    assert!(added(undecided).contains(&"notes: adds tenants_id over notes_doc_fkey".to_owned()));
    // A column of that name that is something else.
    let taken = with_id("notes", &[("doc", "bigint!"), ("tenant_id", "text")]).fk("docs", &[("doc", "id")]);
    let (placements, findings) = outcome(vec![tenants(), holder("docs", "tenant_id"), taken], &rules("tenants.id"));
    assert!(placements.contains(&"notes: adds tenants_id over notes_doc_fkey".to_owned()), "{placements:?}");
    assert!(findings.contains(&"column-name-taken notes.tenant_id".to_owned()), "{findings:?}");
}

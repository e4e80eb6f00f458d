//! Keys that say the same thing twice: the server ties a foreign key to the oldest index that fits, whichever that is.

use shardplan::{Classification, Plan, SchemaGraph};

use crate::cases::Case;
use crate::preparation::without_helpers;
use crate::run::{BACK, PREPARATION, before, from, run};
use crate::{diff, read, report};

/// Interrupted builds leave the indexes in another order than the plan has them.
#[test]
fn a_foreign_key_may_be_tied_to_any_of_them() {
    for gone in [
        "copies_library_id_copy_id_idx",
        "copies_library_id_copy_id_idx1",
        "copies_library_id_copy_id_idx2",
        "shelves_library_id_room_position_idx",
    ] {
        let case = Case::named("equal_keys (unblocked)");
        let database = case.database();
        let url = database.url();
        let original = read(&url);
        let plan = case.plan(original.clone());
        run(&url, &plan, before("40_keys.sql")).unwrap();
        database.execute(&format!("DROP INDEX {gone}")).unwrap();
        run(&url, &plan, from("30_unique_indexes.sql")).unwrap();
        report(&diff::differences(&plan.prepared(original.clone()).structure(), &without_helpers(read(&url))));
        run(&url, &plan, &BACK).unwrap();
        report(&diff::differences(&original.structure(), &read(&url).structure()));
    }
}

/// What the foreign keys need is still there then.
#[test]
fn one_of_them_may_be_given_up() {
    let case = Case::named("equal_keys (unblocked)");
    let database = case.database();
    let url = database.url();
    let original = read(&url);
    let twice = "[keys.copies.copies_again]\ndrop = true\nreason = \"the primary key says it\"";
    let rules = case.rules().with_overrides(twice).unwrap();
    let graph = SchemaGraph::new(original.clone()).unwrap();
    let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
    assert!(!plan.is_blocked());
    run(&url, &plan, &PREPARATION).unwrap();
    report(&diff::differences(&plan.prepared(original.clone()).structure(), &without_helpers(read(&url))));
    run(&url, &plan, &PREPARATION).unwrap();
    run(&url, &plan, &BACK).unwrap();
    report(&diff::differences(&original.structure(), &read(&url).structure()));
}

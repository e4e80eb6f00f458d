//! The preparation on every version of PostgreSQL that is there (all, when `SHARDPLAN_ALL_VERSIONS` is 1).

use shardplan_testkit::{Server, versions};

use crate::cases::{Case, version};
use crate::preparation::prepare_in;
use crate::report;

/// Some that have much of what differs between versions: partitions, triggers, types, several waves.
const TRIED: [&str; 6] = [
    "tailspin",
    "wide_world_importers",
    "partitions (unblocked)",
    "partitioned_keys",
    "deep_chain (unblocked)",
    "no_primary_key",
];

#[test]
fn each_version_is_prepared() {
    let mut problems = Vec::new();
    for major in versions().unwrap() {
        let server = Server::start_version(major).unwrap();
        for case in TRIED.map(Case::named) {
            let database = server.fresh_database();
            if !case.loads_on(version(&database.url())) {
                continue;
            }
            case.load(&database.url());
            let found = prepare_in(&case, &database.url());
            problems.extend(found.into_iter().map(|problem| format!("{major}, {}: {problem}", case.name)));
        }
    }
    report(&problems);
}

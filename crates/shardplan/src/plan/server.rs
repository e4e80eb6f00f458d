//! Settings and version of the server, where the catalog has them: they come in, what Citus wants otherwise goes out as findings.
//! Those that can be changed matter on the coordinator only: a server without the extension is none yet.

use super::draft::Draft;
use super::verdict::Placing;

pub(super) fn check(draft: &mut Draft<'_>, order: &[Placing]) {
    check_version(draft);
    check_citus(draft);
    let is_coordinator = draft.graph.catalog().extensions.iter().any(|extension| extension.name == "citus");
    if is_coordinator && order.iter().any(Placing::is_concurrent) {
        check_replication(draft);
    }
}

fn setting<'c>(draft: &Draft<'c>, name: &str) -> Option<&'c str> {
    draft.graph.catalog().settings.get(name).map(String::as_str)
}

fn check_version(draft: &mut Draft<'_>) {
    let Some(major) = draft.server_version().map(|version| version / 10_000) else { return };
    let known = draft.target.postgres();
    if !known.contains(&major) {
        let known = known.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let message =
            format!("the server is PostgreSQL {major}, and the target `{}` runs on PostgreSQL {known}", draft.target);
        draft.report_server("server-version", message);
    }
}

fn check_citus(draft: &mut Draft<'_>) {
    let factor = setting(draft, "citus.shard_replication_factor").filter(|factor| *factor != "1");
    if let Some(factor) = factor {
        draft.report_server("replication-factor", format!("citus.shard_replication_factor is {factor}"));
    }
    if setting(draft, "citus.allow_unsafe_constraints") == Some("on") {
        draft.report_server("unsafe-constraints", "citus.allow_unsafe_constraints is on".to_owned());
    }
}

/// What the concurrent function needs.
fn check_replication(draft: &mut Draft<'_>) {
    if let Some(level) = setting(draft, "wal_level").filter(|level| *level != "logical") {
        draft.report_server("wal-level", format!("wal_level is {level}"));
    }
    for name in ["max_replication_slots", "max_wal_senders"] {
        if setting(draft, name) == Some("0") {
            draft.report_server("replication-slots", format!("{name} is 0"));
        }
    }
    let plugins = setting(draft, "output_plugin_libraries");
    let lists_citus = |list: &str| list.split(',').any(|one| one.trim().trim_matches('"') == "citus");
    if let Some(plugins) = plugins.filter(|plugins| !lists_citus(plugins)) {
        draft.report_server("output-plugin", format!("output_plugin_libraries is {plugins}"));
    }
}

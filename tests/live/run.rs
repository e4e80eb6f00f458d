//! Scripts of a plan come in and are run with psql, whole or up to one of their statements.

use shardplan::Plan;
use shardplan_sql::Script;
use shardplan_testkit::psql;

/// The scripts before the distribution.
pub(crate) const PREPARATION: [&str; 8] = [
    "00_preflight.sql",
    "05_unify_types.sql",
    "10_add_columns.sql",
    "15_triggers.sql",
    "20_backfill.sql",
    "30_unique_indexes.sql",
    "40_keys.sql",
    "45_hand_over.sql",
];

/// The scripts of the preparation before this one.
pub(crate) fn before(path: &str) -> &'static [&'static str] {
    &PREPARATION[..place(path)]
}

/// This script of the preparation and those after it.
pub(crate) fn from(path: &str) -> &'static [&'static str] {
    &PREPARATION[place(path)..]
}

fn place(path: &str) -> usize {
    PREPARATION.iter().position(|other| *other == path).unwrap_or_else(|| panic!("no script {path}"))
}

/// What came of carrying out a plan.
pub(crate) enum Outcome {
    /// It was carried out, and this is wrong.
    Ran(Vec<String>),
    /// Another way has the same scripts, and those were run.
    Same,
    /// The rules of its blockers.
    Blocked(Vec<String>),
}

impl Outcome {
    /// Of a plan with blockers.
    pub(crate) fn blocked(plan: &Plan) -> Self {
        let mut rules: Vec<String> = plan.blockers().map(|blocker| blocker.rule.to_string()).collect();
        rules.sort();
        rules.dedup();
        Self::Blocked(rules)
    }

    /// What is wrong; nothing is with a plan that nobody can run.
    pub(crate) fn problems(self) -> Vec<String> {
        match self {
            Self::Ran(problems) => problems,
            Self::Same | Self::Blocked(_) => Vec::new(),
        }
    }
}

/// The scripts that take them back.
pub(crate) const BACK: [&str; 7] = [
    "undo/45_hand_over.sql",
    "undo/40_keys.sql",
    "undo/30_unique_indexes.sql",
    "undo/20_backfill.sql",
    "undo/15_triggers.sql",
    "undo/10_add_columns.sql",
    "undo/05_unify_types.sql",
];

/// The text of one script of a plan; empty if the plan has nothing to do there.
pub(crate) fn script(plan: &Plan, path: &str) -> String {
    let scripts: Vec<Script> = shardplan_sql::render(plan);
    scripts.into_iter().find(|script| script.path == path).map(|script| script.text).unwrap_or_default()
}

/// Runs scripts of a plan one after the other; what psql says if one fails.
pub(crate) fn run(url: &str, plan: &Plan, paths: &[&str]) -> Result<(), String> {
    let scripts: Vec<Script> = shardplan_sql::render(plan);
    paths.iter().try_for_each(|path| {
        let script = scripts.iter().find(|script| script.path == *path);
        let text = script.map_or("", |script| script.text.as_str());
        psql(url, text).map(|_| ()).map_err(|failure| format!("{path}: {failure}"))
    })
}

/// Every beginning of a script that ends after one of its statements, open conditions closed, from short to long.
///
/// A transaction that is still open at the end is rolled back, as it is when psql is killed.
pub(crate) fn beginnings(script: &str) -> Vec<String> {
    let (mut text, mut cuts) = (String::new(), Vec::new());
    let (mut quotes, mut conditions) = (0, 0_usize);
    for line in script.lines() {
        text.push_str(line);
        text.push('\n');
        quotes += line.matches("$shardplan$").count();
        match line.split(' ').next() {
            Some("\\if") => conditions += 1,
            Some("\\endif") => conditions -= 1,
            _ => {}
        }
        let ends = [";", "\\gset", "\\gexec"].iter().any(|end| line.ends_with(end));
        if ends && quotes % 2 == 0 && !line.starts_with("--") {
            cuts.push(format!("{text}{}", "\\endif\n".repeat(conditions)));
        }
    }
    cuts
}

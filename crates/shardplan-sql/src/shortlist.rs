//! The entries of a list come in; those that a person reads go out, and how many there are besides. Knows not what they say.

use std::fmt::Write;

use shardplan::Plan;

/// Of so many tables at most a runbook lists everything.
const MOST_TABLES: usize = 100;
/// So many entries of a list at most are left whole.
const WHOLE: usize = 40;
/// So many of a longer one are shown.
const SHOWN: usize = 20;

/// Writes a list, and stops early where nobody reads it to its end: in a plan of many tables.
pub(crate) fn shortlist<T>(
    text: &mut String,
    plan: &Plan,
    entries: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    let entries: Vec<T> = entries.into_iter().collect();
    let count = entries.len();
    let shown = if plan.tables.len() > MOST_TABLES && count > WHOLE { SHOWN } else { count };
    entries.into_iter().take(shown).for_each(|entry| write(text, entry));
    if shown < count {
        let _ = writeln!(text, "\n… and {} more: `report.html` and `plan.json` have all of them.", count - shown);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph};

    use super::shortlist;

    fn of(tables: usize) -> Plan {
        let mut ddl = "CREATE TABLE stores (store_id bigint PRIMARY KEY);".to_owned();
        (1..tables).for_each(|number| ddl.push_str(&format!("CREATE TABLE t{number} (id bigint);")));
        let graph = SchemaGraph::new(Catalog::from_ddl(&ddl).catalog).unwrap();
        Plan::new(&Classification::new(&graph, &Rules::new("stores.store_id".parse().unwrap())).unwrap())
    }

    fn list(plan: &Plan, entries: usize) -> String {
        let mut text = String::new();
        shortlist(&mut text, plan, 0..entries, |text, entry| {
            let _ = writeln!(text, "- {entry}\n  more");
        });
        text
    }

    #[test]
    fn only_long_lists_of_large_plans_are_cut_and_say_so() {
        let (small, large) = (of(100), of(101));
        assert_eq!(list(&small, 1_000).lines().count(), 2_000);
        assert_eq!(list(&large, 40).lines().count(), 80);
        let cut = list(&large, 41);
        let told = "- 19\n  more\n\n… and 21 more: `report.html` and `plan.json` have all of them.\n";
        assert!(cut.starts_with("- 0\n  more\n- 1\n") && cut.ends_with(told), "{cut}");
        assert_eq!(list(&large, 0), "");
    }

    /// Each of them must be read.
    #[test]
    fn blockers_are_never_cut() {
        let keys = (0..101).map(|number| {
            format!("CREATE TABLE b{number} (store_id bigint REFERENCES stores, x int, EXCLUDE USING gist (x WITH =));")
        });
        let ddl = "CREATE TABLE stores (store_id bigint PRIMARY KEY);".to_owned() + &keys.collect::<String>();
        let graph = SchemaGraph::new(Catalog::from_ddl(&ddl).catalog).unwrap();
        let rules = Rules::new("stores.store_id".parse().unwrap());
        let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
        let runbook = &crate::render(&plan)[0].text;
        let (blockers, _) = runbook.split_once("## Blockers").unwrap().1.split_once("\n## ").unwrap();
        assert_eq!(blockers.lines().filter(|line| line.starts_with("- ")).count(), 101);
        assert!(!blockers.contains("more: `report.html`"));
    }
}

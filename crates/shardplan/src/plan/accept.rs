//! What the user accepts: plans and acceptances come in, findings with the reason for which they are accepted go out.

use super::Plan;
use crate::classify::{Acceptance, Rules};
use crate::error::Error;
use crate::finding::{Finding, Severity};

/// Marks the findings that are accepted, each with the reason of the first acceptance that covers it. A blocker stays open.
pub(super) fn mark(findings: &mut [Finding], accepted: &[Acceptance]) {
    for finding in findings.iter_mut().filter(|finding| finding.severity != Severity::Blocker) {
        let covering = accepted.iter().find(|one| one.covers(finding));
        finding.accepted = covering.map(|one| one.reason.clone());
    }
}

/// Refuses what is said of a blocker of one of the plans, or of nothing that any of them has found: a word that is left over would
/// silence a finding that comes later.
pub(super) fn check(plans: &[Plan], rules: &Rules) -> Result<(), Error> {
    for (number, one) in rules.accepted.iter().enumerate() {
        let refused = |why| Err(rules.at(format_args!("accept.{number}"), one.refused(why)));
        let mut covered = plans.iter().flat_map(|plan| &plan.findings).filter(|finding| one.covers(finding)).peekable();
        if covered.peek().is_none() {
            return refused("no plan has such a finding; take it out");
        }
        if covered.any(|finding| finding.severity == Severity::Blocker) {
            return refused("it is a blocker, which cannot be accepted: as the schema stands, nothing can be run");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Acceptance, Catalog, Comparison, Error, Plan, Rules, SchemaGraph};

    const SCHEMA: &str = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint REFERENCES stores);
        CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
        CREATE TABLE notes (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);";

    fn planned(schema: &str, toml: &str) -> Result<Plan, Error> {
        let graph = SchemaGraph::new(Catalog::from_ddl(schema).catalog)?;
        let rules = Rules::new("stores.store_id".parse()?).with_overrides(toml)?;
        Comparison::new(&graph, &rules).map(Comparison::into_plan)
    }

    fn accept(rule: &str, table: &str) -> String {
        format!("[[accept]]\nrule = \"{rule}\"\n{table}\nreason = \"we know\"\n")
    }

    /// The tables about which a rule's findings are open, and those about which they are accepted.
    fn tables(plan: &Plan, rule: &str) -> [Vec<String>; 2] {
        [true, false].map(|open| {
            let found = plan.findings.iter().filter(|finding| finding.rule == *rule && finding.is_open() == open);
            found.filter_map(|finding| finding.table.as_ref()).map(ToString::to_string).collect()
        })
    }

    #[test]
    fn a_finding_is_accepted_for_one_table_or_for_all() {
        const RULE: &str = "application-must-write";
        let one = planned(SCHEMA, &accept(RULE, "table = \"public.items\"")).unwrap();
        assert_eq!(tables(&one, RULE), [vec!["notes".to_owned()], vec!["items".to_owned()]]);
        let all = planned(SCHEMA, &accept(RULE, "")).unwrap();
        assert_eq!(tables(&all, RULE)[0], Vec::<String>::new());
        let again = Plan::from_json(&all.to_json()).unwrap();
        assert_eq!(again, all);
        let accepted = again.findings.iter().find(|finding| finding.rule == RULE).unwrap();
        assert_eq!(accepted.accepted.as_deref(), Some("we know"));
    }

    #[test]
    fn what_is_not_there_is_not_accepted() {
        let refusal = |schema: &str, toml: &str| planned(schema, toml).unwrap_err().to_string();
        assert_eq!(
            refusal(SCHEMA, &accept("no-such", "")),
            "line 1, `accept.0`: override for accepted finding `no-such`: there is no such rule"
        );
        assert_eq!(
            refusal(SCHEMA, &accept("application-must-write", "table = \"item\"")),
            "line 1, `accept.0`: override for table `item`: no table `item` in the catalog; did you mean `items`?"
        );
        assert_eq!(
            refusal(SCHEMA, &accept("application-must-write", "table = \"stores\"")),
            "line 1, `accept.0`: override for accepted finding `application-must-write` of table `stores`: no plan has such a finding; take it out"
        );
        let unsaid = accept("application-must-write", "").replace("we know", " ");
        assert!(refusal(SCHEMA, &unsaid).ends_with("it needs a `reason`; say why"));
        let ruled = format!("{SCHEMA} CREATE RULE none AS ON DELETE TO stores DO INSTEAD NOTHING;");
        let blocker = planned(&ruled, "").unwrap().blockers().next().unwrap().rule.clone();
        assert!(refusal(&ruled, &accept(&blocker, "")).contains("it is a blocker, which cannot be accepted"));
    }

    #[test]
    fn a_plan_made_alone_leaves_blockers_open() {
        let accepted = Acceptance { rule: "r".into(), table: None, reason: "we know".into() };
        let mut plan =
            planned(&format!("{SCHEMA} CREATE RULE none AS ON DELETE TO stores DO INSTEAD NOTHING;"), "").unwrap();
        let rules: Vec<Acceptance> =
            plan.blockers().map(|one| Acceptance { rule: one.rule.to_string(), ..accepted.clone() }).collect();
        super::mark(&mut plan.findings, &rules);
        assert!(plan.is_blocked() && plan.blockers().all(crate::Finding::is_open));
    }
}

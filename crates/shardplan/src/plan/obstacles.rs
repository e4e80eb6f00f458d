//! What hangs on tables and must go just before they are distributed: tables come in, findings and steps there and back go out.
//!
//! Triggers, rewrite rules and policies go where the rules say so: what they did, nobody does afterwards. Identity columns become
//! columns with a default from a sequence of the same name at the same place: Citus lets no table with one go back, and starts it
//! again whenever it makes a table anew.

use super::change::{Change, TableObject};
use super::draft::Draft;
use super::policies::words;
use super::step::{Step, Undo};
use crate::catalog::{Column, Identity, Table};
use crate::classify::{Placement, RemovalRule, Strategy};
use crate::graph::TableIx;
use crate::name::{Name, QualifiedName, TableName};

/// Reports what hangs on a table: a blocker, unless the rules take it away.
pub(super) fn check(draft: &mut Draft<'_>, table: &Table) {
    for object in objects(table) {
        let (name, kind) = (&table.name, object.kind());
        if let Some(rule) = removal(draft, name, &object) {
            let message = format!("{kind} `{}` of `{name}` goes, as the rules say: {}", object.name(), rule.reason);
            draft.report("removed-object", name, Some(object.name()), message);
            if let (TableObject::Policy(_), Strategy::Shadow) = (&object, draft.strategy) {
                let message =
                    format!("`{name}` cannot have a shadow: that would take the policy `{}` over", object.name());
                draft.report("shadow-table", name, None, message);
            }
            continue;
        }
        match &object {
            TableObject::Trigger(trigger) => {
                let disabled = if trigger.enabled { "" } else { " (disabled, which makes no difference)" };
                let message = format!("`{name}` has the trigger `{}`{disabled}", trigger.name);
                draft.report("trigger", name, Some(&trigger.name), message);
            }
            TableObject::Rule(rule) => {
                let message = format!("`{name}` has the rule `{}`", rule.name);
                draft.report("rewrite-rule", name, Some(&rule.name), message);
            }
            TableObject::Policy(_) => {}
        }
    }
}

/// Reports what a backfill of the table would set off: it updates every row.
pub(super) fn check_backfilled(draft: &mut Draft<'_>, table: &Table) {
    // The shadows get their keys while they are filled.
    let acting = |object: &&TableObject| draft.strategy != Strategy::Shadow && acts_on_update(object);
    for object in objects(table).iter().filter(acting).collect::<Vec<_>>() {
        let (name, kind) = (&table.name, object.kind());
        let message =
            format!("the backfill updates each row of `{name}`, and the {kind} `{}` acts on that", object.name());
        draft.report("backfill-acts", name, Some(object.name()), message);
    }
}

/// Whether it acts on an UPDATE of a column that it does not name.
fn acts_on_update(object: &TableObject) -> bool {
    let definition = match object {
        TableObject::Trigger(trigger) if trigger.enabled => &trigger.definition,
        TableObject::Rule(rule) => &rule.definition,
        TableObject::Trigger(_) | TableObject::Policy(_) => return false,
    };
    let words: Vec<&str> = words(definition).filter(|word| !word.is_empty()).collect();
    let is = |at: usize, word: &str| words.get(at).is_some_and(|other| other.eq_ignore_ascii_case(word));
    let update = (0..words.len()).take_while(|at| !is(*at, "execute") && !is(*at, "do")).find(|at| is(*at, "update"));
    update.is_some_and(|at| !is(at + 1, "of"))
}

/// The triggers of an earlier plan are left out: they have a finding of their own.
fn objects(table: &Table) -> Vec<TableObject> {
    let triggers = table.triggers.iter().filter(|trigger| !super::fill::is_own(&trigger.name));
    let triggers = triggers.cloned().map(TableObject::Trigger);
    let rules = table.rules.iter().cloned().map(TableObject::Rule);
    let policies = table.policies.iter().cloned().map(TableObject::Policy);
    triggers.chain(rules).chain(policies).collect()
}

fn removal<'c>(draft: &Draft<'c>, table: &TableName, object: &TableObject) -> Option<&'c RemovalRule> {
    let rules = match object {
        TableObject::Trigger(_) => &draft.rules.triggers,
        TableObject::Rule(_) => &draft.rules.rewrite_rules,
        TableObject::Policy(_) => &draft.rules.policies,
    };
    rules.get(&(table.clone(), object.name().clone())).filter(|rule| rule.drop)
}

/// Whether the rules take the policy away.
pub(super) fn is_policy_removed(draft: &Draft<'_>, table: &TableName, policy: &Name) -> bool {
    draft.rules.policies.get(&(table.clone(), policy.clone())).is_some_and(|rule| rule.drop)
}

/// The triggers of the table that the rules take away.
pub(super) fn removed_triggers(draft: &Draft<'_>, table: &Table) -> Vec<Name> {
    let removed = objects(table).into_iter().filter(|object| removal(draft, &table.name, object).is_some());
    let triggers = removed.filter(|object| matches!(object, TableObject::Trigger(_)));
    triggers.map(|object| object.name().clone()).collect()
}

/// The last steps before the distribution.
pub(super) fn steps(draft: &Draft<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (ix, table) in draft.tables().filter(|(ix, _)| *draft.placement(*ix) != Placement::Local) {
        for object in objects(table).into_iter().filter(|object| removal(draft, &table.name, object).is_some()) {
            steps.push(remove(table, object));
        }
        steps.extend(replaced_identities(draft, ix).map(|(column, identity)| replace(table, column, identity)));
    }
    steps
}

fn remove(table: &Table, object: TableObject) -> Step {
    let [out, back] = [object.clone(), object].map(Box::new);
    let undo = Undo::by(Change::BringBack { table: table.name.clone(), object: back });
    let change = Change::Remove { table: table.name.clone(), object: out };
    Step::new(&table.name, "goes, as the rules say: Citus does not take it along", vec![change], undo)
}

fn replace(table: &Table, column: &Column, identity: Identity) -> Step {
    let set = |identity| Change::SetIdentity {
        table: table.name.clone(),
        column: column.name.clone(),
        sequence: sequence(table, column),
        identity,
    };
    let why =
        "a default from a sequence that the column owns: with an identity the distribution could not be taken back";
    Step::new(&table.name, why, vec![set(None)], Undo::by(set(Some(identity))))
}

fn sequence(table: &Table, column: &Column) -> QualifiedName {
    let usual = || {
        let name = crate::catalog::object_name(table.name.name.as_str(), column.name.as_str(), "seq");
        QualifiedName::new(table.name.schema.clone(), name)
    };
    column.sequence.clone().unwrap_or_else(usual)
}

/// The identity columns that get a default instead. Shadow tables leave the live ones alone: they go back by another way.
pub(super) fn replaced_identities<'c>(
    draft: &Draft<'c>,
    ix: TableIx,
) -> impl Iterator<Item = (&'c Column, Identity)> + use<'c> {
    let table = draft.table(ix);
    let is_kept = draft.rules.tables.get(&table.name).is_some_and(|rule| rule.keep_identity)
        || draft.strategy == Strategy::Shadow
        || table.partition_of.is_some()
        || *draft.placement(ix) == Placement::Local;
    let columns = table.columns.iter().filter(move |_| !is_kept);
    columns.filter_map(|column| Some((column, column.identity?)))
}

/// Whether a table still has an identity column when it is placed.
pub(super) fn has_identity(draft: &Draft<'_>, ix: TableIx) -> bool {
    let has = draft.table(ix).columns.iter().any(|column| column.identity.is_some());
    has && replaced_identities(draft, ix).next().is_none()
}

#[cfg(test)]
mod tests {
    use crate::{Catalog, Change, Classification, PhaseKind, Plan, Rules, SchemaGraph, Strategy};

    const TABLES: &str = "CREATE TABLE stores (store_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        CREATE TABLE logs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER touch BEFORE UPDATE ON stores FOR EACH ROW EXECUTE FUNCTION f();
        CREATE RULE keep AS ON DELETE TO stores DO INSTEAD NOTHING;";

    fn plan(overrides: &str, strategy: Strategy) -> Plan {
        let graph = SchemaGraph::new(Catalog::from_ddl(TABLES).catalog).expect("valid");
        let rules = Rules { strategy: Some(strategy), ..Rules::new("stores.store_id".parse().expect("valid")) };
        let rules = rules.with_overrides(overrides).expect("valid");
        Plan::new(&Classification::new(&graph, &rules).expect("valid"))
    }

    fn rules_of(plan: &Plan) -> Vec<&str> {
        plan.findings.iter().map(|finding| &*finding.rule).collect()
    }

    const DROPPED: &str = "[triggers.stores.touch]\ndrop = true\nreason = \"r\"\n[rewrite_rules.stores.keep]\ndrop = true\nreason = \"r\"\n";

    #[test]
    fn what_the_rules_drop_blocks_no_longer_and_goes_last() {
        let blocked = plan("", Strategy::Combined);
        assert!(["trigger", "rewrite-rule"].iter().all(|rule| rules_of(&blocked).contains(rule)));
        let open = plan(DROPPED, Strategy::Combined);
        assert!(!open.is_blocked(), "{:?}", open.findings);
        let steps = &open.phase(PhaseKind::HandOver).steps;
        let names: Vec<&str> = steps
            .iter()
            .flat_map(|step| &step.changes)
            .map(|change| match change {
                Change::Remove { object, .. } => object.name().as_str(),
                Change::SetIdentity { sequence, .. } => sequence.name.as_str(),
                _ => "",
            })
            .collect();
        assert_eq!(names, ["touch", "keep", "stores_store_id_seq"]);
    }

    #[test]
    fn identities_stay_where_the_rules_or_the_strategy_say_so() {
        let kept = format!("{DROPPED}[tables.stores]\nkeep_identity = true\nreason = \"r\"\n");
        assert!(rules_of(&plan(&kept, Strategy::Combined)).contains(&"identity-column"));
        assert!(rules_of(&plan(DROPPED, Strategy::Online)).contains(&"identity-replaced"));
        assert!(rules_of(&plan(DROPPED, Strategy::Shadow)).contains(&"identity-column"));
    }

    #[test]
    fn only_what_is_there_can_be_dropped() {
        let graph = SchemaGraph::new(Catalog::from_ddl(TABLES).catalog).expect("valid");
        for section in
            ["triggers.stores.other", "rewrite_rules.logs.keep", "policies.stores.touch", "triggers.other.touch"]
        {
            let rules = Rules::new("stores.store_id".parse().expect("valid"));
            let rules = rules.with_overrides(&format!("[{section}]\ndrop = true\nreason = \"r\"")).expect("valid");
            assert!(Classification::new(&graph, &rules).is_err(), "{section}");
        }
    }
}

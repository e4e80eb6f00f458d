//! What holds for every catalog. `SHARDPLAN_CASES` says how many are tried per property.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::{Strategy as _, ValueTree};
use proptest::test_runner::{RngSeed, TestRunner};
use shardplan::{
    Catalog, Change, Classification, DistributionKey, ForcedClass, ForeignKey, ForeignKeyFate, IndexPart,
    MAX_NAME_BYTES, Method, Name, Phase, PhaseKind, PlacedAs, Placement, Placing, Plan, Reason, Rules, Step, Strategy,
    Table, TableName, TableRule, Timing, Undo,
};

use crate::fixtures;
use crate::random::catalogs::{Sample, samples};
use crate::random::ddl;
use crate::random::open::{graph, open_plan, try_open_plan};
use crate::statements::unparsed;

/// The same cases every time, unless `SHARDPLAN_CASES` asks for a search.
pub(crate) fn config() -> ProptestConfig {
    let wanted: Option<u32> = std::env::var("SHARDPLAN_CASES").ok().and_then(|text| text.parse().ok());
    let rng_seed = if wanted.is_some() { RngSeed::Random } else { RngSeed::Fixed(2) };
    let cases = wanted.unwrap_or(64);
    // A failure prints the smallest catalog; it belongs into a test of its own, not into a file of seeds.
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 2000, rng_seed, ..ProptestConfig::default() }
}

/// A plan with the default rules.
fn first_plan(catalog: &Catalog, key: &DistributionKey) -> Plan {
    fixtures::plan(&graph(catalog), &Rules::new(key.clone()))
}

/// The table that is placed for a table: of a partition the partitioned one.
fn placed_for<'c>(catalog: &'c Catalog, table: &'c TableName) -> &'c TableName {
    let found = catalog.tables.iter().find(|one| one.name == *table).expect("the catalog has the table");
    found.partition_of.as_ref().map_or(table, |part| placed_for(catalog, &part.parent))
}

fn is_online(placing: &Placing) -> bool {
    matches!(placing.as_what, PlacedAs::Distributed { method: Method::Concurrent, .. })
}

fn distribution_column<'p>(plan: &'p Plan, table: &TableName) -> Option<&'p Name> {
    match &plan.tables.iter().find(|planned| planned.name == *table)?.placement {
        Placement::Distributed { column, .. } => Some(column),
        Placement::Reference | Placement::Local => None,
    }
}

/// For each unique thing of a table: its name and the columns at its positions.
fn uniques(table: &Table) -> Vec<(&Name, Vec<&Name>)> {
    let keys = table.keys().map(|key| (&key.name, key.columns.iter().collect()));
    let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| {
        let columns = index.elements.iter().filter_map(|element| match &element.part {
            IndexPart::Column(column) => Some(column),
            IndexPart::Expression(_) => None,
        });
        (&index.name, columns.collect())
    });
    keys.chain(indexes).collect()
}

/// Another order for every list of the catalog that has none.
fn shuffled(mut catalog: Catalog, seed: u64) -> Catalog {
    let mut state = seed | 1;
    shuffle(&mut catalog.tables, &mut state);
    shuffle(&mut catalog.foreign_keys, &mut state);
    for table in &mut catalog.tables {
        shuffle(&mut table.unique, &mut state);
        shuffle(&mut table.indexes, &mut state);
    }
    catalog
}

fn shuffle<T>(items: &mut [T], state: &mut u64) {
    for end in (1..items.len()).rev() {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(end, (*state >> 33) as usize % (end + 1));
    }
}

/// The pairs of places in the order between which there is a way along foreign keys.
fn reachable(edges: &[(usize, usize)], count: usize) -> Vec<Vec<bool>> {
    let mut reach = vec![vec![false; count]; count];
    edges.iter().for_each(|(from, to)| reach[*from][*to] = true);
    for via in 0..count {
        for from in 0..count {
            for to in 0..count {
                reach[from][to] |= reach[from][via] && reach[via][to];
            }
        }
    }
    reach
}

/// A plan that has only these changes, to apply them.
fn only(plan: &Plan, changes: &[Change], step: &Step) -> Plan {
    let step = Step { changes: changes.to_vec(), ..step.clone() };
    Plan { phases: vec![Phase { kind: PhaseKind::Keys, gates: Vec::new(), steps: vec![step] }], ..plan.clone() }
}

/// What two objects may not share: names of relations in a schema, names of constraints on a table; nor may a name be too long.
fn check_names(catalog: &Catalog) -> Result<(), TestCaseError> {
    let mut relations = BTreeSet::new();
    let mut constraints = BTreeSet::new();
    for table in &catalog.tables {
        let own = table.indexes.iter().map(|index| &index.name).chain(table.keys().map(|key| &key.name));
        for name in own.chain([&table.name.name]) {
            prop_assert!(name.as_str().len() <= MAX_NAME_BYTES, "{name} is too long");
            prop_assert!(relations.insert((&table.name.schema, name)), "relation {name} stands twice");
        }
        let checks = table.checks.iter().map(|check| &check.name);
        for name in table.keys().map(|key| &key.name).chain(checks) {
            prop_assert!(name.as_str().len() <= MAX_NAME_BYTES, "{name} is too long");
            prop_assert!(constraints.insert((&table.name, name)), "constraint {name} of {} stands twice", table.name);
        }
    }
    for key in &catalog.foreign_keys {
        let name = &key.name;
        prop_assert!(name.as_str().len() <= MAX_NAME_BYTES, "{name} is too long");
        prop_assert!(constraints.insert((&key.from, name)), "constraint {name} of {} stands twice", key.from);
    }
    Ok(())
}

/// Every foreign key has a unique key of the referenced table on exactly its columns.
fn check_targets(catalog: &Catalog) -> Result<(), TestCaseError> {
    for key in &catalog.foreign_keys {
        let to = catalog.tables.iter().find(|table| table.name == key.to).expect("the catalog has the table");
        let columns: BTreeSet<&Name> = key.columns.iter().map(|pair| &pair.to).collect();
        prop_assert_eq!(columns.len(), key.columns.len(), "a column stands twice in {}", &key.name);
        let keys = to.keys().filter(|key| key.timing == Timing::Immediate).map(|key| key.columns.iter().collect());
        let indexes = to.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
        let indexes =
            indexes.filter(|index| index.elements.iter().all(|element| matches!(element.part, IndexPart::Column(_))));
        let indexes = indexes.map(|index| {
            index.elements.iter().filter_map(|element| match &element.part {
                IndexPart::Column(column) => Some(column),
                IndexPart::Expression(_) => None,
            })
        });
        let mut targets = keys.chain(indexes.map(Iterator::collect::<BTreeSet<&Name>>));
        prop_assert!(targets.any(|target| target == columns), "{} of {} has no key to reference", key.name, key.from);
    }
    Ok(())
}

/// Walks through the distribution with the foreign keys that are there at each moment.
fn check_distribution(catalog: &Catalog, plan: &Plan) -> Result<(), TestCaseError> {
    let mut live: BTreeMap<(TableName, Name), ForeignKey> = BTreeMap::new();
    for key in &plan.prepared(catalog.clone()).foreign_keys {
        live.insert((key.from.clone(), key.name.clone()), key.clone());
    }
    let before = live.clone();
    let mut placed: BTreeSet<&TableName> = BTreeSet::new();
    for change in plan.phase(PhaseKind::Distribute).steps.iter().flat_map(|step| &step.changes) {
        let (table, concurrent) = match change {
            Change::DropForeignKey { table, name, .. } => {
                prop_assert!(
                    live.remove(&(table.clone(), name.clone())).is_some(),
                    "{name} of {table} is away already"
                );
                continue;
            }
            Change::AddForeignKey { foreign_key: key } => {
                let there = live.insert((key.from.clone(), key.name.clone()), ForeignKey::clone(key));
                prop_assert!(there.is_none(), "{} is there already", key.name);
                continue;
            }
            Change::CreateReferenceTable { table } => (table, false),
            Change::Distribute { table, method, .. } => (table, *method == Method::Concurrent),
            _ => continue,
        };
        for key in live.values() {
            let (from, to) = (placed_for(catalog, &key.from), placed_for(catalog, &key.to));
            prop_assert!(!concurrent || (from != table && to != table), "{} must be away for {table}", key.name);
            let early = from == table && to != table && !placed.contains(to);
            let local = plan.order.iter().all(|one| one.table != *to);
            prop_assert!(!early || local, "{} leads from {table} to {to}, which comes later", key.name);
        }
        placed.insert(table);
    }
    let names = |keys: &BTreeMap<(TableName, Name), ForeignKey>| keys.keys().cloned().collect::<Vec<_>>();
    prop_assert_eq!(names(&live), names(&before), "all come back");
    Ok(())
}

/// All in one step that first takes every lock which it needs, referencing tables before referenced ones outside of cycles.
fn check_atomic(catalog: &Catalog, plan: &Plan) -> Result<(), TestCaseError> {
    let [step] = &plan.phase(PhaseKind::Distribute).steps[..] else { panic!("all in one step") };
    let locks = step.changes.iter().find_map(|change| match change {
        Change::LockTables { locks } => Some(locks),
        _ => None,
    });
    let locks = locks.expect("the locks come first");
    let places: BTreeMap<&TableName, usize> = locks.iter().enumerate().map(|(at, lock)| (&lock.table, at)).collect();
    prop_assert_eq!(places.len(), plan.order.len(), "each placed table is locked once");
    for lock in &step.locks {
        let place = places.get(placed_for(catalog, &lock.table));
        prop_assert!(place.is_some_and(|at| locks[*at].mode >= lock.mode), "{} is locked too late", lock.table);
    }
    let place = |table: &TableName| places.get(placed_for(catalog, table)).copied();
    let edge = |key: &ForeignKey| place(&key.from).zip(place(&key.to)).filter(|(from, to)| from != to);
    let edges: Vec<_> = plan.foreign_keys.iter().filter_map(|verdict| edge(verdict.after()?)).collect();
    let reach = reachable(&edges, locks.len());
    for (from, to) in edges {
        prop_assert!(from < to || reach[to][from], "{} is locked after {}", locks[from].table, locks[to].table);
    }
    for verdict in plan.foreign_keys.iter().filter(|verdict| verdict.after().and_then(edge).is_some()) {
        prop_assert_eq!(&verdict.suspension, &None, "{} is seen to be away", &verdict.foreign_key.name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn each_table_stands_once_and_referenced_ones_come_first(Sample { catalog, key } in samples()) {
        let (_, plan) = open_plan(&catalog, &key);
        let names: Vec<_> = plan.tables.iter().map(|table| &table.name).collect();
        prop_assert_eq!(names, catalog.tables.iter().map(|table| &table.name).collect::<Vec<_>>());

        let places: BTreeMap<&TableName, usize> =
            plan.order.iter().enumerate().map(|(at, placing)| (&placing.table, at)).collect();
        prop_assert_eq!(places.len(), plan.order.len(), "a table is placed twice");
        let place = |table: &TableName| places.get(placed_for(&catalog, table)).copied();
        let edge = |key: &ForeignKey| place(&key.from).zip(place(&key.to)).filter(|(from, to)| from != to);
        let edges: Vec<_> = plan.foreign_keys.iter().filter_map(|verdict| edge(verdict.after()?)).collect();
        let reach = reachable(&edges, plan.order.len());
        for verdict in &plan.foreign_keys {
            let Some((from, to)) = verdict.after().and_then(edge) else { continue };
            let name = &verdict.foreign_key.name;
            let online = [from, to].iter().all(|at| is_online(&plan.order[*at]));
            prop_assert!(to < from || online || reach[to][from], "{} leads forward outside of a cycle", name);
            prop_assert!(to < from || verdict.suspension.is_some(), "{} leads forward and is not away", name);
        }
        check_distribution(&catalog, &plan)?;
    }

    #[test]
    fn each_strategy_keeps_its_promise(Sample { catalog, key } in samples(), at in 0..Strategy::ALL.len()) {
        let strategy = Strategy::ALL[at];
        let Some((_, plan)) = try_open_plan(strategy, &catalog, &key) else {
            // A root that cannot have a shadow is the one table that no rule can leave where it is.
            prop_assert_eq!(strategy, Strategy::Shadow);
            return Ok(());
        };
        prop_assert_eq!(plan.strategy, strategy);
        prop_assert_eq!(&Plan::from_json(&plan.to_json()).unwrap(), &plan);
        if strategy != Strategy::Shadow {
            check_distribution(&catalog, &plan)?;
        }
        let (failures, _) = unparsed(&plan);
        prop_assert!(failures.is_empty(), "{}", failures.join("\n"));
        if strategy == Strategy::Atomic {
            check_atomic(&catalog, &plan)?;
        }
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(Sample { catalog, key } in samples(), seed in any::<u64>()) {
        let other = shuffled(catalog.clone(), seed);
        let (plan, again) = (first_plan(&catalog, &key), first_plan(&other, &key));
        prop_assert_eq!(plan.to_json(), again.to_json());
        prop_assert_eq!(shardplan_sql::render(&plan), shardplan_sql::render(&again));
        let ((_, plan), (_, again)) = (open_plan(&catalog, &key), open_plan(&other, &key));
        prop_assert_eq!(plan.to_json(), again.to_json());
        prop_assert_eq!(shardplan_sql::render(&plan), shardplan_sql::render(&again));
    }

    #[test]
    fn an_unrelated_table_changes_nothing(Sample { catalog, key } in samples(), first in any::<bool>()) {
        let schema = if first { "\u{1}" } else { "\u{10ffff}" };
        let name = TableName::new(schema, "t");
        let mut table = Table::new(name.clone());
        table.columns.push(shardplan::Column { not_null: true, ..shardplan::Column::new("other", "bigint") });
        let mut larger = catalog.clone();
        larger.tables.push(table);
        let mut plan = first_plan(&larger, &key);
        let unrelated = plan.tables.iter().position(|planned| planned.name == name).expect("it is planned for");
        prop_assert_eq!(plan.tables.remove(unrelated).placement, Placement::Local);
        let expected = first_plan(&catalog, &key);
        prop_assert_ne!(std::mem::replace(&mut plan.fingerprint, expected.fingerprint.clone()), expected.fingerprint.clone());
        prop_assert_eq!(plan, expected);
    }

    #[test]
    fn catalogs_and_plans_survive_json(Sample { catalog, key } in samples()) {
        prop_assert_eq!(Catalog::from_json(&catalog.to_json()).unwrap(), catalog.clone());
        let plan = first_plan(&catalog, &key);
        prop_assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        let (_, plan) = open_plan(&catalog, &key);
        prop_assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
    }

    #[test]
    fn names_survive_sql(Sample { catalog, .. } in samples()) {
        let text = ddl::text(&catalog);
        let parsed = Catalog::from_ddl(&text);
        prop_assert_eq!(parsed.skipped, vec![], "{}", text);
        prop_assert_eq!(parsed.catalog.structure(), catalog.structure(), "{}", text);
    }

    #[test]
    fn the_distribution_column_is_in_every_key_and_foreign_key(Sample { catalog, key } in samples()) {
        let (_, plan) = open_plan(&catalog, &key);
        let prepared = plan.prepared(catalog.clone());
        for table in &prepared.tables {
            let Some(column) = distribution_column(&plan, &table.name) else { continue };
            prop_assert!(table.column(column).is_some_and(|column| column.not_null), "{} may be NULL", column);
            for (name, columns) in uniques(table) {
                prop_assert!(columns.contains(&column), "{} of {} lacks {}", name, &table.name, column);
            }
        }
        for key in plan.foreign_keys.iter().filter_map(|verdict| verdict.after()) {
            let columns = distribution_column(&plan, &key.from).zip(distribution_column(&plan, &key.to));
            let Some((from, to)) = columns else { continue };
            let pairs = key.columns.iter().any(|pair| pair.from == *from && pair.to == *to);
            prop_assert!(pairs, "{} does not pair {} with {}", &key.name, from, to);
        }
        check_targets(&prepared)?;
    }

    #[test]
    fn after_the_preparation_nothing_is_left_to_prepare(Sample { catalog, key } in samples()) {
        let (rules, plan) = open_plan(&catalog, &key);
        let prepared = plan.prepared(catalog.clone());
        let mut rules = Rules { foreign_keys: BTreeMap::new(), ..rules };
        // What was assumed for a column's name is said the second time: a foreign key on it speaks against the assumption.
        let assumed = plan.tables.iter().filter(|table| table.reason == Reason::SameColumn).map(|table| &table.name);
        // And so is an added column that no foreign key speaks for, as its finding advises.
        let unsaid = plan.findings.iter().filter(|finding| finding.rule == "added-column-unsaid");
        for table in assumed.chain(unsaid.filter_map(|finding| finding.table.as_ref())) {
            let column = distribution_column(&plan, table).cloned();
            let reason = Some("the first plan said so".to_owned());
            rules.tables.insert(table.clone(), TableRule { column, reason, ..TableRule::default() });
        }
        // A foreign key that is given up may have been what spoke against an assumption.
        for verdict in plan.foreign_keys.iter().filter(|verdict| verdict.fate == ForeignKeyFate::GivenUp) {
            let table = &verdict.foreign_key.from;
            let planned = plan.tables.iter().find(|planned| planned.name == *table).expect("every table is planned");
            let class = match planned.placement {
                Placement::Reference => Some(ForcedClass::Reference),
                Placement::Local => Some(ForcedClass::Local),
                Placement::Distributed { .. } => None,
            };
            if class.is_some() && !matches!(planned.reason, Reason::PartitionOf(_)) {
                let reason = Some("the first plan said so".to_owned());
                rules.tables.insert(table.clone(), TableRule { class, reason, ..TableRule::default() });
            }
        }
        let graph = graph(&prepared);
        let again = Plan::new(&Classification::new(&graph, &rules).unwrap());
        let class = |placement: &Placement| match placement {
            Placement::Distributed { column, .. } => Some(column.clone()),
            Placement::Reference => Some(Name::from("reference")),
            Placement::Local => None,
        };
        for (before, after) in plan.tables.iter().zip(&again.tables) {
            prop_assert_eq!(class(&before.placement), class(&after.placement), "{}", &before.name);
            let backfill = matches!(after.placement, Placement::Distributed { backfill: Some(_), .. });
            prop_assert!(!backfill, "{} is to be filled again", &after.name);
        }
        prop_assert_eq!(again.blockers().map(|finding| &finding.message).collect::<Vec<_>>(), Vec::<&String>::new());
        for kind in [PhaseKind::UnifyTypes, PhaseKind::AddColumns, PhaseKind::Backfill, PhaseKind::UniqueIndexes, PhaseKind::Keys] {
            let changes: Vec<_> = again.phase(kind).steps.iter().map(|step| &step.changes).collect();
            prop_assert!(changes.is_empty(), "{} again: {:?}", kind, changes);
        }
    }

    #[test]
    fn names_are_free_when_they_are_taken_and_every_undo_leads_back(Sample { catalog, key } in samples()) {
        let (_, plan) = open_plan(&catalog, &key);
        let mut state = catalog.clone();
        let steps = plan.phases.iter().filter(|phase| phase.kind.is_preparation()).flat_map(|phase| &phase.steps);
        let steps: Vec<&Step> = steps.collect();
        for step in &steps {
            for change in &step.changes {
                state = only(&plan, std::slice::from_ref(change), step).prepared(state);
                check_names(&state)?;
            }
        }
        prop_assert_eq!(&state, &plan.prepared(catalog.clone()));
        // A key that a partitioned table gets back gets parts with names of the server's choice.
        if catalog.tables.iter().any(|table| table.partition_of.is_some()) {
            return Ok(());
        }
        for step in steps.iter().rev() {
            let Undo::Changes(groups) = &step.undo else { continue };
            for group in groups {
                // The script leaves out a foreign key that the swap of its key has brought back already.
                let there = |new: &ForeignKey| {
                    state.foreign_keys.iter().any(|key| (&key.from, &key.name) == (&new.from, &new.name))
                };
                if matches!(&group[..], [Change::AddForeignKey { foreign_key }, ..] if there(foreign_key)) {
                    continue;
                }
                for change in group {
                    state = only(&plan, std::slice::from_ref(change), step).prepared(state);
                    check_names(&state)?;
                }
            }
        }
        let expected = fixtures::replaced_last(&plan, catalog);
        prop_assert_eq!(ddl::text(&state), ddl::text(&expected));
        prop_assert_eq!(state, expected);
    }

    #[test]
    fn every_rendered_statement_parses(Sample { catalog, key } in samples()) {
        for plan in [first_plan(&catalog, &key), open_plan(&catalog, &key).1] {
            let (failures, _) = unparsed(&plan);
            prop_assert!(failures.is_empty(), "{}", failures.join("\n"));
        }
    }
}

/// Properties say little about catalogs that never come up.
#[test]
fn the_generator_makes_what_the_properties_are_about() {
    let mut runner = TestRunner::deterministic();
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..100 {
        let Sample { catalog, key } = samples().new_tree(&mut runner).unwrap().current();
        let (_, plan) = open_plan(&catalog, &key);
        let filled = |part: bool| {
            plan.phase(PhaseKind::AddColumns).steps.iter().any(|step| {
                catalog
                    .tables
                    .iter()
                    .any(|table| (table.name == step.table) && (table.kind != shardplan::TableKind::Ordinary) == part)
            })
        };
        let facts = [
            ("open from the start", !first_plan(&catalog, &key).is_blocked()),
            ("backfill", filled(false)),
            ("backfill of a partitioned table", filled(true)),
            ("cycle", graph(&catalog).cycles().iter().any(|cycle| cycle.tables.len() > 1)),
            ("self-reference", catalog.foreign_keys.iter().any(|key| key.from == key.to)),
            ("composite foreign key", catalog.foreign_keys.iter().any(|key| key.columns.len() > 1)),
            ("reference table", plan.order.iter().any(|placing| placing.as_what == PlacedAs::Reference)),
            ("suspension", plan.foreign_keys.iter().any(|verdict| verdict.suspension.is_some())),
        ];
        facts.iter().filter(|(_, holds)| *holds).for_each(|(fact, _)| *met.entry(fact).or_default() += 1);
    }
    assert_eq!(met.len(), 8, "{met:?}");
    assert!(met.values().all(|count| *count >= 5), "{met:?}");
}

//! A random catalog comes in, a plan for it that is not blocked goes out, with the rules that a person would have had to write.

use shardplan::{
    Action, Catalog, Classification, DistributionKey, ForcedClass, ForeignKey, ForeignKeyRule, Plan, Rules,
    SchemaGraph, Strategy, TableRule,
};

/// More rules than any catalog needs.
const MOST_RULES: usize = 1_000;

/// Its graph.
pub(crate) fn graph(catalog: &Catalog) -> SchemaGraph {
    SchemaGraph::new(catalog.clone()).expect("the generator makes catalogs that hold together")
}

fn plan(graph: &SchemaGraph, rules: &Rules) -> Option<Plan> {
    Some(Plan::new(&Classification::new(graph, rules).ok()?))
}

/// A plan that is not blocked, with rules that give up the foreign keys that block it and leave blocking tables local.
pub(crate) fn open_plan(catalog: &Catalog, key: &DistributionKey) -> (Rules, Plan) {
    try_open_plan(Strategy::Combined, catalog, key).expect("the generator makes catalogs that rules can unblock")
}

/// The same with a strategy, and of any catalog; none if the root itself is what blocks it.
pub(crate) fn try_open_plan(strategy: Strategy, catalog: &Catalog, key: &DistributionKey) -> Option<(Rules, Plan)> {
    let graph = graph(catalog);
    let mut rules = Rules { max_hops: 12, strategy: Some(strategy), ..Rules::new(key.clone()) };
    for _ in 0..MOST_RULES {
        let plan = plan(&graph, &rules)?;
        let Some(blocker) = plan.blockers().next() else { return Some((rules, plan)) };
        let table = blocker.table.clone()?;
        let about_column = blocker.rule == "key-type-differs";
        // An index may have the name of a foreign key that was given up.
        let is_there = |key: &ForeignKey| {
            let rule = rules.foreign_keys.get(&(key.from.clone(), key.name.clone()));
            rule.is_none_or(|rule| !rule.drop)
        };
        let named = |key: &&ForeignKey| !about_column && Some(&key.name) == blocker.object.as_ref() && is_there(key);
        let key = graph.references(&table).find(named);
        let reason = "the test does not want it".to_owned();
        match key {
            Some(key) => {
                // An action is changed, and what stays impossible goes.
                let only_action = blocker.rule == "set-null-with-key";
                let on_delete = only_action.then_some(Action::NoAction);
                let rule = ForeignKeyRule { drop: !only_action, on_delete, on_update: None, reason };
                rules.foreign_keys.insert((table, key.name.clone()), rule);
            }
            None => {
                let class = Some(ForcedClass::Local);
                rules.tables.insert(table, TableRule { class, reason: Some(reason), ..TableRule::default() });
            }
        }
    }
    None
}

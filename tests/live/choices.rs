//! What a person decides about a plan that is blocked: a schema, its key and strategies come in, rules go out under which no
//! blocker is left by any of them, and what has to be done to the schema before. Each blocker gets the first thing that its own
//! text advises and that can be done without knowing the application.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use shardplan::{
    Action, Catalog, Classification, Finding, ForcedClass, ForeignKeyRule, Name, Placement, Plan, Rules, SchemaGraph,
    Strategy, TableName, TableRule,
};

/// No schema needs so many rounds.
const ROUNDS: usize = 100;

/// What was decided.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    pub(crate) rules: Rules,
    /// Run before the plan is made.
    pub(crate) statements: Vec<String>,
    /// How often, by rule and remedy.
    made: BTreeMap<(String, Remedy), usize>,
    /// The foreign keys over which rows get their key.
    pub(crate) paths: BTreeSet<(TableName, Name)>,
}

/// What is done about a blocker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy {
    NoAction,
    GiveUpForeignKey,
    StayLocal,
    DropTrigger,
    DropDependent,
}

/// By rule; every other blocker makes its table stay local.
const REMEDIES: [(&str, Remedy); 9] = [
    ("set-null-with-key", Remedy::NoAction),
    ("foreign-key-across-keys", Remedy::GiveUpForeignKey),
    ("foreign-key-to-distributed", Remedy::GiveUpForeignKey),
    ("foreign-key-to-local", Remedy::GiveUpForeignKey),
    ("foreign-key-without-target", Remedy::GiveUpForeignKey),
    ("shadow-foreign-key", Remedy::GiveUpForeignKey),
    ("trigger", Remedy::DropTrigger),
    ("shadow-dependent", Remedy::DropDependent),
    ("view-made-anew", Remedy::DropDependent),
];

impl Choices {
    /// Decides until nothing blocks.
    ///
    /// # Errors
    /// The blockers about which nothing can be decided.
    pub(crate) fn until_open(catalog: &Catalog, rules: Rules, strategies: &[Strategy]) -> Result<Self, Vec<String>> {
        let mut choices = Self { rules, statements: Vec::new(), made: BTreeMap::new(), paths: BTreeSet::new() };
        let mut catalog = catalog.clone();
        let mut left = Vec::new();
        for _ in 0..ROUNDS {
            let plans = plans(&catalog, &choices.rules, strategies)?;
            let blockers = blockers(&plans);
            if blockers.is_empty() {
                choices.paths = plans.iter().flat_map(paths).collect();
                return Ok(choices);
            }
            left = blockers.iter().filter(|one| !choices.decide(&mut catalog, one)).map(told).collect();
            if left.len() == blockers.len() {
                break;
            }
        }
        Err(left)
    }

    /// Whether something could be decided.
    fn decide(&mut self, catalog: &mut Catalog, blocker: &Finding) -> bool {
        let known = REMEDIES.iter().find(|(rule, _)| *rule == blocker.rule);
        let remedy = known.map_or(Remedy::StayLocal, |(_, remedy)| *remedy);
        let done = match remedy {
            Remedy::NoAction | Remedy::GiveUpForeignKey => self.about_foreign_key(blocker, remedy),
            Remedy::StayLocal => self.stay_local(blocker),
            Remedy::DropTrigger => self.drop_trigger(catalog, blocker),
            Remedy::DropDependent => self.drop_dependent(catalog, blocker),
        };
        if done {
            *self.made.entry((blocker.rule.to_string(), remedy)).or_default() += 1;
        }
        done
    }

    fn about_foreign_key(&mut self, blocker: &Finding, remedy: Remedy) -> bool {
        let (Some(table), Some(name)) = (&blocker.table, &blocker.object) else { return false };
        let action = (remedy == Remedy::NoAction).then_some(Action::NoAction);
        let drop = action.is_none();
        let rule = ForeignKeyRule { drop, on_delete: action, on_update: None, reason: told(blocker) };
        let before = self.rules.foreign_keys.insert((table.clone(), name.clone()), rule);
        before.is_none_or(|before| before.drop != drop)
    }

    fn stay_local(&mut self, blocker: &Finding) -> bool {
        let Some(table) = &blocker.table else { return false };
        let class = Some(ForcedClass::Local);
        let rule = TableRule { class, reason: Some(told(blocker)), ..TableRule::default() };
        self.rules.tables.insert(table.clone(), rule.clone()).is_none_or(|before| before.class != rule.class)
    }

    fn drop_trigger(&mut self, catalog: &mut Catalog, blocker: &Finding) -> bool {
        let table = catalog.tables.iter_mut().find(|table| Some(&table.name) == blocker.table.as_ref());
        let (Some(table), Some(name)) = (table, &blocker.object) else { return false };
        table.triggers.retain(|trigger| trigger.name != *name);
        self.statements.push(format!("DROP TRIGGER {name} ON {};", table.name.qualified()));
        true
    }

    /// Functions of the name that the message says, and materialized views.
    fn drop_dependent(&mut self, catalog: &mut Catalog, blocker: &Finding) -> bool {
        let said = |name: &str| blocker.message.contains(&format!("`{name}`"));
        let before = self.statements.len();
        for function in catalog.functions.iter().filter(|function| said(&function.name.to_string())) {
            let arguments: Vec<&str> = function.arguments.iter().map(|of| of.as_str()).collect();
            let of = format!("{}({})", function.name.qualified(), arguments.join(", "));
            self.statements.push(format!("DROP ROUTINE {of};"));
        }
        catalog.functions.retain(|function| !said(&function.name.to_string()));
        for view in catalog.views.iter().filter(|view| view.materialized && said(&view.name.to_string())) {
            self.statements.push(format!("DROP MATERIALIZED VIEW {};", view.name.qualified()));
        }
        catalog.views.retain(|view| !view.materialized || !said(&view.name.to_string()));
        self.statements.len() > before
    }
}

impl fmt::Display for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made: Vec<String> =
            self.made.iter().map(|((rule, remedy), count)| format!("{count} × {rule}: {remedy:?}")).collect();
        if made.is_empty() { f.write_str("no choices") } else { f.write_str(&made.join(", ")) }
    }
}

fn told(blocker: &Finding) -> String {
    let table = blocker.table.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{} {table}: {}", blocker.rule, blocker.message)
}

/// The plans by all strategies.
fn plans(catalog: &Catalog, rules: &Rules, strategies: &[Strategy]) -> Result<Vec<Plan>, Vec<String>> {
    let said = |error: shardplan::Error| vec![error.to_string()];
    let graph = SchemaGraph::new(catalog.clone()).map_err(said)?;
    let plan = |strategy: &Strategy| {
        let rules = Rules { strategy: Some(*strategy), ..rules.clone() };
        Ok(Plan::new(&Classification::new(&graph, &rules).map_err(said)?))
    };
    strategies.iter().map(plan).collect()
}

/// Their blockers, each once.
fn blockers(plans: &[Plan]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let all = plans.iter().flat_map(Plan::blockers);
    let mut all: Vec<Finding> = all.filter(|blocker| seen.insert(told(blocker))).cloned().collect();
    // What the simulated cluster says of a plan that is blocked anyway follows from that.
    let follows = |one: &Finding| ["refused-step", "unkept-promise"].contains(&&*one.rule);
    if !all.iter().all(follows) {
        all.retain(|one| !follows(one));
    }
    all
}

/// The foreign keys over which a plan derives keys.
fn paths(plan: &Plan) -> Vec<(TableName, Name)> {
    let paths = plan.tables.iter().filter_map(|table| match &table.placement {
        Placement::Distributed { backfill, .. } => backfill.as_ref(),
        _ => None,
    });
    paths.flat_map(|path| &path.hops).map(|hop| (hop.from.clone(), hop.foreign_key.clone())).collect()
}

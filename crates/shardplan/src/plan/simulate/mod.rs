//! What a cluster would answer to a plan, before anybody runs it: a plan and the schema that it was made for come in; the first
//! refusal, what is altered without a word, which foreign keys are not enforced from when to when, and what the plan does not
//! keep go out. Knows no server.

mod alteration;
mod cluster;
mod exchanged;
mod foreign_key;
mod gaps;
mod placing;
mod proof;
mod refusal;
mod schema;
mod shadow;

pub use alteration::Alteration;
pub use cluster::{Cluster, Standing};
pub use gaps::{Gap, Unenforced};
pub use proof::Unkept;
pub use refusal::Refusal;

pub(super) use schema::Schema;

use foldhash::HashSet;

use self::gaps::Gaps;
use super::Plan;
use super::change::Change;
use super::step::{PhaseKind, Step, Transaction};
use super::verdict::ForeignKeyFate;
use crate::catalog::{Catalog, ForeignKey};
use crate::citus;
use crate::finding::Finding;
use crate::name::{Name, TableName};

impl Plan {
    /// The schema that the plan promises once all phases before the distribution have run on this one.
    pub fn prepared(&self, catalog: Catalog) -> Catalog {
        let phases = self.phases.iter().filter(|phase| phase.kind.is_preparation());
        Schema::after(catalog, phases).into_catalog()
    }
}

/// A step of a plan: its phase, and its number in it, from 0.
pub type At = (PhaseKind, usize);

/// What a cluster would answer to all steps of a plan, in their order. It ends at the first refusal, like the scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulation {
    /// The step that the cluster refuses, and why.
    pub refusal: Option<(At, Refusal)>,
    /// What the cluster alters besides what a step is for.
    pub alterations: Vec<(At, Alteration)>,
    /// The foreign keys that are not enforced for a while.
    pub gaps: Vec<Gap>,
    /// What is not as the plan promises once all steps are done.
    pub unkept: Vec<Unkept>,
}

impl Simulation {
    /// Runs a plan on the schema that it was made for.
    #[must_use]
    pub fn new(plan: &Plan, catalog: Catalog) -> Self {
        let mut cluster = Cluster::new(catalog);
        let mut simulation = Self::default();
        let mut gaps = Gaps::default();
        let mut prepared = None;
        for phase in &plan.phases {
            if !phase.kind.is_preparation() && prepared.is_none() {
                prepared = Some(proof::Prepared::of(&cluster));
            }
            // Only the script of the distribution turns this off.
            cluster.convert_local_tables(phase.kind > PhaseKind::Distribute);
            for (at, step) in phase.steps.iter().enumerate() {
                let at = (phase.kind, at);
                match run(&mut cluster, step, at, &mut gaps) {
                    Ok(altered) => simulation.alterations.extend(altered.into_iter().map(|it| (at, it))),
                    Err(refusal) => {
                        simulation.refusal = Some((at, refusal));
                        return simulation;
                    }
                }
            }
        }
        simulation.gaps = gaps.into_list();
        // Of a foreign key that the rules give up nothing is promised.
        let given_up: HashSet<(&TableName, &Name)> = given_up(plan).map(|key| (&key.from, &key.name)).collect();
        simulation.gaps.retain(|gap| !given_up.contains(&(&gap.table, &gap.foreign_key)));
        simulation.unkept = prepared.map(|prepared| proof::unkept(plan, &cluster, &prepared)).unwrap_or_default();
        let open = simulation.gaps.iter().filter(|gap| gap.until.is_none());
        simulation.unkept.extend(open.map(Gap::never_ends));
        let gone = simulation.alterations.iter().filter(|(_, altered)| altered.can_be_put_back());
        simulation.unkept.extend(gone.map(|(_, altered)| Unkept::Altered(altered.clone())));
        simulation
    }
}

fn given_up(plan: &Plan) -> impl Iterator<Item = &ForeignKey> {
    let verdicts = plan.foreign_keys.iter().filter(|verdict| verdict.fate == ForeignKeyFate::GivenUp);
    verdicts.map(|verdict| &verdict.foreign_key)
}

/// What a plan must not be handed out without: a blocker for the step that a cluster would refuse, and for each promise that
/// would not be kept. There is none unless the planner is wrong, which is why it is looked for.
pub(super) fn findings(plan: &Plan, simulation: &Simulation) -> Vec<Finding> {
    let refused = simulation.refusal.iter().map(|((phase, at), refusal)| {
        let table = &plan.phase(*phase).steps[*at].table;
        finding("refused-step", table, format!("step {} of the phase {phase} would be refused: {refusal}", at + 1))
    });
    let unkept = simulation.unkept.iter().map(|unkept| finding("unkept-promise", unkept.table(), unkept.to_string()));
    refused.chain(unkept).collect()
}

/// A finding of the planner about a plan that is made.
pub(super) fn finding(rule: &str, table: &TableName, message: String) -> Finding {
    Finding::of(citus::rule(rule).expect("the table of rules has them"), table, message)
}

fn run(cluster: &mut Cluster, step: &Step, at: At, gaps: &mut Gaps) -> Result<Vec<Alteration>, Refusal> {
    let in_transaction = step.transaction == Transaction::Required;
    let mut altered = Vec::new();
    for change in &step.changes {
        altered.extend(cluster.apply(change, in_transaction)?);
        if *change == Change::PutBack {
            altered.retain(|altered: &Alteration| !altered.can_be_put_back());
        }
        if !at.0.is_preparation() {
            gaps.note(cluster, change, at);
        }
    }
    Ok(altered)
}

#[cfg(test)]
mod tests;

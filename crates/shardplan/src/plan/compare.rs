//! The choice of a strategy by numbers: a graph and rules come in, a plan by each strategy and the best one within the limits go
//! out. Knows no strategy by its steps, only by what it costs.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cost::{Estimate, Figures};
use super::limits::{Fit, fits};
use super::{Plan, accept, simulate};
use crate::classify::{Classification, Rules, Strategy};
use crate::error::Error;
use crate::finding::{self, Finding};
use crate::graph::SchemaGraph;

/// What a strategy would cost, and whether that is within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// The strategy.
    pub strategy: Strategy,
    /// What it costs; `None` when it cannot be planned.
    pub figures: Option<Figures>,
    /// How it stands to the limits.
    pub outlook: Outlook,
}

/// How a strategy stands to the limits of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// Within both, or there are none.
    Within,
    /// Within them as far as sizes are known, and not all of them are.
    Unknown,
    /// Beyond one of them or both.
    Beyond {
        /// By so much a write may wait too long.
        write_block: Duration,
        /// For so much too long a foreign key is not enforced.
        unenforced: Duration,
    },
    /// So many findings block its plan.
    Blocked(usize),
    /// The rules say how some table is distributed, and this strategy chooses for all of them.
    Contradicted,
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within => f.write_str("within"),
            Self::Unknown => f.write_str("nobody knows"),
            Self::Blocked(blockers) => write!(f, "blocked: {blockers}"),
            Self::Contradicted => f.write_str("the rules say how single tables are distributed"),
            Self::Beyond { write_block, unenforced } => {
                let parts = [("waits", write_block), ("foreign keys", unenforced)];
                let parts = parts.into_iter().filter(|(_, over)| !over.is_zero());
                let parts: Vec<String> =
                    parts.map(|(what, over)| format!("{what} {} beyond", Estimate::About(*over))).collect();
                f.write_str(&parts.join(", "))
            }
        }
    }
}

impl Outlook {
    fn of(figures: &Figures, rules: &Rules) -> Self {
        let over = |fit| if let Fit::Beyond(over) = fit { over } else { Duration::ZERO };
        let (write_block, unenforced) = fits(figures, rules);
        match (write_block, unenforced) {
            (Fit::Beyond(_), _) | (_, Fit::Beyond(_)) => {
                Self::Beyond { write_block: over(write_block), unenforced: over(unenforced) }
            }
            (Fit::Unknown, _) | (_, Fit::Unknown) => Self::Unknown,
            (Fit::Within, Fit::Within) => Self::Within,
        }
    }
}

/// The plans by all strategies side by side, and the one that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    candidates: Vec<Candidate>,
    plans: Vec<Plan>,
    chosen: usize,
}

impl Comparison {
    /// Plans by every strategy. A strategy that the rules name is taken, and the limits that it breaks are findings of its plan.
    /// Else the best one within the limits is: the one with the fewest seconds of unenforced foreign keys together, then the
    /// one with the shortest longest wait of a write, then the one that takes the least time, then the first of
    /// [`Strategy::ALL`]. What is unknown counts as longer than all that is known; a strategy of which nobody knows whether it is
    /// within the limits is taken only if none is known to be. If all are beyond them, the plan that is so by the least has a
    /// blocker that says of each by how much.
    ///
    /// # Errors
    /// Those of [`Classification::new`], and [`Error::Override`] for an accepted finding that no plan has, or that is a blocker.
    pub fn new(graph: &SchemaGraph, rules: &Rules) -> Result<Self, Error> {
        let mut comparison = Self { candidates: Vec::new(), plans: Vec::new(), chosen: 0 };
        for strategy in Strategy::ALL {
            comparison.add(graph, rules, strategy)?;
        }
        accept::check(&comparison.plans, rules)?;
        let chosen = match rules.strategy {
            Some(strategy) => comparison.plans.iter().position(|plan| plan.strategy == strategy),
            None => comparison.choose(),
        };
        comparison.chosen = chosen.unwrap_or_default();
        if rules.strategy.is_none() {
            comparison.report();
        }
        let candidates = comparison.candidates.clone();
        comparison.plans[comparison.chosen].candidates = candidates;
        Ok(comparison)
    }

    fn add(&mut self, graph: &SchemaGraph, rules: &Rules, strategy: Strategy) -> Result<(), Error> {
        let by_table = rules.tables.values().any(|rule| rule.method.is_some());
        let candidate = if by_table && strategy != Strategy::Combined && rules.strategy != Some(strategy) {
            Candidate { strategy, figures: None, outlook: Outlook::Contradicted }
        } else {
            let rules = Rules { strategy: Some(strategy), ..rules.clone() };
            let plan = Plan::new(&Classification::new(graph, &rules)?);
            let figures = plan.cost.as_ref().map(|cost| cost.figures);
            let blocked = Outlook::Blocked(plan.blockers().count());
            let outlook = figures.map_or(blocked, |figures| Outlook::of(&figures, &rules));
            self.plans.push(plan);
            Candidate { strategy, figures, outlook }
        };
        self.candidates.push(candidate);
        Ok(())
    }

    /// The place of the best plan; none if all are blocked.
    fn choose(&self) -> Option<usize> {
        let rank = |candidate: &Candidate| {
            let figures = candidate.figures?;
            let (rank, over) = match candidate.outlook {
                Outlook::Within => (0, Duration::ZERO),
                Outlook::Unknown => (1, Duration::ZERO),
                Outlook::Beyond { write_block, unenforced } => (2, write_block.saturating_add(unenforced)),
                Outlook::Blocked(_) | Outlook::Contradicted => return None,
            };
            Some((rank, over, figures.unenforced, figures.longest_write_wait, figures.total))
        };
        let ranked = self.candidates.iter().filter_map(|one| Some((rank(one)?, one.strategy)));
        // Of equal ones the first is the least.
        let (_, best) = ranked.min_by_key(|(rank, _)| *rank)?;
        self.plans.iter().position(|plan| plan.strategy == best)
    }

    /// Says that no strategy is within the limits.
    fn report(&mut self) {
        let is_beyond = |one: &Candidate| matches!(one.outlook, Outlook::Beyond { .. });
        let chosen = self.plan().strategy;
        if !self.candidates.iter().any(|one| one.strategy == chosen && is_beyond(one)) {
            return;
        }
        let by_how_much: Vec<String> = self.candidates.iter().filter_map(too_long).collect();
        let message = format!("no strategy is within the limits: {}", by_how_much.join("; "));
        let plan = &mut self.plans[self.chosen];
        let found: Finding = simulate::finding("no-strategy-fits", &plan.key.table, message);
        plan.findings.push(found);
        finding::sort(&mut plan.findings);
    }

    /// What each strategy costs, in the order of [`Strategy::ALL`].
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The plan that was chosen, with all [candidates](Plan::candidates).
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plans[self.chosen]
    }

    /// The plan that was chosen, alone.
    #[must_use]
    pub fn into_plan(mut self) -> Plan {
        self.plans.swap_remove(self.chosen)
    }

    /// The plan by each strategy that the rules do not contradict, blocked ones included.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }
}

/// By how much a strategy is beyond the limits.
fn too_long(candidate: &Candidate) -> Option<String> {
    let Outlook::Beyond { write_block, unenforced } = candidate.outlook else { return None };
    let parts = [("a write may wait", write_block), ("a foreign key is not enforced", unenforced)];
    let parts = parts.into_iter().filter(|(_, over)| !over.is_zero());
    let parts: Vec<String> = parts.map(|(what, over)| format!("{what} {} too long", Estimate::About(over))).collect();
    Some(format!("with `{}` {}", candidate.strategy, parts.join(" and ")))
}

#[cfg(test)]
mod tests;

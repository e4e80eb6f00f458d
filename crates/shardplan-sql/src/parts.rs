//! A phase and its script come in, the script in parts that a session of psql can run one by one goes out.

use shardplan::Phase;

use crate::quote::comment;

/// A part of a script; in their order, the parts are the whole script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'s> {
    /// What psql runs, in the session that ran the parts before it.
    pub text: &'s str,
    /// The number of the step that it begins with; `None` for what a script does before its steps.
    pub step: Option<usize>,
}

/// Cuts the script of a phase before each of its steps, so that who runs it can tell which one is under way. Steps that a script
/// does not write one by one, and those inside of one condition, stay together.
#[must_use]
pub fn parts<'s>(phase: &Phase, script: &'s str) -> Vec<Part<'s>> {
    let mut cuts = vec![(0, None)];
    let mut from = 0;
    for (at, step) in phase.steps.iter().enumerate() {
        let mut title = "\n".to_owned();
        comment(&mut title, format_args!("{}: {}.", step.table, step.why));
        if let Some(found) = script[from..].find(&title) {
            // The title stands after a line break.
            cuts.push((from + found + 1, Some(at)));
            from += found + title.len() - 1;
        }
    }
    let mut parts: Vec<Part<'s>> = Vec::new();
    let mut begin = 0;
    let ends = cuts.iter().skip(1).map(|(cut, _)| *cut).chain([script.len()]);
    let mut step = None;
    for ((cut, at), end) in cuts.iter().zip(ends) {
        step = if begin == *cut { *at } else { step };
        // A condition must be closed in the text that opens it.
        if is_closed(&script[begin..end]) {
            parts.push(Part { text: &script[begin..end], step });
            begin = end;
        }
    }
    if begin < script.len() {
        parts.push(Part { text: &script[begin..], step });
    }
    parts
}

fn is_closed(text: &str) -> bool {
    let lines = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    lines("\\if ") == lines("\\endif")
}

#[cfg(test)]
mod tests {
    use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph, Strategy};

    use super::parts;

    #[test]
    fn the_parts_are_the_script_and_begin_with_its_steps() {
        let schema = include_str!("../../../fixtures/tailspin/schema.sql");
        let graph = SchemaGraph::new(Catalog::from_ddl(schema).catalog).unwrap();
        for strategy in [Strategy::Combined, Strategy::Atomic, Strategy::Online, Strategy::Shadow] {
            let rules = Rules { strategy: Some(strategy), ..Rules::new("stores.store_id".parse().unwrap()) };
            let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
            let scripts = crate::render(&plan);
            for (phase, script) in plan.phases.iter().zip(&scripts[1..]) {
                let parts = parts(phase, &script.text);
                let whole: String = parts.iter().map(|part| part.text).collect();
                assert_eq!(whole, script.text, "{strategy} {}", phase.kind);
                for part in &parts {
                    let Some(step) = part.step.map(|at| &phase.steps[at]) else { continue };
                    let title = format!("-- {}: {}.\n", step.table, step.why);
                    assert!(part.text.starts_with(&title), "{title} does not begin {}", part.text);
                }
            }
            // Where steps are written one by one, each is a part.
            let keys = plan.phases.iter().position(|phase| phase.kind == shardplan::PhaseKind::ForeignKeys).unwrap();
            let steps =
                parts(&plan.phases[keys], &scripts[keys + 1].text).iter().filter(|part| part.step.is_some()).count();
            assert_eq!(steps, plan.phases[keys].steps.len(), "{strategy}");
        }
    }
}

//! What a plan costs, and what the other strategies would, comes in; the part of the runbook that says so goes out.

use std::fmt::Write;
use std::time::Duration;

use shardplan::{Candidate, Cost, Estimate, Figures, Plan};

use crate::markdown::{cell, code};
use crate::put::Put;
use crate::shortlist::shortlist;

/// Waits up to so long are told in one sentence.
const MOMENT: Duration = Duration::from_millis(50);

/// Writes it, if there is anything to say.
pub(crate) fn write(text: &mut String, plan: &Plan) {
    if plan.cost.is_none() && plan.candidates.is_empty() {
        return;
    }
    text.push_str("## What it costs\n\n");
    text.push_str(
        "From the sizes of the tables, the copy rate of the rules, and constants that were measured on an idle cluster without fsync. \
         Not in it: what a statement waits for its own lock (the scripts bound that), the load on the server, and the time between \
         two scripts. What depends on a table of unknown size is *at least* so much.\n\n",
    );
    if let Some(cost) = &plan.cost {
        own(text, plan, cost);
    }
    if !plan.candidates.is_empty() {
        beside(text, plan);
    }
}

fn own(text: &mut String, plan: &Plan, cost: &Cost) {
    let Figures { longest_write_wait, longest_unenforced, unenforced, total, bytes_copied, extra_disk } = cost.figures;
    let _ = writeln!(text, "- The longest wait of a write: {longest_write_wait}.");
    if cost.unenforced.is_empty() {
        text.push_str("- No foreign key is unenforced at any time.\n");
    } else {
        let _ = writeln!(text, "- The longest time for which a foreign key is not enforced: {longest_unenforced}.");
        let _ = writeln!(text, "- That time of all foreign keys together: {unenforced}.");
    }
    let _ = writeln!(text, "- The distribution from its first step to its last: {total}.");
    let _ = writeln!(text, "- Copied: {bytes_copied}; stored twice at the worst moment: {extra_disk}.\n");
    waits(text, plan, cost);
    keys(text, plan, cost);
}

fn waits(text: &mut String, plan: &Plan, cost: &Cost) {
    let is_long = |time: Estimate<Duration>| !time.is_known() || time.known() > MOMENT;
    let long: Vec<_> = cost.write_waits.iter().filter(|wait| is_long(wait.longest)).collect();
    if long.is_empty() {
        return;
    }
    text.push_str("| table | the longest wait of a write | all its waits |\n|---|---|---|\n");
    let of_others = long.len() < cost.write_waits.len();
    shortlist(text, plan, long, |text, wait| {
        let _ = writeln!(text, "| {} | {} | {} |", cell(&wait.table), wait.longest, wait.total);
    });
    if of_others {
        text.push_str("\nThe writes of the other tables wait for moments only.\n");
    }
    text.push('\n');
}

fn keys(text: &mut String, plan: &Plan, cost: &Cost) {
    if cost.unenforced.is_empty() {
        return;
    }
    text.push_str("| table | foreign key | not enforced for |\n|---|---|---|\n");
    shortlist(text, plan, &cost.unenforced, |text, key| {
        let (table, name) = (cell(&key.table), cell(key.foreign_key.as_str()));
        let _ = ("| ", table, " | ", name, " | ", format_args!("{}", key.time), " |\n").put(text);
    });
    text.push('\n');
}

fn beside(text: &mut String, plan: &Plan) {
    let strategy = plan.strategy.to_string();
    let _ = writeln!(text, "All strategies, of which this plan follows {}:\n", code(strategy));
    text.push_str(
        "| strategy | longest wait of a write | longest time of a foreign key unenforced | of all of them | in all | copied | stored twice | limits |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for Candidate { strategy, figures, outlook } in &plan.candidates {
        let numbers = match figures {
            Some(Figures { longest_write_wait, longest_unenforced, unenforced, total, bytes_copied, extra_disk }) => {
                format!(
                    "{longest_write_wait} | {longest_unenforced} | {unenforced} | {total} | {bytes_copied} | {extra_disk}"
                )
            }
            None => ["–"; 6].join(" | "),
        };
        let _ = writeln!(text, "| {} | {numbers} | {} |", code(format_args!("{strategy}")), outlook);
    }
    text.push('\n');
}

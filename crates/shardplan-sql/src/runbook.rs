//! A plan comes in, the text that a person reads before and while running it goes out, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use shardplan::{Finding, Method, Phase, PhaseKind, PlacedAs, Placement, Plan, PlannedTable, Severity, Strategy};

use crate::actions;
use crate::after;
use crate::costs;
use crate::markdown::{code, prose, sentence};
use crate::probe::query;
use crate::put::Put;
use crate::script::{Script, path};
use crate::shortlist::shortlist;
use crate::verdicts;

/// The runbook.
pub(crate) fn script(plan: &Plan) -> Script {
    let mut text = String::with_capacity(350 * (plan.findings.len() + plan.tables.len()));
    let _ = writeln!(text, "# Distribution by {}\n", code(format_args!("{}", plan.key)));
    summary(&mut text, plan);
    costs::write(&mut text, plan);
    findings(&mut text, plan);
    if !plan.is_blocked() {
        scripts(&mut text, plan);
        order(&mut text, plan);
    }
    verdicts::tables(&mut text, plan);
    verdicts::keys(&mut text, plan);
    verdicts::foreign_keys(&mut text, plan);
    Script { path: "README.md".to_owned(), text }
}

fn summary(text: &mut String, plan: &Plan) {
    let count = |test: &dyn Fn(&PlannedTable) -> bool| plan.tables.iter().filter(|table| test(table)).count();
    let filled = count(&|table| is_filled(&table.placement));
    let distributed = count(&|table| matches!(table.placement, Placement::Distributed { .. }));
    let reference = count(&|table| table.placement == Placement::Reference);
    let local = count(&|table| table.placement == Placement::Local);
    let _ = writeln!(
        text,
        "{} tables: {} ready, {filled} with a backfill, {reference} reference, {local} local.\n",
        plan.tables.len(),
        distributed - filled
    );
    let _ = writeln!(
        text,
        "For the target {}, with rules {}.\n",
        code(format_args!("{}", plan.target)),
        plan.target.evidence()
    );
    if plan.is_blocked() {
        let _ = writeln!(
            text,
            "**This plan is blocked** ({} blockers below): there are no scripts until each is decided.\n",
            plan.blockers().count()
        );
    }
}

/// Whether a table gets its column from the plan.
fn is_filled(placement: &Placement) -> bool {
    matches!(placement, Placement::Distributed { backfill: Some(_), .. })
}

fn findings(text: &mut String, plan: &Plan) {
    for (severity, title) in
        [(Severity::Blocker, "Blockers"), (Severity::Warning, "Warnings"), (Severity::Notice, "Notices")]
    {
        let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        plan.open(severity).for_each(|finding| by_rule.entry(&finding.rule).or_default().push(finding));
        if by_rule.is_empty() {
            continue;
        }
        let _ = writeln!(text, "## {title}");
        for (rule, findings) in by_rule {
            of_rule(text, plan, rule, &findings);
        }
        text.push('\n');
    }
    accepted(text, plan);
}

/// What somebody has decided to bear, and why.
fn accepted(text: &mut String, plan: &Plan) {
    if plan.accepted().next().is_none() {
        return;
    }
    text.push_str("## Accepted\n\n");
    shortlist(text, plan, plan.accepted(), |text, (Finding { severity, rule, message, .. }, reason)| {
        let _ = writeln!(text, "- {severity} {rule}: {}\n  Accepted: {}", prose(message), prose(reason));
    });
    text.push('\n');
}

/// All findings of a rule; what to do about them once, if it is the same for all. Blockers must be read to the last.
fn of_rule(text: &mut String, plan: &Plan, rule: &str, findings: &[&Finding]) {
    let shared = findings.iter().all(|finding| finding.advice == findings[0].advice);
    let _ = writeln!(text, "\n### {rule} ({})\n", findings.len());
    if shared {
        let _ = writeln!(text, "{}.\n", sentence(&prose(&findings[0].advice)));
    }
    if findings[0].severity == Severity::Blocker {
        findings.iter().for_each(|finding| one(text, finding, shared));
    } else {
        shortlist(text, plan, findings, |text, finding| one(text, finding, shared));
    }
}

/// A finding, with what to do about it unless that is said already.
fn one(text: &mut String, finding: &Finding, is_advised: bool) {
    let advice = (!is_advised).then(|| (". ", sentence(&prose(&finding.advice))));
    let _ = ("- ", prose(&finding.message), advice, "\n").put(text);
    if let Some(probe) = &finding.query {
        let _ = ("  Count them: ", code(query(probe)), "\n").put(text);
    }
    if let Some(choice) = &finding.choice {
        let settings: Vec<String> = choice.settings.iter().map(|setting| code(setting).to_string()).collect();
        let _ =
            writeln!(text, "  In the rules: {} with {}, and a `reason`", code(&choice.under), settings.join(" or "));
    }
}

fn scripts(text: &mut String, plan: &Plan) {
    text.push_str("## How to run it\n\n");
    let distributor = if plan.target.has_superuser() {
        "a superuser, for the distribution"
    } else {
        "for the distribution the administrator of the service, who is no superuser"
    };
    let _ = write!(
        text,
        "Run the scripts with psql in this order, as a role that owns the tables and may create a schema ({distributor}). "
    );
    text.push_str("Each stops at the first error, and can be run again from its start, also when its session or a worker went away in the middle of a call of Citus: it clears what that has left, leaves out what is done and goes on. What the preparation needs on the way lives in the schema `shardplan`.\n\n");
    for (at, phase) in plan.phases.iter().enumerate() {
        let nothing =
            if phase.steps.is_empty() && phase.gates.is_empty() { " (nothing to do for this schema)" } else { "" };
        let _ = writeln!(text, "{}. {}: {}{nothing}", at + 1, code(path(phase.kind)), purpose(phase));
    }
    let _ = writeln!(
        text,
        "\nAt any time {} shows, on all nodes, who waits for whom, how far copies, index builds and moves of shards are, and what failed operations have left. After the verification, {} spreads the shards to workers that were added and gives a large tenant a shard of its own; it says what that locks.",
        code(after::MONITOR),
        code(after::REBALANCE)
    );
    if actions::has_lost(plan) {
        let _ = writeln!(
            text,
            "\n{} makes functions that the application may call where foreign keys lose an action: they delete a row, or change its key, and do what the action did.",
            code(actions::ACTIONS)
        );
    }
    text.push_str("\nEach phase has a script under `undo/` that takes it back; take back the last phase first. ");
    text.push_str(match plan.strategy {
        Strategy::Shadow => "Up to the exchange that drops what was made beside the live tables. The exchange itself is not taken back: each of the scripts stops then and says where the old tables are.\n\n",
        _ => "Up to the keys that is plain PostgreSQL. After the distribution it is `undistribute_table`, which copies every row back under a lock, and only as long as the clean-up has not run.\n\n",
    });
}

fn purpose(phase: &Phase) -> &'static str {
    match phase.kind {
        PhaseKind::Preflight => {
            "prints one table: pass, warn or fail for the schema (is it the one that was planned for), the server, the cluster, its disks and the rows that need a decision, with what to do. Changes nothing. Where it fails over the schema, it fails itself. **Run it again on the cluster's coordinator before the distribution**: what fails there stops that script."
        }
        PhaseKind::UnifyTypes => {
            "gives columns that hold the key in a narrower type the type of the root's: a new column beside each, kept the same by a trigger and filled in batches, takes over all that hangs on the old one. Locks each table for moments. **From here on it is the last column of its table**, also when this is taken back, which rewrites the table under a lock."
        }
        PhaseKind::AddColumns => {
            "adds the distribution column where it is missing. Locks each table for a moment. A prepared statement with `SELECT *` on such a table fails once afterwards (`cached plan must not change result type`): drivers prepare it again, or name the columns before."
        }
        PhaseKind::Triggers => {
            "makes triggers that give new and changed rows their key, and count those that came without it in `shardplan.keyless`. **From here on change the application, at leisure, so that it writes the column.**"
        }
        PhaseKind::Backfill => {
            "fills the added columns in batches; with pg_cron in the background, else in this session. Look at `shardplan.progress`. Then at `shardplan.undecided`: rows without a key, and rows tied to another tenant, wait there for a decision (`shardplan.delete_undecided`, `shardplan.assign_undecided`, or your own UPDATE)."
        }
        PhaseKind::UniqueIndexes => {
            "stops if a row is still without its key; builds the new unique indexes without blocking writers. Takes long on large tables. **Run the next script soon**: as long as the old and the new index are both there, of two `INSERT … ON CONFLICT` that race for the same new key one can fail with a duplicate key (SQLSTATE 23505), and must be tried again."
        }
        PhaseKind::Keys => {
            "lets the new keys and foreign keys take over. Locks tables for moments, never during a scan. **From here on `ON CONFLICT` must name the new keys, and a row without its key is refused.** The plain indexes on the old keys may go once `pg_stat_user_indexes.idx_scan` shows that nothing uses them."
        }
        PhaseKind::HandOver => {
            "takes the triggers away, because Citus accepts none; stops if a row came without its key in the last 24 hours (`shardplan.keyless` says where)."
        }
        PhaseKind::Distribute => {
            "on the cluster's coordinator: makes reference and distributed tables, in the order below. With `PGOPTIONS='-c shardplan.checksums=on'` it counts and hashes all rows before, and the clean-up compares them: only where nobody writes meanwhile, as in a rehearsal."
        }
        PhaseKind::Shadows => {
            "on the cluster's coordinator: makes the tables as they will be, empty, beside the live ones, and puts them in their places."
        }
        PhaseKind::Capture => {
            "from here on triggers note which rows change: each write of the application writes a short row more."
        }
        PhaseKind::Copy => {
            "copies all rows in batches; nobody waits. Can be stopped and run again: it goes on where it stopped."
        }
        PhaseKind::Build => {
            "copies what has changed meanwhile, then builds indexes and foreign keys on the copies, where nobody waits. The copies use as much room as the tables."
        }
        PhaseKind::Exchange => {
            "copies what has changed last and puts the new tables in the place of the old ones, all in one transaction: for that moment, a fraction of a second, their readers and writers wait. Stops if a row came without its key in the last 24 hours (`shardplan.keyless` says where). **Until here everything can be taken back by dropping the copies; from here on the old tables only show what was before.**"
        }
        PhaseKind::ForeignKeys => "validates the foreign keys that had to be away.",
        PhaseKind::CleanUp => "removes the old copies of the rows on the coordinator, and the helpers of the backfill.",
        PhaseKind::Verify => {
            "compares the cluster with what the plan promised, and all shards with the coordinator: foreign keys, their validation, indexes, old rows, leftovers of failed operations. Prints one table. Changes nothing."
        }
    }
}

fn order(text: &mut String, plan: &Plan) {
    text.push_str("## Order of distribution\n\n");
    let _ = writeln!(text, "Strategy {}: {}\n", code(format_args!("{}", plan.strategy)), meaning(plan.strategy));
    shortlist(text, plan, plan.order.iter().enumerate(), |text, (at, placing)| {
        let _ = (at + 1, ". ", code(&placing.table), ": ").put(text);
        let _ = match &placing.as_what {
            PlacedAs::Reference => "reference table\n".put(text),
            PlacedAs::Distributed { column, method } => {
                let who = match method {
                    Method::Blocking => "wait",
                    Method::Concurrent => "go on",
                };
                ("distributed by ", code(column.as_str()), ", its writers ", who, "\n").put(text)
            }
        };
    });
    text.push('\n');
}

/// What a strategy does, and what it costs.
fn meaning(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Combined => {
            "small tables are distributed while their writers wait, large ones and those of unknown size while they go on. Between the first table and the last some foreign keys are away, and the application meets a database of which only a part is distributed."
        }
        Strategy::Atomic => {
            "all tables are distributed in one transaction, so nobody ever sees a foreign key that is not enforced or a database of which only a part is distributed. The writers of all of them wait until it ends, and so do the readers of those with a foreign key."
        }
        Strategy::Shadow => {
            "new tables with the new keys are filled beside the live ones, which only get the added column and triggers that note what changes; all are exchanged at one instant. No foreign key is ever unenforced, and nobody meets a database of which only a part is distributed."
        }
        Strategy::Online => {
            "every table is distributed while its writers go on, unless that would lose something of it. More foreign keys are away than with the others, and the application meets a database of which only a part is distributed."
        }
    }
}

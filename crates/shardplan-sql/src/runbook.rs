//! A plan comes in, the text that a person reads before and while running it goes out, as Markdown.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use shardplan::{
    Finding, ForeignKeyFate, KeyFate, Loss, LostAction, Method, Phase, PhaseKind, PlacedAs, Placement, Plan,
    PlannedTable, Reason, Severity, Strategy, Suspended, Suspension,
};

use crate::actions;
use crate::after;
use crate::costs;
use crate::fold::fold;
use crate::markdown::{cell, code, prose, sentence};
use crate::probe::query;
use crate::put::Put;
use crate::quote::list;
use crate::script::{Script, path};

/// Of so many tables at most a runbook lists everything.
const MOST_TABLES: usize = 100;

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
    tables(&mut text, plan);
    keys(&mut text, plan);
    foreign_keys(&mut text, plan);
    if plan.tables.len() > MOST_TABLES {
        text = fold(&text);
    }
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
            of_rule(text, rule, &findings);
        }
        text.push('\n');
    }
    accepted(text, plan);
}

/// What somebody has decided to bear, and why.
fn accepted(text: &mut String, plan: &Plan) {
    let lines: Vec<String> = plan
        .accepted()
        .map(|(Finding { severity, rule, message, .. }, reason)| {
            format!("- {severity} {rule}: {}\n  Accepted: {}\n", prose(message), prose(reason))
        })
        .collect();
    if !lines.is_empty() {
        let _ = writeln!(text, "## Accepted\n\n{}", lines.concat());
    }
}

/// All findings of a rule; what to do about them once, if it is the same for all.
fn of_rule(text: &mut String, rule: &str, findings: &[&Finding]) {
    let shared = findings.iter().all(|finding| finding.advice == findings[0].advice);
    let _ = writeln!(text, "\n### {rule} ({})\n", findings.len());
    if shared {
        let _ = writeln!(text, "{}.\n", sentence(&prose(&findings[0].advice)));
    }
    for finding in findings {
        let advice = (!shared).then(|| (". ", sentence(&prose(&finding.advice))));
        let _ = ("- ", prose(&finding.message), advice, "\n").put(text);
        if let Some(probe) = &finding.query {
            let _ = ("  Count them: ", code(query(probe)), "\n").put(text);
        }
        if let Some(choice) = &finding.choice {
            let settings: Vec<String> = choice.settings.iter().map(|setting| code(setting).to_string()).collect();
            let _ = writeln!(
                text,
                "  In the rules: {} with {}, and a `reason`",
                code(&choice.under),
                settings.join(" or ")
            );
        }
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
    text.push_str("\nEach phase has a script under `undo/` that takes it back; take back the last phase first. Up to the keys that is plain PostgreSQL. After the distribution it is `undistribute_table`, which copies every row back under a lock, and only as long as the clean-up has not run.\n\n");
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
    for (at, placing) in plan.order.iter().enumerate() {
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
    }
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

fn tables(text: &mut String, plan: &Plan) {
    text.push_str("## Tables\n\n| table | becomes | why |\n|---|---|---|\n");
    for table in &plan.tables {
        let _ = ("| ", cell(&table.name), " | ").put(text);
        let _ = match &table.placement {
            Placement::Distributed { column, backfill } => {
                let after = backfill.as_ref().map(|_| " after a backfill");
                ("distributed by ", cell(column.as_str()), after).put(text)
            }
            Placement::Reference => "reference table".put(text),
            Placement::Local => "local table".put(text),
        };
        text.push_str(" | ");
        let _ = why(text, table);
        text.push_str(" |\n");
    }
    text.push('\n');
}

fn why(text: &mut String, table: &PlannedTable) -> fmt::Result {
    match &table.reason {
        Reason::Root => "it is the root".put(text),
        Reason::HoldsKey { foreign_key, references } => {
            ("holds the key: foreign key ", cell(foreign_key.as_str()), " to ", cell(references)).put(text)
        }
        Reason::SameColumn => "has a column of the key's name and type (an assumption)".put(text),
        Reason::Reaches => reaches(text, table),
        Reason::ReferencedBy { table, foreign_key } => {
            let key = cell(foreign_key.as_str());
            ("does not reach the key, and ", cell(table), " references it (", key, ")").put(text)
        }
        Reason::Unconnected => "does not reach the key, and nothing distributed references it".put(text),
        Reason::PartitionOf(parent) => ("partition of ", cell(parent)).put(text),
        Reason::Forced { why } => ("forced by the rules: ", prose(why)).put(text),
    }
}

fn reaches(text: &mut String, table: &PlannedTable) -> fmt::Result {
    let Placement::Distributed { backfill: Some(path), .. } = &table.placement else {
        return "reaches the key".put(text);
    };
    ("reaches the key over ", list(path.hops.iter().map(|hop| cell(&hop.to)))).put(text)?;
    match table.other_paths.len() {
        0 => Ok(()),
        1 => "; one other path".put(text),
        count => ("; ", count, " other paths").put(text),
    }
}

fn keys(text: &mut String, plan: &Plan) {
    text.push_str("## Keys\n\nNot listed: those that stay as they are.\n\n| table | key | before | after | no longer promised |\n|---|---|---|---|---|\n");
    for key in plan.keys.iter().filter(|key| key.fate != KeyFate::Kept) {
        let before = cell(key.before.join(", "));
        let (after, lost) = match &key.fate {
            KeyFate::Kept => continue,
            KeyFate::Widened { after, loses } => (
                cell(after.join(", ")).to_string(),
                match loses {
                    Loss::Generated => "nothing, as long as the values are generated".to_owned(),
                    Loss::AsReferenced => {
                        "nothing by itself: it stays as unique as the key that its foreign key references".to_owned()
                    }
                    Loss::AcrossKeys => format!("that {before} is unique in the whole table"),
                },
            ),
            KeyFate::Impossible => ("impossible".to_owned(), "see the blocker".to_owned()),
            KeyFate::GivenUp => ("dropped".to_owned(), "all of it".to_owned()),
        };
        let _ = ("| ", cell(&key.table), " | ", cell(key.name.as_str()), " | ").put(text);
        let _ = (before, " | ", after, " | ", lost, " |\n").put(text);
    }
    text.push('\n');
}

fn foreign_keys(text: &mut String, plan: &Plan) {
    text.push_str("## Foreign keys\n\nNot listed: those that stay as they are, all the time.\n\n| table | foreign key | references | becomes | during the distribution |\n|---|---|---|---|---|\n");
    for verdict in &plan.foreign_keys {
        if verdict.fate == ForeignKeyFate::Kept && verdict.suspension.is_none() {
            continue;
        }
        let key = &verdict.foreign_key;
        let (from, name, to) = (cell(&key.from), cell(key.name.as_str()), cell(&key.to));
        let _ = ("| ", from, " | ", name, " | ", to, " | ").put(text);
        let _ = becomes(text, &verdict.fate);
        text.push_str(" | ");
        let _ = away(text, verdict.suspension.as_ref());
        text.push_str(" |\n");
    }
}

fn away(text: &mut String, suspension: Option<&Suspension>) -> fmt::Result {
    let Some(suspension) = suspension else { return "stays".put(text) };
    let why = match suspension.why {
        Suspended::LocalToReference => return "taken out and put back at the end".put(text),
        Suspended::Concurrent => ": the concurrent function refuses it",
        Suspended::Cycle => ": it closes a cycle",
        Suspended::Attached => ": Citus refuses it on partitions",
    };
    let (before, after) = (cell(&suspension.before), cell(&suspension.after));
    if suspension.before == suspension.after {
        ("away while ", before, " is distributed", why).put(text)
    } else {
        ("away from before ", before, " until after ", after, why).put(text)
    }
}

fn becomes(text: &mut String, fate: &ForeignKeyFate) -> fmt::Result {
    match fate {
        ForeignKeyFate::Kept => "kept".put(text),
        ForeignKeyFate::Added => "added".put(text),
        ForeignKeyFate::Impossible { rule } => ("impossible: ", rule).put(text),
        ForeignKeyFate::GivenUp => "dropped".put(text),
        ForeignKeyFate::Replaced { by, lost_actions, .. } => {
            let columns = list(by.columns.iter().map(|pair| &pair.from));
            (cell(by.name.as_str()), " on ", cell(columns)).put(text)?;
            lost_actions.iter().try_for_each(|action| match action {
                LostAction::OnDelete(action) => write!(text, ", without ON DELETE {action}"),
                LostAction::OnUpdate(action) => write!(text, ", without ON UPDATE {action}"),
            })
        }
    }
}

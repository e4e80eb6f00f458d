//! Findings about statements come in, the words for them go out, the same in every form.

use std::collections::BTreeSet;
use std::time::Duration;

use shardplan_report::words::counted;
use shardplan_workload::{
    Audit, ByStrategy, Judged, Meanwhile, Source, StatementRule, Tally, Verdict, statement_rules,
};

use super::Found;

/// The most characters of a statement that are shown.
const HEAD: usize = 110;
/// The most statements that are listed of one kind; JSON has them all.
pub(super) const LISTED: usize = 20;

/// The first line: how much there is to do.
pub(super) fn in_short(found: &Found) -> String {
    let audit = &found.audit;
    let [changes, refused, unknown] =
        [Verdict::Changes, Verdict::Refused, Verdict::Unknown].map(|verdict| audit.tally(verdict));
    let all = audit.statements.len();
    let bad = changes.statements + refused.statements + unknown.statements;
    let verb = if bad == 1 { "needs" } else { "need" };
    format!(
        "{bad} of {} {verb} work before {} distributes the tables: {} must be changed, {} refused by Citus, {} unknown",
        counted(all, "statement"),
        found.key,
        changes.statements,
        refused.statements,
        unknown.statements
    )
}

/// What is not judged since it could not be read.
pub(super) fn left_out(found: &Found) -> Option<String> {
    let lines = counted(found.left_out as u64, "line");
    (found.left_out > 0).then(|| format!("{lines} of the files could not be read, and are not judged"))
}

/// Verdict, statements, share of calls, share of time.
pub(super) fn shares(audit: &Audit) -> Vec<[String; 4]> {
    let tallies = Verdict::ALL.map(|verdict| (verdict, audit.tally(verdict)));
    let calls: u64 = tallies.iter().map(|(_, tally)| tally.calls).fold(0, u64::saturating_add);
    let time: Duration = tallies.iter().map(|(_, tally)| tally.time).fold(Duration::ZERO, Duration::saturating_add);
    let row = |(verdict, tally): (Verdict, Tally)| {
        [
            verdict.to_string(),
            counted(tally.statements, "statement"),
            format!("{} of calls", share(tally.calls as f64, calls as f64)),
            if time.is_zero() {
                "–".to_owned()
            } else {
                format!("{} of time", share(tally.time.as_secs_f64(), time.as_secs_f64()))
            },
        ]
    };
    tallies.into_iter().map(row).collect()
}

/// The calls of all statements.
pub(super) fn calls(audit: &Audit) -> u64 {
    Verdict::ALL.iter().map(|verdict| audit.tally(*verdict).calls).fold(0, u64::saturating_add)
}

/// The share of all calls that one statement has.
pub(super) fn share_of(found: &Found, judged: &Judged) -> String {
    share(judged.calls as f64, found.calls as f64)
}

/// Strategy, statements that are refused while its plan runs, and the longest time of one; nothing where there is no choice.
pub(super) fn by_strategy(found: &Found) -> Vec<[String; 3]> {
    if found.by_strategy.len() < 2 || found.workload.is_empty() {
        return Vec::new();
    }
    let row = |one: &ByStrategy| {
        let Some(refused) = &one.refused else {
            return [one.strategy.to_string(), "not known: something blocks the plan".to_owned(), "–".to_owned()];
        };
        let statements: BTreeSet<usize> = refused.iter().map(|meanwhile| meanwhile.statement).collect();
        let longest = refused.iter().max_by(|one, other| one.seconds.total_cmp(&other.seconds));
        let longest = longest.map_or_else(|| "–".to_owned(), seconds);
        [one.strategy.to_string(), counted(statements.len() as u64, "statement"), longest]
    };
    found.by_strategy.iter().map(row).collect()
}

fn seconds(meanwhile: &Meanwhile) -> String {
    let least = if meanwhile.at_least { "at least " } else { "" };
    format!("{least}{:.1} s", meanwhile.seconds)
}

fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.1} %", 100.0 * part / whole) } else { "–".to_owned() }
}

/// What a statement is about, on one line.
pub(super) fn head(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(HEAD) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The verdict with the summary of its first rule, and the column that is missing.
pub(super) fn why(judged: &Judged) -> String {
    if let Some(unread) = &judged.unread {
        return format!("{}: {unread}", judged.verdict);
    }
    let Some(why) = judged.reasons.first() else { return judged.verdict.to_string() };
    let rule = rule(why.rule);
    let summary = rule.map_or("", |rule| rule.summary);
    let missing =
        why.missing.as_ref().map(|missing| format!(" ({}.{})", missing.alias, missing.column)).unwrap_or_default();
    format!("{}: {summary}{missing} [{}]", judged.verdict, why.rule)
}

/// What Citus prints, and what to do.
pub(super) fn advice(judged: &Judged) -> Option<String> {
    let rule = rule(judged.reasons.first()?.rule)?;
    let prints = rule.message.map(|message| format!("Citus prints: {message}; ")).unwrap_or_default();
    Some(format!("{prints}{}", rule.advice))
}

pub(super) fn rule(id: &str) -> Option<&'static StatementRule> {
    statement_rules().find(|rule| rule.id == id)
}

/// The rewrite, and what it asks for.
pub(super) fn instead(judged: &Judged) -> Option<String> {
    let rewrite = judged.rewrite.as_ref()?;
    let asked: Vec<String> = rewrite.parameters.iter().map(|(name, column)| format!("{name} is {column}")).collect();
    let asked = if asked.is_empty() { String::new() } else { format!("  -- {}", asked.join(", ")) };
    Some(format!("{}{asked}", rewrite.sql))
}

/// The statements that could not be read, with their places.
pub(super) fn unknown(audit: &Audit) -> Vec<&Judged> {
    audit.statements.iter().filter(|judged| judged.verdict == Verdict::Unknown).collect()
}

/// Where a statement comes from, when that helps to find it.
pub(super) fn place(judged: &Judged) -> String {
    match &judged.source {
        Source::Statistics => String::new(),
        other => format!("{other}: "),
    }
}

/// Of a plan that cannot run.
pub(super) const NOT_KNOWN: &str =
    "What is refused while the plan runs is not known: something blocks it (`shardplan plan` says what)";

/// What fails while the plan runs, the first of it.
pub(super) fn meanwhile(found: &Found) -> Vec<[String; 3]> {
    let row = |one: &Meanwhile| {
        let text = found.workload.get(one.statement).map(|statement| head(&statement.text)).unwrap_or_default();
        [seconds(one), one.rule.to_owned(), text]
    };
    found.meanwhile.iter().take(LISTED).map(row).collect()
}

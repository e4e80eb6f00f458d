//! A plan comes in, what fits on a terminal goes out.

use std::fmt::Write;

use anstyle::Style;
use shardplan::{Finding, ForeignKeyFate, ForeignKeyVerdict, KeyFate, KeyVerdict, Plan, PlannedTable, Severity};
use shardplan_report::words::{Class, columns, counted, foreign_key_fate, found, key_fate, shown, why};

use crate::output::{BAD, DOUBTFUL, QUIET, TITLE};
use crate::sheet::{self, title};

/// The summary.
pub(super) fn of(plan: &Plan) -> String {
    let mut text = format!("{TITLE}{}{TITLE:#}\n", shardplan_report::in_short(plan));
    let _ = writeln!(text, "{}", costs(plan));
    tables(&mut text, plan);
    keys(&mut text, plan);
    foreign_keys(&mut text, plan);
    findings(&mut text, plan);
    text
}

fn costs(plan: &Plan) -> String {
    let Some(cost) = &plan.cost else { return "There are no scripts while something blocks it.".to_owned() };
    let figures = &cost.figures;
    format!(
        "Strategy {}: a write waits for {} at the longest, a foreign key is unenforced for {}; {} in all for the distribution.",
        plan.strategy, figures.longest_write_wait, figures.longest_unenforced, figures.total
    )
}

fn tables(text: &mut String, plan: &Plan) {
    let counts = Class::ALL.map(|class| format!("{} {class}", class.count(plan)));
    text.push_str(&title(format_args!("Tables: {}", counts.join(", "))));
    let row = |table: &PlannedTable| [shown(&table.name), Class::of(&table.placement).to_string(), why(table)];
    let rows: Vec<[String; 3]> = plan.tables.iter().map(row).collect();
    text.push_str(&sheet::columns(&rows));
}

fn keys(text: &mut String, plan: &Plan) {
    let changed: Vec<&KeyVerdict> = plan.keys.iter().filter(|key| key.fate != KeyFate::Kept).collect();
    text.push_str(&title(format_args!("Keys: {} of {} change", changed.len(), plan.keys.len())));
    let rows: Vec<[String; 4]> =
        changed.iter().map(|key| [shown(&key.table), shown(&key.name), columns(&key.before), key_fate(key)]).collect();
    text.push_str(&sheet::columns(&rows));
}

fn foreign_keys(text: &mut String, plan: &Plan) {
    let stays = |verdict: &&ForeignKeyVerdict| verdict.fate != ForeignKeyFate::Kept || verdict.suspension.is_some();
    let changed: Vec<&ForeignKeyVerdict> = plan.foreign_keys.iter().filter(stays).collect();
    text.push_str(&title(format_args!("Foreign keys: {} of {} change", changed.len(), plan.foreign_keys.len())));
    let rows: Vec<[String; 4]> = changed
        .iter()
        .map(|verdict| {
            let key = &verdict.foreign_key;
            [shown(&key.from), shown(&key.name), format!("to {}", shown(&key.to)), foreign_key_fate(verdict)]
        })
        .collect();
    text.push_str(&sheet::columns(&rows));
}

fn findings(text: &mut String, plan: &Plan) {
    let of = |severity, what| counted(found(plan, severity), what);
    let (blockers, warnings) = (of(Severity::Blocker, "blocker"), of(Severity::Warning, "warning"));
    let accepted = match plan.accepted().count() {
        0 => String::new(),
        number => format!("; {number} accepted"),
    };
    text.push_str(&title(format_args!(
        "Findings: {blockers}, {warnings}, {}{accepted}",
        of(Severity::Notice, "notice")
    )));
    for finding in plan.findings.iter().filter(|finding| finding.is_open()) {
        let Finding { rule, message, advice, choice, .. } = finding;
        let style = style(finding.severity);
        let _ = writeln!(text, "  {style}{}{style:#} {rule}: {}", finding.severity, shown(message));
        let _ = writeln!(text, "    {QUIET}{}{QUIET:#}", shown(advice));
        if let Some(choice) = choice {
            let settings = choice.settings.join(" or ");
            let _ = writeln!(text, "    {QUIET}in the rules: {} {}{QUIET:#}", shown(&choice.under), shown(&settings));
        }
    }
    for (Finding { severity, rule, message, .. }, reason) in plan.accepted() {
        let _ = writeln!(text, "  {QUIET}accepted {severity} {rule}: {}", shown(message));
        let _ = writeln!(text, "    {}{QUIET:#}", shown(reason));
    }
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Blocker => BAD,
        Severity::Warning => DOUBTFUL,
        Severity::Notice => Style::new(),
    }
}

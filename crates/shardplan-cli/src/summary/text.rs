//! A plan comes in, what fits on a terminal goes out.

use std::fmt::{Display, Write};

use anstyle::Style;
use shardplan::{
    Finding, ForeignKeyFate, ForeignKeyVerdict, KeyFate, KeyVerdict, Loss, Placement, Plan, PlannedTable, Reason,
    Severity,
};

use super::{Classes, counted, difficulty, found};
use crate::output::{BAD, DOUBTFUL, QUIET, TITLE};

/// The summary.
pub(super) fn of(plan: &Plan) -> String {
    let mut text = format!("{TITLE}{}{TITLE:#}\n", difficulty::line(plan));
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

fn title(text: &mut String, words: impl Display) {
    let _ = writeln!(text, "\n{TITLE}{words}{TITLE:#}");
}

/// Rows of cells, the columns as wide as their widest cell; the last one as it comes.
fn table<const COLUMNS: usize>(text: &mut String, rows: &[[String; COLUMNS]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..COLUMNS).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "  {cell:width$}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn tables(text: &mut String, plan: &Plan) {
    let Classes { ready, backfill, reference, local } = Classes::of(plan);
    title(text, format_args!("Tables: {ready} ready, {backfill} to backfill, {reference} reference, {local} local"));
    let rows: Vec<[String; 3]> =
        plan.tables.iter().map(|table| [shown(&table.name), class(&table.placement).to_owned(), why(table)]).collect();
    self::table(text, &rows);
}

fn class(placement: &Placement) -> &'static str {
    match placement {
        Placement::Distributed { backfill: None, .. } => "ready",
        Placement::Distributed { backfill: Some(_), .. } => "backfill",
        Placement::Reference => "reference",
        Placement::Local => "local",
    }
}

fn why(table: &PlannedTable) -> String {
    match (&table.reason, &table.placement) {
        (Reason::Root, _) => "the root".to_owned(),
        (Reason::HoldsKey { foreign_key, references }, Placement::Distributed { column, .. }) => {
            format!("{} is the key: {} to {}", shown(column), shown(foreign_key), shown(references))
        }
        (Reason::HoldsKey { .. }, _) => "holds the key".to_owned(),
        (Reason::SameColumn, _) => "has a column of the key's name and type (an assumption)".to_owned(),
        (_, Placement::Distributed { column, backfill: Some(path) }) => {
            let way: Vec<String> = path.hops.iter().map(|hop| shown(&hop.to)).collect();
            let others = match table.other_paths.len() {
                0 => String::new(),
                others => format!("; {}", counted(others, "other path")),
            };
            format!("gets {} over {}{others}", shown(column), way.join(", "))
        }
        (Reason::Reaches, _) => "reaches the key".to_owned(),
        (Reason::ReferencedBy { table, foreign_key }, _) => {
            format!("{} references it ({})", shown(table), shown(foreign_key))
        }
        (Reason::Unconnected, _) => "nothing distributed references it".to_owned(),
        (Reason::PartitionOf(parent), _) => format!("a partition of {}", shown(parent)),
        (Reason::Forced { why }, _) => format!("forced: {}", shown(why)),
    }
}

fn keys(text: &mut String, plan: &Plan) {
    let changed: Vec<&KeyVerdict> = plan.keys.iter().filter(|key| key.fate != KeyFate::Kept).collect();
    title(text, format_args!("Keys: {} of {} change", changed.len(), plan.keys.len()));
    let rows: Vec<[String; 4]> = changed
        .iter()
        .map(|key| [shown(&key.table), shown(&key.name), columns(&key.before), becomes(&key.fate)])
        .collect();
    table(text, &rows);
}

fn columns(columns: &[String]) -> String {
    format!("({})", shown(&columns.join(", ")))
}

fn becomes(fate: &KeyFate) -> String {
    match fate {
        KeyFate::Kept => "stays".to_owned(),
        KeyFate::Widened { after, loses: Loss::AcrossKeys } => {
            format!("becomes {}: unique per tenant only", columns(after))
        }
        KeyFate::Widened { after, .. } => format!("becomes {}", columns(after)),
        KeyFate::Impossible => "impossible".to_owned(),
        KeyFate::GivenUp => "given up".to_owned(),
    }
}

fn foreign_keys(text: &mut String, plan: &Plan) {
    let stays = |verdict: &&ForeignKeyVerdict| verdict.fate != ForeignKeyFate::Kept || verdict.suspension.is_some();
    let changed: Vec<&ForeignKeyVerdict> = plan.foreign_keys.iter().filter(stays).collect();
    title(text, format_args!("Foreign keys: {} of {} change", changed.len(), plan.foreign_keys.len()));
    let rows: Vec<[String; 4]> = changed
        .iter()
        .map(|verdict| {
            let key = &verdict.foreign_key;
            [shown(&key.from), shown(&key.name), format!("to {}", shown(&key.to)), fate(verdict)]
        })
        .collect();
    table(text, &rows);
}

fn fate(verdict: &ForeignKeyVerdict) -> String {
    let away = if verdict.suspension.is_some() { ", away during the distribution" } else { "" };
    match &verdict.fate {
        ForeignKeyFate::Kept => format!("stays{away}"),
        ForeignKeyFate::Added => format!("is added{away}"),
        ForeignKeyFate::Impossible { rule } => format!("impossible: {rule}"),
        ForeignKeyFate::GivenUp => "given up".to_owned(),
        ForeignKeyFate::Replaced { by, lost_actions, .. } => {
            let names: Vec<String> = by.columns.iter().map(|pair| pair.from.to_string()).collect();
            let lost = if lost_actions.is_empty() { "" } else { ", without its actions" };
            format!("becomes {}{lost}{away}", columns(&names))
        }
    }
}

fn findings(text: &mut String, plan: &Plan) {
    let of = |severity, what| counted(found(plan, severity), what);
    let (blockers, warnings) = (of(Severity::Blocker, "blocker"), of(Severity::Warning, "warning"));
    title(text, format_args!("Findings: {blockers}, {warnings}, {}", of(Severity::Notice, "notice")));
    for finding in &plan.findings {
        let Finding { rule, message, advice, .. } = finding;
        let style = style(finding.severity);
        let _ = writeln!(text, "  {style}{}{style:#} {rule}: {}", finding.severity, shown(message));
        let _ = writeln!(text, "    {QUIET}{}{QUIET:#}", shown(advice));
    }
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Blocker => BAD,
        Severity::Warning => DOUBTFUL,
        Severity::Notice => Style::new(),
    }
}

/// In one line, and harmless to a terminal: names may hold anything.
fn shown(text: &(impl Display + ?Sized)) -> String {
    text.to_string().replace(char::is_control, " ")
}

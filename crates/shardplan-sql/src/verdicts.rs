//! A plan comes in; what becomes of its tables, keys and foreign keys, and why, goes out as tables of the runbook.

use std::fmt::{self, Write};

use shardplan::{
    ForeignKeyFate, ForeignKeyVerdict, KeyFate, KeyVerdict, Placement, Plan, PlannedTable, Reason, Suspended,
    Suspension,
};

use crate::markdown::{cell, prose};
use crate::put::Put;
use crate::quote::list;
use crate::shortlist::shortlist;

/// Where each table goes.
pub(crate) fn tables(text: &mut String, plan: &Plan) {
    text.push_str("## Tables\n\n| table | becomes | why |\n|---|---|---|\n");
    shortlist(text, plan, &plan.tables, |text, table| {
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
    });
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

/// What becomes of the keys that do not stay.
pub(crate) fn keys(text: &mut String, plan: &Plan) {
    text.push_str("## Keys\n\nNot listed: those that stay as they are.\n\n| table | key | before | after | no longer promised |\n|---|---|---|---|---|\n");
    shortlist(text, plan, plan.keys.iter().filter(|key| key.fate != KeyFate::Kept), key);
    text.push('\n');
}

fn key(text: &mut String, key: &KeyVerdict) {
    let before = cell(key.before.join(", "));
    let after = match &key.fate {
        KeyFate::Kept => return,
        KeyFate::Widened { after, .. } => cell(after.join(", ")).to_string(),
        KeyFate::Impossible => "impossible".to_owned(),
        KeyFate::GivenUp => "dropped".to_owned(),
    };
    let _ = ("| ", cell(&key.table), " | ", cell(key.name.as_str()), " | ").put(text);
    let lost = key.fate.lost(&before);
    let _ = (before, " | ", after, " | ", lost, " |\n").put(text);
}

/// What becomes of the foreign keys that do not stay all the time.
pub(crate) fn foreign_keys(text: &mut String, plan: &Plan) {
    text.push_str("## Foreign keys\n\nNot listed: those that stay as they are, all the time.\n\n| table | foreign key | references | becomes | during the distribution |\n|---|---|---|---|---|\n");
    let told = |verdict: &&ForeignKeyVerdict| verdict.fate != ForeignKeyFate::Kept || verdict.suspension.is_some();
    shortlist(text, plan, plan.foreign_keys.iter().filter(told), |text, verdict| {
        let key = &verdict.foreign_key;
        let (from, name, to) = (cell(&key.from), cell(key.name.as_str()), cell(&key.to));
        let _ = ("| ", from, " | ", name, " | ", to, " | ").put(text);
        let _ = becomes(text, &verdict.fate);
        text.push_str(" | ");
        let _ = away(text, verdict.suspension.as_ref());
        text.push_str(" |\n");
    });
}

fn away(text: &mut String, suspension: Option<&Suspension>) -> fmt::Result {
    let Some(suspension) = suspension else { return "stays".put(text) };
    if suspension.why == Suspended::LocalToReference {
        return "taken out and put back at the end".put(text);
    }
    let why = suspension.why.to_string();
    let (before, after) = (cell(&suspension.before), cell(&suspension.after));
    if suspension.before == suspension.after {
        ("away while ", before, " is distributed: ", why).put(text)
    } else {
        ("away from before ", before, " until after ", after, ": ", why).put(text)
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
            lost_actions.iter().try_for_each(|action| write!(text, ", without {action}"))
        }
    }
}

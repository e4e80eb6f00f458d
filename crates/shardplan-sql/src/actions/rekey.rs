//! `ON UPDATE CASCADE`, `SET NULL` and `SET DEFAULT`: foreign keys that no longer do it come in, functions that change a key and do
//! it go out.
//!
//! One statement does all of it: a foreign key is checked at the statement's end, when both sides have their new values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use shardplan::{Action, LostAction, Name, Plan, TableName};

use super::{Columns, Lost, Names, Parameter, assignments, function, lost, not_possible, told};
use crate::put::{Shown, qualified};

/// The key that changes: of this table, these columns, the distribution column apart.
type Key<'p> = (&'p TableName, Vec<&'p Name>);

/// The foreign keys that lost such an action, by the table that they reference.
type Followers<'p> = BTreeMap<&'p TableName, Vec<Lost<'p>>>;

pub(super) fn functions(text: &mut String, plan: &Plan, columns: &Columns<'_>, names: &mut Names) {
    let mut followers = Followers::new();
    let mut keys: BTreeMap<Key<'_>, Vec<Lost<'_>>> = BTreeMap::new();
    for lost in lost(plan).filter(|lost| matches!(lost.action, LostAction::OnUpdate(_))) {
        let distributed = columns.get(&lost.after.to);
        let changed = lost.after.columns.iter().map(|pair| &pair.to).filter(|column| Some(*column) != distributed);
        keys.entry((&lost.after.to, changed.collect())).or_default().push(lost);
        followers.entry(&lost.after.to).or_default().push(lost);
    }
    for (key, lost) in &keys {
        match obstacle(key, lost, columns, &followers) {
            Some(why) => not_possible(text, "change a key of", key.0, &why),
            None => rekey(text, key, lost, columns, names),
        }
    }
}

/// What stands against one statement that changes the key and what references it.
fn obstacle(
    (table, changed): &Key<'_>,
    all: &[Lost<'_>],
    columns: &Columns<'_>,
    followers: &Followers<'_>,
) -> Option<String> {
    if changed.is_empty() {
        return Some("Citus refuses a change of the distribution column".to_owned());
    }
    let mut seen = BTreeSet::new();
    for lost in all {
        let from = &lost.after.from;
        let set = lost.sets(columns.get(from));
        if from == *table || !seen.insert(from) {
            return Some(format!("{}: one statement cannot change a row of {from} twice", lost.told()));
        }
        if lost.before.columns.iter().any(|pair| Some(&pair.from) == columns.get(from) && changed.contains(&&pair.to)) {
            return Some(format!("{}: it would change the distribution column", lost.told()));
        }
        let references = |other: &&Lost<'_>| other.after.columns.iter().any(|pair| set.contains(&&pair.to));
        if let Some(next) = followers.get(from).into_iter().flatten().find(references) {
            return Some(format!("{} would have to follow too", next.told()));
        }
    }
    None
}

fn rekey(text: &mut String, (table, changed): &Key<'_>, all: &[Lost<'_>], columns: &Columns<'_>, names: &mut Names) {
    told(text, ("Changes a key of ", *table, ", and does what these did:"), all);
    let distributed = columns.get(table);
    let mut parameters: Vec<Parameter<'_>> =
        distributed.iter().map(|column| Parameter { name: column.as_str().to_owned(), column }).collect();
    for prefix in ["old", "new"] {
        let named = changed.iter().map(|column| Parameter { name: format!("{prefix}_{}", column.as_str()), column });
        parameters.extend(named);
    }
    let first = usize::from(distributed.is_some());
    let place = |column: &Name| changed.iter().position(|known| *known == column).unwrap_or_default() + first + 1;
    let old = |column: &Name| if Some(column) == distributed { 1 } else { place(column) };
    let new = |column: &Name| place(column) + changed.len();
    let mut body = String::new();
    for (at, lost) in all.iter().enumerate() {
        let _ = write!(body, "{} u{} AS (", if at == 0 { "  WITH" } else { "," }, at + 1);
        let value = |column: &Name| match lost.action {
            LostAction::OnUpdate(Action::SetNull) => "NULL".to_owned(),
            LostAction::OnUpdate(Action::SetDefault) => "DEFAULT".to_owned(),
            _ => {
                let pair = lost.after.columns.iter().find(|pair| pair.from == *column);
                format!("${}", pair.map_or(0, |pair| new(&pair.to)))
            }
        };
        let set = assignments(&lost.sets(columns.get(&lost.after.from)), value);
        let _ = write!(body, "UPDATE {} AS t SET {set} WHERE ", Shown(qualified(&lost.after.from)));
        equal(&mut body, lost.after.columns.iter().map(|pair| (&pair.from, old(&pair.to))));
        body.push(')');
    }
    let set = assignments(changed, |column| format!("${}", new(column)));
    let _ = write!(body, "\n  UPDATE {} AS t SET {set} WHERE ", Shown(qualified(table)));
    equal(&mut body, distributed.iter().chain(changed).map(|column| (*column, old(column))));
    body.push_str(";\n");
    function(text, ("rekey", table), &parameters, &body, names);
}

/// `t.workspace_id = $1 AND t.handle = $2`
fn equal<'p>(body: &mut String, columns: impl Iterator<Item = (&'p Name, usize)>) {
    for (at, (column, number)) in columns.enumerate() {
        let and = if at == 0 { "" } else { " AND " };
        let _ = write!(body, "{and}t.{column} = ${number}");
    }
}

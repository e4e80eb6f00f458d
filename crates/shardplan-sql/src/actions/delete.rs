//! `ON DELETE SET NULL` and `SET DEFAULT`: foreign keys that no longer do it come in, functions that delete a row and do it go out.
//!
//! A row can also go because a foreign key cascades to it. So from each foreign key that lost its action the ways over cascades
//! are followed, up to every table whose deletes can reach it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use shardplan::{Action, ForeignKey, LostAction, Name, Plan, TableName};

use super::{Columns, Lost, Names, Parameter, assignments, function, lost, not_possible, told};
use crate::put::Shown;

/// More ways than that from one foreign key are not followed: nobody would read the function.
const MAX_WAYS: usize = 200;

/// From a foreign key that lost its action over those that cascade, up to the table whose row is deleted.
#[derive(Clone)]
struct Way<'p> {
    lost: Lost<'p>,
    cascades: Vec<&'p ForeignKey>,
}

impl<'p> Way<'p> {
    /// The foreign keys on it, from the table that changes to the one that is deleted from.
    fn keys(&self) -> impl Iterator<Item = &'p ForeignKey> {
        std::iter::once(self.lost.after).chain(self.cascades.iter().copied())
    }

    fn end(&self) -> &'p TableName {
        self.cascades.last().map_or(&self.lost.after.to, |key| &key.to)
    }

    fn tables(&self) -> impl Iterator<Item = &'p TableName> {
        std::iter::once(&self.lost.after.to).chain(self.cascades.iter().map(|key| &key.to))
    }
}

/// What a delete in a table must do besides.
#[derive(Default)]
struct Deletes<'p> {
    ways: BTreeMap<&'p TableName, Vec<Way<'p>>>,
    /// Tables on a cycle of cascades: no statement says how deep it goes.
    endless: BTreeSet<&'p TableName>,
    /// Tables that more ways lead to than were followed.
    crowded: BTreeSet<&'p TableName>,
}

pub(super) fn functions(text: &mut String, plan: &Plan, columns: &Columns<'_>, names: &mut Names) {
    let deletes = Deletes::of(plan);
    for (table, ways) in &deletes.ways {
        if ways.iter().flat_map(Way::tables).any(|on_it| deletes.endless.contains(on_it)) {
            not_possible(
                text,
                "delete from",
                table,
                "foreign keys cascade in a circle; delete the rows at its end first",
            );
        } else if deletes.crowded.contains(table) {
            not_possible(text, "delete from", table, "too many foreign keys cascade to it");
        } else if let Some(stuck) = ways.iter().find(|way| sets(way, columns).is_empty()) {
            let why = format!("{} sets the distribution column alone", stuck.lost.told());
            not_possible(text, "delete from", table, &why);
        } else {
            delete(text, table, ways, columns, names);
        }
    }
}

fn sets<'p>(way: &Way<'p>, columns: &Columns<'_>) -> Vec<&'p Name> {
    way.lost.sets(columns.get(&way.lost.after.from))
}

impl<'p> Deletes<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut cascading: BTreeMap<&TableName, Vec<&ForeignKey>> = BTreeMap::new();
        for key in plan.foreign_keys.iter().filter_map(|verdict| verdict.after()) {
            if key.on_delete == Action::Cascade {
                cascading.entry(&key.from).or_default().push(key);
            }
        }
        let mut deletes = Self::default();
        for lost in lost(plan).filter(|lost| matches!(lost.action, LostAction::OnDelete(_))) {
            deletes.follow(lost, &cascading);
        }
        deletes
    }

    fn follow(&mut self, lost: Lost<'p>, cascading: &BTreeMap<&'p TableName, Vec<&'p ForeignKey>>) {
        let mut waiting = vec![Way { lost, cascades: Vec::new() }];
        let mut found = 0;
        while let Some(way) = waiting.pop() {
            found += 1;
            if found > MAX_WAYS {
                self.crowded.extend(waiting.iter().chain([&way]).map(Way::end));
                self.crowded.extend(self.ways.keys().copied());
                return;
            }
            for key in cascading.get(way.end()).into_iter().flatten() {
                if way.tables().any(|table| *table == key.to) {
                    self.endless.insert(&key.to);
                    continue;
                }
                let mut further = way.clone();
                further.cascades.push(key);
                waiting.push(further);
            }
            self.ways.entry(way.end()).or_default().push(way);
        }
    }
}

fn delete(text: &mut String, table: &TableName, ways: &[Way<'_>], columns: &Columns<'_>, names: &mut Names) {
    let key = named_by(ways);
    let all: Vec<Lost<'_>> = ways.iter().map(|way| way.lost).collect();
    told(text, ("Deletes a row of ", table, ", and does before what these did:"), &all);
    let mut body = String::new();
    for way in ways {
        let value = match way.lost.action {
            LostAction::OnDelete(Action::SetDefault) => "DEFAULT",
            _ => "NULL",
        };
        let set = assignments(&sets(way, columns), |_| value.to_owned());
        let _ = write!(body, "  UPDATE {} AS t SET {set}", full(&way.lost.after.from));
        conditions(&mut body, way, &key);
    }
    let _ = write!(body, "  DELETE FROM {} AS t WHERE ", full(table));
    for (at, column) in key.iter().enumerate() {
        let and = if at == 0 { "" } else { " AND " };
        let _ = write!(body, "{and}t.{column} = ${}", at + 1);
    }
    body.push_str(";\n");
    let parameters: Vec<Parameter<'_>> =
        key.iter().map(|column| Parameter { name: column.as_str().to_owned(), column }).collect();
    function(text, ("delete", table), &parameters, &body, names);
}

/// The columns by which most of the foreign keys name the row that is deleted, the distribution column among them.
fn named_by<'p>(ways: &[Way<'p>]) -> Vec<&'p Name> {
    let mut counts: Vec<(Vec<&Name>, usize)> = Vec::new();
    for last in ways.iter().filter_map(|way| way.keys().last()) {
        let columns: Vec<&Name> = last.columns.iter().map(|pair| &pair.to).collect();
        match counts.iter_mut().find(|(known, _)| *known == columns) {
            Some((_, count)) => *count += 1,
            None => counts.push((columns, 1)),
        }
    }
    // Of several that are as frequent, the first.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(columns, _)| columns).unwrap_or_default()
}

/// ` FROM tasks AS p1, projects AS p2 WHERE t.task_id = p1.task_id AND … AND p2.project_id = $2`: without the table that is deleted
/// from where the last foreign key names its row by the parameters.
fn conditions(body: &mut String, way: &Way<'_>, key: &[&Name]) {
    let keys: Vec<&ForeignKey> = way.keys().collect();
    let number = |column: &Name| key.iter().position(|known| *known == column).map(|at| at + 1);
    let all_known = keys.last().is_some_and(|last| last.columns.iter().all(|pair| number(&pair.to).is_some()));
    let joined = if all_known { keys.len() - 1 } else { keys.len() };
    let alias = |at: usize| if at == 0 { "t".to_owned() } else { format!("p{at}") };
    for (at, key) in keys.iter().take(joined).enumerate() {
        let _ = write!(body, "{}{} AS p{}", if at == 0 { " FROM " } else { ", " }, full(&key.to), at + 1);
    }
    let mut all = Vec::new();
    for (at, foreign_key) in keys.iter().enumerate() {
        for pair in &foreign_key.columns {
            let (here, there) = (alias(at), alias(at + 1));
            match number(&pair.to).filter(|_| at >= joined) {
                Some(number) => all.push(format!("{here}.{} = ${number}", pair.from)),
                None => all.push(format!("{here}.{} = {there}.{}", pair.from, pair.to)),
            }
        }
    }
    if !all_known {
        let named = key.iter().enumerate().map(|(at, column)| format!("{}.{column} = ${}", alias(joined), at + 1));
        all.extend(named);
    }
    let _ = writeln!(body, " WHERE {};", all.join(" AND "));
}

fn full(table: &TableName) -> Shown<impl crate::put::Put + '_> {
    Shown(crate::put::qualified(table))
}

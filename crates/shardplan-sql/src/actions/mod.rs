//! The actions of foreign keys that Citus refuses: a plan comes in, functions that do the same when the application calls them go
//! out. Knows no phase: nothing of the plan calls them.

mod delete;
mod rekey;

use std::collections::{BTreeMap, BTreeSet};

use shardplan::{
    Action, ForeignKey, ForeignKeyFate, ForeignKeyVerdict, LostAction, MAX_NAME_BYTES, Name, Placement, Plan, TableName,
};

use crate::helpers::define;
use crate::put::{Put, Shown, qualified};
use crate::quote::{comment, list};
use crate::script::Script;

/// What an application calls instead of relying on an action.
pub(crate) const ACTIONS: &str = "actions.sql";

const HEAD: &str = "\\set ON_ERROR_STOP on
-- What foreign keys did by themselves and, with the distribution column in them, may no longer do: a function for each, which the
-- application calls instead of its DELETE or UPDATE. Nothing else calls them: run this script only if you want them, once the new
-- keys are in force. Each works within one transaction and one tenant; a row that another session ties to it meanwhile makes it
-- fail, as the foreign key demands, and it can be called again. DROP SCHEMA shardplan_actions CASCADE takes them back.
CREATE SCHEMA IF NOT EXISTS shardplan_actions;
";

/// Whether the plan takes an action away.
pub(crate) fn has_lost(plan: &Plan) -> bool {
    lost(plan).next().is_some()
}

/// One function for each table whose rows cannot simply be deleted any more, and for each key that cannot simply be changed.
pub(crate) fn script(plan: &Plan) -> Script {
    let mut text = HEAD.to_owned();
    let mut names = Names::default();
    let columns = Columns::of(plan);
    delete::functions(&mut text, plan, &columns, &mut names);
    rekey::functions(&mut text, plan, &columns, &mut names);
    Script { path: ACTIONS.to_owned(), text }
}

/// A foreign key whose action is gone, without another that the user has chosen in its place.
#[derive(Clone, Copy)]
struct Lost<'p> {
    /// As it was.
    before: &'p ForeignKey,
    /// As it will be.
    after: &'p ForeignKey,
    action: LostAction,
}

impl<'p> Lost<'p> {
    /// The columns that the action sets: never the distribution column, which is what it is.
    fn sets(&self, distributed: Option<&Name>) -> Vec<&'p Name> {
        let all: Vec<&Name> = match self.action {
            LostAction::OnDelete(_) if !self.before.set_columns.is_empty() => self.before.set_columns.iter().collect(),
            _ => self.before.columns.iter().map(|pair| &pair.from).collect(),
        };
        all.into_iter().filter(|column| Some(*column) != distributed).collect()
    }

    /// `projects_lead_fkey of projects: ON DELETE SET NULL`
    fn told(&self) -> String {
        format!("{} of {}: {}", self.before.name, self.before.from, self.action)
    }
}

fn lost(plan: &Plan) -> impl Iterator<Item = Lost<'_>> {
    plan.foreign_keys.iter().flat_map(|verdict| {
        let ForeignKeyVerdict { foreign_key: before, fate, .. } = verdict;
        let (after, actions) = match fate {
            ForeignKeyFate::Replaced { by, lost_actions, .. } => (&**by, &lost_actions[..]),
            _ => (before, &[][..]),
        };
        let all = actions.iter().map(move |action| Lost { before, after, action: *action });
        all.filter(|lost| match lost.action {
            LostAction::OnDelete(_) => lost.after.on_delete == Action::NoAction,
            LostAction::OnUpdate(_) => lost.after.on_update == Action::NoAction,
        })
    })
}

/// The distribution column of each table, by name of the table.
struct Columns<'p>(BTreeMap<&'p TableName, &'p Name>);

impl<'p> Columns<'p> {
    fn of(plan: &'p Plan) -> Self {
        let placed = plan.tables.iter().filter_map(|table| match &table.placement {
            Placement::Distributed { column, .. } => Some((&table.name, column)),
            Placement::Reference | Placement::Local => None,
        });
        Self(placed.collect())
    }

    fn get(&self, table: &TableName) -> Option<&'p Name> {
        self.0.get(table).copied()
    }
}

/// The names that functions have already.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    /// One that no other function has, and that the server does not cut.
    fn choose(&mut self, verb: &str, table: &TableName) -> Name {
        let mut number = 0;
        loop {
            let end = if number == 0 { String::new() } else { format!("_{number}") };
            let mut name = format!("{verb}_{}", table.name.as_str());
            name.truncate(name.floor_char_boundary(MAX_NAME_BYTES - end.len()));
            name.push_str(&end);
            if self.0.insert(name.clone()) {
                return Name::new(name);
            }
            number += 1;
        }
    }
}

/// A parameter of a function: it has the type of a column.
struct Parameter<'p> {
    name: String,
    column: &'p Name,
}

/// Writes a function of the application's: its parameters are of the types of columns of the table.
fn function(
    text: &mut String,
    (verb, table): (&str, &TableName),
    parameters: &[Parameter<'_>],
    body: &str,
    names: &mut Names,
) {
    let mut head = String::new();
    let name = names.choose(verb, table);
    let _ = ("FUNCTION shardplan_actions.", &name, "(").put(&mut head);
    let distinct: BTreeSet<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    // Without names where the server would cut them, or find two alike.
    let named = distinct.len() == parameters.len() && distinct.iter().all(|name| name.len() <= MAX_NAME_BYTES);
    for (at, Parameter { name, column }) in parameters.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let name = named.then(|| (Name::from(name.as_str()), " "));
        let _ = (comma, name, qualified(table), ".", *column, "%TYPE").put(&mut head);
    }
    head.push_str(") RETURNS void LANGUAGE plpgsql");
    // A column is meant wherever a parameter has its name; a parameter is meant by its number.
    define(text, head, ("\n#variable_conflict use_column\nBEGIN\n", body, "END\n"));
}

/// Says why there is no function.
fn not_possible(text: &mut String, what: &str, table: &TableName, why: &str) {
    text.push('\n');
    comment(text, ("No function to ", what, " ", table, ": ", why));
}

/// Says what a function does instead of which foreign keys.
fn told(text: &mut String, what: impl Put, lost: &[Lost<'_>]) {
    text.push('\n');
    comment(text, what);
    for lost in lost {
        comment(text, ("  ", lost.told()));
    }
}

/// `lead_id = NULL, mentor_id = NULL`
fn assignments(columns: &[&Name], value: impl Fn(&Name) -> String) -> String {
    let set: Vec<String> = columns.iter().map(|column| format!("{column} = {}", value(column))).collect();
    Shown(list(set.iter().map(String::as_str))).to_string()
}

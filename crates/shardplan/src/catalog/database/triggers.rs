//! What runs on a table by itself: triggers, rewrite rules and policies, each a row in and a value of the draft's tables out.

use super::codes::{self, known};
use super::draft::Draft;
use super::session::{Fields, Query, Session, ids};
use super::text::fold;
use crate::catalog::{Policy, Rule, Trigger};
use crate::error::Error;
use crate::name::QualifiedName;

const TRIGGERS: Query = Query { what: "triggers", sql: include_str!("triggers.sql") };
const RULES: Query = Query { what: "rules", sql: include_str!("rules.sql") };
const POLICIES: Query = Query { what: "policies", sql: include_str!("policies.sql") };

/// Gives the draft's tables their triggers, rules and policies; `constraints` are the numbers of the constraint triggers.
pub(super) fn read(session: &mut Session<'_>, draft: &mut Draft, constraints: &[u32]) -> Result<(), Error> {
    let constraints: Vec<u32> = [&[0], constraints].concat();
    for (table, trigger) in session.read(&TRIGGERS, &[ids(&constraints)], trigger)? {
        if let Some(table) = draft.table(table) {
            table.triggers.push(trigger);
        }
    }
    for (table, rule) in session.read(&RULES, &[], rule)? {
        if let Some(table) = draft.table(table) {
            table.rules.push(rule);
        }
    }
    for (table, policy) in session.read(&POLICIES, &[], policy)? {
        if let Some(table) = draft.table(table) {
            table.policies.push(policy);
        }
    }
    Ok(())
}

fn trigger(mut fields: Fields<'_>) -> Result<(u32, Trigger), Error> {
    let table = fields.take()?;
    let name = fields.name()?;
    let definition = fields.take()?;
    let function = QualifiedName { schema: fields.name()?, name: fields.name()? };
    let enabled = known(fields.take()?, codes::trigger_enabled, "state", || format!("trigger `{name}`"))?;
    Ok((table, Trigger { name, definition, function, enabled }))
}

fn rule(mut fields: Fields<'_>) -> Result<(u32, Rule), Error> {
    let table = fields.take()?;
    Ok((table, Rule { name: fields.name()?, definition: fold(fields.take()?), instead: fields.take()? }))
}

fn policy(mut fields: Fields<'_>) -> Result<(u32, Policy), Error> {
    let table = fields.take()?;
    let name = fields.name()?;
    let command = known(fields.take()?, codes::policy_command, "command", || format!("policy `{name}`"))?;
    let policy = Policy {
        name,
        command,
        permissive: fields.take()?,
        roles: fields.names()?,
        using: fields.expression()?,
        with_check: fields.expression()?,
    };
    Ok((table, policy))
}

//! `CREATE TRIGGER`, `CREATE RULE` and `CREATE POLICY` in, what hangs on a table out.

use super::cursor::{Cursor, Outcome, fail, fold_blanks};
use super::draft::Draft;
use crate::catalog::{Policy, PolicyCommand, Rule, Table, Trigger};
use crate::name::{Name, QualifiedName, TableName};

/// PostgreSQL's own trigger functions (documentation, 9.28 and 12.4.3).
const BUILT_IN: &[&str] =
    &["suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"];

/// Reads `CREATE [OR REPLACE] [CONSTRAINT] TRIGGER` from the name on; `statement` is the whole of it.
pub(super) fn trigger(at: &mut Cursor<'_>, draft: &mut Draft, statement: String) -> Outcome {
    let name = at.name()?;
    at.skip_until(|at| at.is("on"));
    at.expect("on")?;
    let table = draft.relation(at)?;
    at.skip_until(|at| at.is_any(&["execute function", "execute procedure"]));
    at.expect("execute")?;
    at.skip();
    let parts = at.path()?;
    let function = match parts.as_slice() {
        [name] if BUILT_IN.contains(&name.as_str()) => {
            QualifiedName { schema: "pg_catalog".into(), name: name.clone() }
        }
        _ => draft.find(parts, |name| function_exists(draft, name))?,
    };
    if draft.views.contains_key(&table) {
        return fail("triggers on views are not in the model");
    }
    let triggers = &mut draft.table(&table)?.triggers;
    triggers.retain(|existing| existing.name != name);
    triggers.push(Trigger { name, definition: statement, function, enabled: true });
    Ok(())
}

fn function_exists(draft: &Draft, name: &QualifiedName) -> bool {
    draft.functions.range((name.clone(), Vec::new())..).next().is_some_and(|((found, _), _)| found == name)
}

/// Reads `CREATE [OR REPLACE] RULE` from the name on.
pub(super) fn rule(at: &mut Cursor<'_>, draft: &mut Draft, statement: &str) -> Outcome {
    let name = at.name()?;
    at.skip_until(|at| at.is("to"));
    at.expect("to")?;
    let table = draft.relation(at)?;
    at.skip_until(|at| at.is("do"));
    at.expect("do")?;
    let instead = at.eat("instead");
    if draft.views.contains_key(&table) {
        return fail("rules on views are not in the model");
    }
    let definition = format!("{};", fold_blanks(statement));
    let rules = &mut draft.table(&table)?.rules;
    rules.retain(|existing| existing.name != name);
    rules.push(Rule { name, definition, instead });
    Ok(())
}

/// Reads `CREATE POLICY` from the name on.
pub(super) fn policy(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let (name, table) = name_and_table(at, draft)?;
    let mut policy = Policy {
        name,
        command: PolicyCommand::All,
        permissive: true,
        roles: Vec::new(),
        using: None,
        with_check: None,
    };
    if at.eat("as") {
        policy.permissive = !at.eat("restrictive");
        at.eat("permissive");
    }
    if at.eat("for") {
        policy.command = command(at)?;
    }
    conditions(at, &mut policy)?;
    draft.table(&table)?.policies.push(policy);
    Ok(())
}

/// Reads `ALTER POLICY` from the name on.
pub(super) fn alter_policy(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let (name, table) = name_and_table(at, draft)?;
    let policies = &mut draft.table(&table)?.policies;
    let Some(policy) = policies.iter_mut().find(|policy| policy.name == name) else {
        return fail(format!("table `{table}` has no policy `{name}`"));
    };
    if at.eat("rename to") {
        policy.name = at.name()?;
        return Ok(());
    }
    conditions(at, policy)
}

fn name_and_table(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<(Name, TableName)> {
    let name = at.name()?;
    at.expect("on")?;
    Ok((name, draft.relation(at)?))
}

fn command(at: &mut Cursor<'_>) -> Outcome<PolicyCommand> {
    const COMMANDS: &[(&str, PolicyCommand)] = &[
        ("all", PolicyCommand::All),
        ("select", PolicyCommand::Select),
        ("insert", PolicyCommand::Insert),
        ("update", PolicyCommand::Update),
        ("delete", PolicyCommand::Delete),
    ];
    match COMMANDS.iter().find(|(word, _)| at.eat(word)) {
        Some((_, command)) => Ok(*command),
        None => fail(at.unexpected("a command")),
    }
}

fn conditions(at: &mut Cursor<'_>, policy: &mut Policy) -> Outcome {
    while !at.done() {
        if at.eat("to") {
            policy.roles = roles(at)?;
        } else if at.eat("using") {
            policy.using = Some(at.parens()?.all_text());
        } else if at.eat("with check") {
            policy.with_check = Some(at.parens()?.all_text());
        } else {
            return fail(at.unexpected("a condition of the policy"));
        }
    }
    Ok(())
}

/// A policy for PUBLIC among others is one for everybody.
fn roles(at: &mut Cursor<'_>) -> Outcome<Vec<Name>> {
    let mut roles = Vec::new();
    let mut everybody = false;
    loop {
        everybody |= at.is("public");
        roles.push(at.name()?);
        if !at.eat_symbol(",") {
            return Ok(if everybody { Vec::new() } else { roles });
        }
    }
}

/// Forgets a trigger.
pub(super) fn drop_trigger(table: &mut Table, name: &Name) {
    table.triggers.retain(|trigger| trigger.name != *name);
}

/// Forgets a rule.
pub(super) fn drop_rule(table: &mut Table, name: &Name) {
    table.rules.retain(|rule| rule.name != *name);
}

/// Forgets a policy.
pub(super) fn drop_policy(table: &mut Table, name: &Name) {
    table.policies.retain(|policy| policy.name != *name);
}

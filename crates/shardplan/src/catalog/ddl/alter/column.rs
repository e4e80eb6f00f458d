//! The subcommands of `ALTER TABLE` that concern one column.

use super::{Target, no_column};
use crate::catalog::ddl::apply;
use crate::catalog::ddl::column::{self, ColumnDefinition};
use crate::catalog::ddl::constraint::Constraint;
use crate::catalog::ddl::cursor::{Cursor, Outcome, fail};
use crate::catalog::ddl::draft::{Draft, Scope};
use crate::catalog::ddl::sequence::{self, Options};
use crate::catalog::ddl::{drop, inherit, types};
use crate::catalog::{Column, Identity};
use crate::name::Name;

/// Reads `ADD`, `DROP` or `ALTER [COLUMN]`; false when something else stands here.
pub(super) fn subcommand(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target) -> Outcome<bool> {
    if at.eat("add") {
        at.eat("column");
        add(at, draft, target)?;
    } else if at.eat("drop") {
        at.eat("column");
        let if_exists = at.eat("if exists");
        let name = at.name()?;
        drop::column(draft, &target.table, &name, target.scope, if_exists)?;
    } else if at.eat("alter") {
        at.eat("column");
        alter(at, draft, target)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn add(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target) -> Outcome {
    let if_not_exists = at.eat("if not exists");
    let ColumnDefinition { mut column, constraints, sequence } = column::definition(at, draft, &target.table)?;
    if draft.table(&target.table)?.column(&column.name).is_some() {
        return if if_not_exists { Ok(()) } else { fail(format!("column `{}` exists already", column.name)) };
    }
    if let Some(options) = sequence {
        column::make_sequence(draft, &target.table, &mut column, options);
    }
    for member in draft.family(&target.table, target.scope) {
        let identity = column.identity.filter(|_| member == target.table);
        inherit::put_column(&mut draft.table(&member)?.columns, Column { identity, ..column.clone() });
    }
    apply::add_all(
        draft,
        &target.table,
        constraints.into_iter().map(|c| Constraint { validated: true, ..c }).collect(),
    );
    Ok(())
}

fn alter(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target) -> Outcome {
    let name = at.name()?;
    if draft.table(&target.table)?.column(&name).is_none() {
        return fail(no_column(&target.table, &name));
    }
    if at.eat("set data type") || at.eat("type") {
        return change_type(at, draft, target, &name);
    }
    if at.eat("set not null") {
        return apply::set_not_null(draft, &target.table, &name, target.scope);
    }
    if at.eat("drop not null") {
        return on_each(draft, target, &name, |column| column.not_null = false);
    }
    if at.eat("set default") {
        let default = column::default_expression(at)?;
        return on_each(draft, target, &name, |column| column.default.clone_from(&default));
    }
    if at.eat("drop default") {
        return on_each(draft, target, &name, |column| column.default = None);
    }
    if at.eat("drop expression") {
        return on_each(draft, target, &name, |column| column.generated = None);
    }
    identity(at, draft, target, &name)
}

/// Changes a column of the table and of all that inherit it.
fn on_each(draft: &mut Draft, target: &Target, name: &Name, change: impl Fn(&mut Column)) -> Outcome {
    for member in draft.family(&target.table, target.scope) {
        draft.table(&member)?.columns.iter_mut().filter(|column| column.name == *name).for_each(&change);
    }
    Ok(())
}

fn change_type(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target, name: &Name) -> Outcome {
    let data_type = types::data_type(at, draft)?;
    let collation = if at.eat("collate") { column::collation(at)? } else { None };
    on_each(draft, target, name, |column| {
        column.data_type = data_type.clone();
        column.collation = collation.clone();
    })?;
    let owner = (target.table.clone(), name.clone());
    let owned = draft.sequences.values_mut().filter(|sequence| sequence.identity);
    owned.filter(|sequence| sequence.owned_by.as_ref() == Some(&owner)).for_each(|s| s.data_type = data_type.clone());
    Ok(())
}

fn identity(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target, name: &Name) -> Outcome {
    if at.eat("add generated") {
        let kind = identity_kind(at)?;
        at.expect("as identity")?;
        let options = column::identity_options(at, draft)?;
        return add_identity(draft, target, name, kind, options);
    }
    if at.eat("drop identity") {
        sequence::drop_owned(draft, &target.table, Some(name));
        return on_this(draft, target, name, |column| column.identity = None);
    }
    if at.eat("set generated") {
        let kind = identity_kind(at)?;
        return on_this(draft, target, name, |column| column.identity = Some(kind));
    }
    // Statistics, storage, compression, options and the sequence's counters are not in the model.
    if at.is_any(&["set", "reset", "options", "restart", "add", "drop"]) {
        return Ok(());
    }
    fail(at.unexpected("what to alter of the column"))
}

fn identity_kind(at: &mut Cursor<'_>) -> Outcome<Identity> {
    if at.eat("always") {
        return Ok(Identity::Always);
    }
    at.expect("by default")?;
    Ok(Identity::ByDefault)
}

fn add_identity(draft: &mut Draft, target: &Target, name: &Name, kind: Identity, options: Options) -> Outcome {
    let Some(column) = draft.table(&target.table)?.column(name) else {
        return fail(no_column(&target.table, name));
    };
    let data_type = column.data_type.clone();
    sequence::make_owned(draft, &target.table, name, &data_type, options, true);
    on_this(draft, target, name, |column| (column.identity, column.not_null) = (Some(kind), true))
}

fn on_this(draft: &mut Draft, target: &Target, name: &Name, change: impl Fn(&mut Column)) -> Outcome {
    let only = Target { table: target.table.clone(), scope: Scope::Only };
    on_each(draft, &only, name, change)
}

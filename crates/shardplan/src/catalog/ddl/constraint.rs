//! A constraint of a column or table in, its parts out. Knows the notation, not the tables.

use super::cursor::{Cursor, Outcome, fail};
use super::draft::{Draft, Reference};
use super::index::{self, elements};
use crate::catalog::{Action, Exclusion, ExclusionElement, ForeignKey, Key, MatchKind, Timing};
use crate::name::{Name, TableName};

/// What a constraint demands.
#[derive(Debug, Clone)]
pub(super) enum Demand {
    NotNull(Name),
    Primary(Key),
    Unique(Key),
    /// `PRIMARY KEY` or `UNIQUE … USING INDEX`: whether it is the primary key, and the index.
    UsingIndex(KeyKind, Name),
    Exclude(Exclusion),
    Check {
        expression: String,
        no_inherit: bool,
    },
    References(Box<Reference>),
}

/// Which kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Primary,
    Unique,
}

/// A constraint as it was written.
#[derive(Debug, Clone)]
pub(super) struct Constraint {
    pub(super) name: Option<Name>,
    pub(super) demand: Demand,
    pub(super) timing: Timing,
    /// False for `NOT VALID`.
    pub(super) validated: bool,
}

/// The columns that a constraint concerns: given by the column that it stands at, or still to be read.
type Implied<'n> = Option<&'n Name>;

/// Whether a table constraint, and not a column, stands here.
pub(super) fn is_table_constraint(at: &Cursor<'_>) -> bool {
    at.is_any(&["constraint", "primary key", "unique", "check", "foreign key", "not null"])
        || at.is("exclude") && (at.word_at(1, "using") || at.text_at(1) == "(")
}

/// Reads a table constraint.
pub(super) fn table_constraint(at: &mut Cursor<'_>, draft: &Draft, table: &TableName) -> Outcome<Constraint> {
    let name = if at.eat("constraint") { Some(at.name()?) } else { None };
    match demand(at, draft, table, None)? {
        Some(demand) => attributes(at, Constraint { name, demand, timing: Timing::Immediate, validated: true }),
        None => fail(at.unexpected("a constraint")),
    }
}

/// Reads what a constraint of `column`, or of the table without one, demands; `None` when none starts here.
pub(super) fn demand(
    at: &mut Cursor<'_>,
    draft: &Draft,
    table: &TableName,
    column: Implied<'_>,
) -> Outcome<Option<Demand>> {
    Ok(Some(if at.eat("not null") {
        Demand::NotNull(column.cloned().map_or_else(|| at.name(), Ok)?)
    } else if at.eat("primary key") {
        key(at, KeyKind::Primary, column)?
    } else if at.eat("unique") {
        key(at, KeyKind::Unique, column)?
    } else if at.eat("check") {
        Demand::Check { expression: at.parens()?.all_text(), no_inherit: false }
    } else if column.is_none() && at.eat("exclude") {
        exclusion(at)?
    } else if column.is_none() && at.eat("foreign key") {
        let columns = at.names_in_parens()?;
        at.expect("references")?;
        references(at, draft, table, columns)?
    } else if let Some(column) = column
        && at.eat("references")
    {
        references(at, draft, table, vec![column.clone()])?
    } else {
        return Ok(None);
    }))
}

fn key(at: &mut Cursor<'_>, kind: KeyKind, column: Implied<'_>) -> Outcome<Demand> {
    if at.eat("using index") && !at.is("tablespace") {
        return Ok(Demand::UsingIndex(kind, at.name()?));
    }
    let nulls_not_distinct = at.eat("nulls not distinct");
    at.eat("nulls distinct");
    let columns = match column {
        Some(column) => vec![column.clone()],
        None => key_columns(at)?,
    };
    let include = if at.eat("include") { at.names_in_parens()? } else { Vec::new() };
    storage(at)?;
    let name = Name::from("");
    let key =
        Key { name, columns, include, nulls_not_distinct, timing: Timing::Immediate, attached_to: None, comment: None };
    Ok(if kind == KeyKind::Primary { Demand::Primary(key) } else { Demand::Unique(key) })
}

fn key_columns(at: &mut Cursor<'_>) -> Outcome<Vec<Name>> {
    let mut columns = Vec::new();
    for mut part in at.parens()?.split_commas() {
        columns.push(part.name()?);
        if part.eat("without overlaps") {
            return fail("keys WITHOUT OVERLAPS are not supported");
        }
    }
    Ok(columns)
}

/// Passes over what says how an index is stored.
fn storage(at: &mut Cursor<'_>) -> Outcome {
    if at.is("with") && at.text_at(1) == "(" {
        at.skip();
        at.parens()?;
    }
    if at.eat("using index tablespace") || at.eat("tablespace") {
        at.name()?;
    }
    Ok(())
}

fn exclusion(at: &mut Cursor<'_>) -> Outcome<Demand> {
    let method = if at.eat("using") { at.name()?.as_str().to_owned() } else { "btree".to_owned() };
    let mut compared = Vec::new();
    for mut part in at.parens()?.split_commas() {
        let element = elements::read(&mut part)?;
        part.expect("with")?;
        compared.push(ExclusionElement { element, operator: part.rest_text() });
    }
    if at.eat("include") {
        at.parens()?;
    }
    storage(at)?;
    let predicate = if at.eat("where") { Some(at.parens()?.all_text()) } else { None };
    let (name, timing) = (Name::from(""), Timing::Immediate);
    Ok(Demand::Exclude(Exclusion { name, method, elements: compared, predicate, timing, comment: None }))
}

/// Reads what follows `REFERENCES`.
fn references(at: &mut Cursor<'_>, draft: &Draft, from: &TableName, columns: Vec<Name>) -> Outcome<Demand> {
    let to = referenced_table(at, draft, from)?;
    let referenced = if at.is_symbol("(") { at.names_in_parens()? } else { Vec::new() };
    let mut key = ForeignKey {
        name: Name::from(""),
        from: from.clone(),
        to,
        columns: Vec::new(),
        match_kind: MatchKind::Simple,
        on_update: Action::NoAction,
        on_delete: Action::NoAction,
        set_columns: Vec::new(),
        timing: Timing::Immediate,
        validated: true,
        comment: None,
    };
    loop {
        if at.eat("match full") {
            key.match_kind = MatchKind::Full;
        } else if at.eat("match partial") {
            key.match_kind = MatchKind::Partial;
        } else if at.eat("match simple") {
            key.match_kind = MatchKind::Simple;
        } else if at.eat("on delete") {
            key.on_delete = action(at)?;
            if at.is_symbol("(") {
                key.set_columns = at.names_in_parens()?;
            }
        } else if at.eat("on update") {
            key.on_update = action(at)?;
        } else {
            return Ok(Demand::References(Box::new(Reference {
                key,
                columns,
                referenced,
                place: draft.place.clone(),
            })));
        }
    }
}

/// A table may reference itself before it exists.
fn referenced_table(at: &mut Cursor<'_>, draft: &Draft, from: &TableName) -> Outcome<TableName> {
    let parts = at.path()?;
    draft.find(parts, |name| name == from || draft.tables.contains_key(name))
}

fn action(at: &mut Cursor<'_>) -> Outcome<Action> {
    const ACTIONS: &[(&str, Action)] = &[
        ("no action", Action::NoAction),
        ("restrict", Action::Restrict),
        ("cascade", Action::Cascade),
        ("set null", Action::SetNull),
        ("set default", Action::SetDefault),
    ];
    for (words, action) in ACTIONS {
        if at.eat(words) {
            return Ok(*action);
        }
    }
    fail(at.unexpected("an action"))
}

/// Reads what may follow a constraint, in any order.
pub(super) fn attributes(at: &mut Cursor<'_>, mut constraint: Constraint) -> Outcome<Constraint> {
    while attribute(at, &mut constraint) {}
    Ok(constraint)
}

/// Reads one attribute into the constraint; false when there is none here.
pub(super) fn attribute(at: &mut Cursor<'_>, constraint: &mut Constraint) -> bool {
    if at.eat("not deferrable") || at.eat("initially immediate") {
        return true;
    }
    if at.eat("deferrable") {
        if constraint.timing == Timing::Immediate {
            constraint.timing = Timing::Deferrable;
        }
        return true;
    }
    if at.eat("initially deferred") {
        constraint.timing = Timing::Deferred;
        return true;
    }
    if at.eat("not valid") {
        constraint.validated = false;
        return true;
    }
    if at.eat("no inherit") {
        if let Demand::Check { no_inherit, .. } = &mut constraint.demand {
            *no_inherit = true;
        }
        return true;
    }
    // A constraint that is not enforced is kept: it says what the data should be.
    at.eat("not enforced") || at.eat("enforced")
}

/// The name part that a key or exclusion contributes: its columns, as the server joins them.
pub(super) fn name_addition(demand: &Demand) -> String {
    match demand {
        Demand::Primary(_) => String::new(),
        Demand::Unique(key) => index::join(key.columns.iter().chain(&key.include).map(|name| name.as_str().to_owned())),
        Demand::Exclude(exclusion) => {
            index::join(index::column_names(exclusion.elements.iter().map(|compared| &compared.element), &[]))
        }
        Demand::References(reference) => index::join(reference.columns.iter().map(|name| name.as_str().to_owned())),
        _ => String::new(),
    }
}

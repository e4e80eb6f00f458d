//! The definition of a column in, the column with its constraints out.

use super::constraint::{self, Constraint, Demand};
use super::cursor::{Cursor, Outcome, fail};
use super::draft::Draft;
use super::lex::Kind;
use super::sequence::{self, Options};
use super::types::{self, ColumnType};
use crate::catalog::{Column, DataType, Generated, Identity, Timing};
use crate::name::{Name, QualifiedName, TableName};

/// A column as it was written.
#[derive(Debug, Clone)]
pub(super) struct ColumnDefinition {
    pub(super) column: Column,
    pub(super) constraints: Vec<Constraint>,
    /// The sequence that the column brings with it.
    pub(super) sequence: Option<Options>,
}

/// Reads `name type options`.
pub(super) fn definition(at: &mut Cursor<'_>, draft: &Draft, table: &TableName) -> Outcome<ColumnDefinition> {
    let name = at.name()?;
    let mut defined = match types::column_type(at, draft)? {
        ColumnType::Plain(data_type) => plain(name, data_type),
        ColumnType::Serial(data_type) => {
            let mut serial = plain(name, data_type);
            serial.column.not_null = true;
            serial.sequence = Some(Options::default());
            serial
        }
    };
    options(at, draft, table, &mut defined)?;
    Ok(defined)
}

fn plain(name: Name, data_type: DataType) -> ColumnDefinition {
    ColumnDefinition { column: Column::new(name, data_type), constraints: Vec::new(), sequence: None }
}

/// Reads `column WITH OPTIONS …` of a typed table or partition onto the column that its type or parent gives.
pub(super) fn with_options(
    at: &mut Cursor<'_>,
    draft: &Draft,
    table: &TableName,
    columns: &mut [Column],
) -> Outcome<Vec<Constraint>> {
    let name = at.name()?;
    at.eat("with options");
    let Some(column) = columns.iter_mut().find(|column| column.name == name) else {
        return fail(format!("there is no column `{name}` to give options to"));
    };
    let mut defined = ColumnDefinition { column: column.clone(), constraints: Vec::new(), sequence: None };
    options(at, draft, table, &mut defined)?;
    *column = defined.column;
    Ok(defined.constraints)
}

fn options(at: &mut Cursor<'_>, draft: &Draft, table: &TableName, defined: &mut ColumnDefinition) -> Outcome {
    let mut name = None;
    while !at.done() {
        if at.eat("constraint") {
            name = Some(at.name()?);
        } else if let Some(demand) = constraint::demand(at, draft, table, Some(&defined.column.name))? {
            take_demand(defined, name.take(), demand);
        } else if !(value_option(at, draft, defined)? || attribute(at, defined) || storage_option(at)?) {
            return fail(at.unexpected("a column option"));
        }
    }
    Ok(())
}

/// Reads an attribute of the last constraint. Those of NOT NULL have no place in the model.
fn attribute(at: &mut Cursor<'_>, defined: &mut ColumnDefinition) -> bool {
    let not_null = || Demand::NotNull(Name::from(""));
    let mut nobody = Constraint { name: None, demand: not_null(), timing: Timing::Immediate, validated: true };
    constraint::attribute(at, defined.constraints.last_mut().unwrap_or(&mut nobody))
}

fn take_demand(defined: &mut ColumnDefinition, name: Option<Name>, demand: Demand) {
    if matches!(demand, Demand::NotNull(_)) {
        defined.column.not_null = true;
        return;
    }
    defined.constraints.push(Constraint { name, demand, timing: Timing::Immediate, validated: true });
}

/// Reads what says where the values come from.
fn value_option(at: &mut Cursor<'_>, draft: &Draft, defined: &mut ColumnDefinition) -> Outcome<bool> {
    if at.eat("default") {
        defined.column.default = default_expression(at)?;
    } else if at.eat("collate") {
        defined.column.collation = collation(at)?;
    } else if at.is("generated") {
        generated(at, draft, defined)?;
    } else {
        return Ok(at.eat("null"));
    }
    Ok(true)
}

/// Options that the model does not have.
fn storage_option(at: &mut Cursor<'_>) -> Outcome<bool> {
    if at.eat("storage") || at.eat("compression") {
        at.name()?;
    } else if at.eat("options") {
        at.parens()?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Reads a default. A plain NULL, which a dump writes where a partition has not the default of its table, is none.
pub(super) fn default_expression(at: &mut Cursor<'_>) -> Outcome<Option<String>> {
    let text = expression(at)?;
    Ok(Some(text).filter(|text| !text.eq_ignore_ascii_case("null")))
}

/// Reads an expression up to the next column option. What starts a column option starts it only outside CASE and after
/// something that can end an expression.
fn expression(at: &mut Cursor<'_>) -> Outcome<String> {
    const OPTIONS: &[&str] = &[
        "constraint",
        "not null",
        "null",
        "check",
        "default",
        "generated",
        "unique",
        "primary key",
        "references",
        "collate",
        "deferrable",
        "not deferrable",
        "initially",
        "storage",
        "compression",
    ];
    let start = at.mark();
    let (mut cases, mut operand_missing) = (0usize, true);
    while !at.done() && (cases > 0 || operand_missing || !at.is_any(OPTIONS)) {
        cases += usize::from(at.is("case"));
        cases -= usize::from(cases > 0 && at.is("end"));
        let opens = matches!(at.text_at(0), "(" | "[");
        operand_missing = at.kind_at(0) == Some(Kind::Symbol) && !opens || at.is_any(&["is", "and", "or", "from"]);
        at.skip_group();
    }
    let text = at.text_since(start);
    if text.is_empty() { fail("an expression is missing") } else { Ok(text) }
}

/// Reads a collation; those of the system are written with their schema, the default one is none.
pub(super) fn collation(at: &mut Cursor<'_>) -> Outcome<Option<String>> {
    let parts = at.path()?;
    let (schema, name) = match parts.as_slice() {
        [name] => (Name::from("pg_catalog"), name.clone()),
        [schema, name] => (schema.clone(), name.clone()),
        _ => return fail("a collation with too many names"),
    };
    let default = schema == "pg_catalog" && name == "default";
    Ok((!default).then(|| QualifiedName { schema, name }.qualified().to_string()))
}

fn generated(at: &mut Cursor<'_>, draft: &Draft, defined: &mut ColumnDefinition) -> Outcome {
    at.expect("generated")?;
    let always = at.eat("always");
    if !always {
        at.expect("by default")?;
    }
    at.expect("as")?;
    if at.eat("identity") {
        defined.column.identity = Some(if always { Identity::Always } else { Identity::ByDefault });
        defined.column.not_null = true;
        defined.sequence = Some(identity_options(at, draft)?);
        return Ok(());
    }
    let expression = at.parens()?.all_text();
    let stored = at.eat("stored");
    at.eat("virtual");
    defined.column.generated =
        Some(if stored { Generated::Stored(expression) } else { Generated::Virtual(expression) });
    Ok(())
}

/// Reads the options of an identity column's sequence, if there are any.
pub(super) fn identity_options(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<Options> {
    if at.is_symbol("(") { sequence::options(&mut at.parens()?, draft) } else { Ok(Options::default()) }
}

/// Makes the sequence of a column that has one, and with `serial` the default.
pub(super) fn make_sequence(draft: &mut Draft, table: &TableName, column: &mut Column, options: Options) {
    let identity = column.identity.is_some();
    let data_type = column.data_type.clone();
    let name = sequence::make_owned(draft, table, &column.name, &data_type, options, identity);
    if !identity {
        column.default = Some(sequence::nextval(&name));
    }
}

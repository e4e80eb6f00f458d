//! `CREATE SEQUENCE`, `ALTER SEQUENCE` and the sequences behind `serial` and identity columns in, sequences out.

use super::cursor::{Cursor, Outcome, fail};
use super::draft::Draft;
use super::types;
use crate::catalog::{DataType, Sequence};
use crate::name::{Name, QualifiedName, TableName};

/// What a list of sequence options says, as far as the model has it.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    /// `SEQUENCE NAME`, which only identity columns have.
    name: Option<QualifiedName>,
    data_type: Option<DataType>,
    increment: Option<i64>,
    /// `OWNED BY`; `Some(None)` for `OWNED BY NONE`.
    owned_by: Option<Option<(TableName, Name)>>,
}

impl Options {
    /// The options that another sequence has, without its name, type and owner.
    pub(super) fn copied(sequence: &Sequence) -> Self {
        Self { increment: Some(sequence.increment), ..Self::default() }
    }
}

/// Reads `CREATE SEQUENCE` after these words.
pub(super) fn create(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let if_not_exists = at.eat("if not exists");
    let name = draft.new_name(at)?;
    if draft.relation_exists(&name) {
        return if if_not_exists { Ok(()) } else { fail(format!("`{name}` exists already")) };
    }
    let options = options(at, draft)?;
    let sequence = Sequence {
        name: name.clone(),
        data_type: options.data_type.unwrap_or_else(|| DataType::from("bigint")),
        increment: options.increment.unwrap_or(1),
        owned_by: options.owned_by.flatten(),
        identity: false,
    };
    draft.sequences.insert(name, sequence);
    Ok(())
}

/// Reads `ALTER SEQUENCE` after these words; renaming is read elsewhere.
pub(super) fn alter(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let if_exists = at.eat("if exists");
    let name = draft.relation(at)?;
    if at.is_any(&["owner to", "set logged", "set unlogged"]) {
        return Ok(());
    }
    let options = options(at, draft)?;
    let Some(sequence) = draft.sequences.get_mut(&name) else {
        return if if_exists {
            Ok(())
        } else {
            fail(format!("there is no sequence `{name}` at this point of the text"))
        };
    };
    sequence.data_type = options.data_type.unwrap_or_else(|| sequence.data_type.clone());
    sequence.increment = options.increment.unwrap_or(sequence.increment);
    if let Some(owner) = options.owned_by {
        sequence.owned_by = owner;
    }
    Ok(())
}

/// Reads sequence options to the end.
pub(super) fn options(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<Options> {
    let mut options = Options::default();
    while !at.done() {
        if at.eat("as") {
            options.data_type = Some(types::data_type(at, draft)?);
        } else if at.eat("increment") {
            at.eat("by");
            options.increment = Some(at.integer()?);
        } else if at.eat("owned by") {
            options.owned_by = Some(owner(at, draft)?);
        } else if at.eat("sequence name") {
            options.name = Some(draft.new_name(at)?);
        } else {
            pass_over(at)?;
        }
    }
    Ok(options)
}

/// Options that the model does not have.
fn pass_over(at: &mut Cursor<'_>) -> Outcome {
    if at.eat("no minvalue") || at.eat("no maxvalue") || at.eat("no cycle") || at.eat("cycle") {
        return Ok(());
    }
    if at.eat("logged") || at.eat("unlogged") {
        return Ok(());
    }
    for word in ["minvalue", "maxvalue", "start", "restart", "cache"] {
        if at.eat(word) {
            at.eat("with");
            let number = !at.done() && (at.text_at(0).starts_with(|c: char| c.is_ascii_digit()) || at.is_symbol("-"));
            return if number { at.integer().map(|_| ()) } else { Ok(()) };
        }
    }
    fail(at.unexpected("a sequence option"))
}

fn owner(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<Option<(TableName, Name)>> {
    let mut parts = at.path()?;
    let Some(column) = parts.pop() else { return Ok(None) };
    if parts.is_empty() {
        return if column == "none" { Ok(None) } else { fail("OWNED BY needs a table and a column") };
    }
    let table = draft.find(parts, |name| draft.tables.contains_key(name))?;
    Ok(Some((table, column)))
}

/// Makes the sequence of a `serial` or identity column and returns its name.
pub(super) fn make_owned(
    draft: &mut Draft,
    table: &TableName,
    column: &Name,
    column_type: &DataType,
    options: Options,
    identity: bool,
) -> QualifiedName {
    let name = options.name.unwrap_or_else(|| {
        let name = draft.choose_relation_name(table, column.as_str(), "seq");
        QualifiedName { schema: table.schema.clone(), name }
    });
    let sequence = Sequence {
        name: name.clone(),
        data_type: options.data_type.unwrap_or_else(|| column_type.clone()),
        increment: options.increment.unwrap_or(1),
        owned_by: Some((table.clone(), column.clone())),
        identity,
    };
    draft.sequences.insert(name.clone(), sequence);
    name
}

/// `a.b` or `a.b.c` as the text of a `nextval` argument has it.
pub(super) fn nextval(sequence: &QualifiedName) -> String {
    let quoted = sequence.qualified().to_string().replace('\'', "''");
    format!("nextval('{quoted}'::regclass)")
}

/// Removes the sequences that columns of a table own: all, or those of one column.
pub(super) fn drop_owned(draft: &mut Draft, table: &TableName, column: Option<&Name>) {
    draft.sequences.retain(|_, sequence| match &sequence.owned_by {
        Some((owner, owning)) => owner != table || column.is_some_and(|column| column != owning),
        None => true,
    });
}

//! A type as somebody wrote it in, the type as `format_type` prints it under an empty search path out.

use super::cursor::{Cursor, Outcome, fail};
use super::draft::Draft;
use super::lex::{Kind, Lexer, Token};
use crate::catalog::DataType;
use crate::name::{Name, QualifiedName};

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ColumnType {
    Plain(DataType),
    /// `serial` and its sisters: this integer type with a sequence of its own.
    Serial(DataType),
}

/// Names of types in `pg_catalog` that are spelled otherwise, or spelled as they are, sorted by name.
#[rustfmt::skip]
const SPELLED: &[(&str, &str)] = &[
    ("bool", "boolean"), ("dec", "numeric"), ("decimal", "numeric"), ("float4", "real"), ("float8", "double precision"),
    ("int", "integer"), ("int2", "smallint"), ("int4", "integer"), ("int8", "bigint"), ("varbit", "bit varying"),
    ("varchar", "character varying"),
];

/// Types of `pg_catalog` that keep their name, sorted.
#[rustfmt::skip]
const KEPT: &[&str] = &[
    "aclitem", "any", "anyarray", "anycompatible", "anycompatiblearray", "anycompatiblemultirange", "anycompatiblenonarray",
    "anycompatiblerange", "anyelement", "anyenum", "anymultirange", "anynonarray", "anyrange", "bigint", "bit", "boolean", "box",
    "bpchar", "bytea", "cid", "cidr", "circle", "cstring", "date", "datemultirange", "daterange", "event_trigger", "fdw_handler",
    "gtsvector", "index_am_handler", "inet", "int2vector", "int4multirange", "int4range", "int8multirange", "int8range", "integer",
    "internal", "json", "jsonb", "jsonpath", "language_handler", "line", "lseg", "macaddr", "macaddr8", "money", "name", "numeric",
    "nummultirange", "numrange", "oid", "oidvector", "path", "pg_lsn", "pg_node_tree", "pg_snapshot", "point", "polygon", "real",
    "record", "refcursor", "regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper", "regoperator",
    "regproc", "regprocedure", "regrole", "regtype", "smallint", "table_am_handler", "text", "tid", "trigger", "tsm_handler",
    "tsmultirange", "tsquery", "tsrange", "tstzmultirange", "tstzrange", "tsvector", "txid_snapshot", "unknown", "uuid", "void",
    "xid", "xid8", "xml",
];

/// The serial types and what they stand for.
const SERIAL: &[(&str, &str)] = &[
    ("bigserial", "bigint"),
    ("serial", "integer"),
    ("serial2", "smallint"),
    ("serial4", "integer"),
    ("serial8", "bigint"),
    ("smallserial", "smallint"),
];

/// Reads the type of a column.
pub(super) fn column_type(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<ColumnType> {
    let serial = SERIAL.iter().find(|(name, _)| at.is(name));
    if let Some((name, stands_for)) = serial {
        at.eat(name);
        return Ok(ColumnType::Serial(DataType::from(*stands_for)));
    }
    data_type(at, draft).map(ColumnType::Plain)
}

/// Reads a type.
pub(super) fn data_type(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<DataType> {
    let base = base_type(at, draft)?;
    Ok(DataType::from(if eat_array(at) { format!("{base}[]") } else { base }))
}

/// Reads a type of an argument or result, where a modifier means nothing and the server forgets it.
pub(super) fn bare_type(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<DataType> {
    let full = data_type(at, draft)?;
    let text = full.as_str();
    let tokens: Vec<Token> = Lexer::new(text).collect();
    let mut parts = Cursor::new(text, &tokens);
    let start = parts.mark();
    parts.skip_until(|at| at.is_symbol("("));
    let mut bare = parts.text_since(start);
    parts.skip_group();
    let rest = parts.rest_text();
    bare.push_str(if rest.is_empty() || rest.starts_with('[') { "" } else { " " });
    bare.push_str(&rest);
    let bare = bare.strip_prefix("bpchar").map_or(bare.clone(), |rest| format!("character{rest}"));
    Ok(DataType::from(bare))
}

/// Reads `[]`, `[3][3]` or `ARRAY`: PostgreSQL keeps neither bounds nor dimensions.
fn eat_array(at: &mut Cursor<'_>) -> bool {
    let mut found = at.eat("array");
    while at.is_symbol("[") {
        at.skip_group();
        found = true;
    }
    found
}

fn base_type(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<String> {
    let keyword = at.kind_at(0) == Some(Kind::Word) && at.text_at(1) != ".";
    if keyword && let Some(spelled) = keyword_type(at)? {
        return Ok(spelled);
    }
    let quoted = at.kind_at(0) == Some(Kind::Quoted);
    let mut parts = at.path()?;
    if parts.len() == 2 && parts[0] == "pg_catalog" {
        let name = parts.remove(1);
        return catalog_type(name.as_str(), at);
    }
    if let [name] = parts.as_slice() {
        if quoted && *name == "char" {
            return Ok("\"char\"".to_owned());
        }
        if is_catalog_type(name.as_str()) {
            return catalog_type(name.as_str(), at);
        }
    }
    let name = user_type(parts, draft)?;
    Ok(format!("{}{}", name.qualified(), modifier(at)?))
}

fn user_type(parts: Vec<Name>, draft: &Draft) -> Outcome<QualifiedName> {
    let schema = match parts.as_slice() {
        [name] => draft.extension_type_schema(name.as_str()),
        _ => None,
    };
    let found = draft.find(parts, |name| draft.type_exists(name))?;
    match schema {
        Some(schema) if !draft.type_exists(&found) => Ok(QualifiedName { schema, ..found }),
        _ => Ok(found),
    }
}

fn is_catalog_type(name: &str) -> bool {
    KEPT.binary_search(&name).is_ok()
        || SPELLED.binary_search_by_key(&name, |(alias, _)| alias).is_ok()
        || matches!(name, "timestamp" | "timestamptz" | "time" | "timetz" | "interval" | "character" | "char")
}

/// A type by its name in `pg_catalog`, with its modifier.
fn catalog_type(name: &str, at: &mut Cursor<'_>) -> Outcome<String> {
    let zoned = |kind: &str, modifier: String| format!("{kind}{modifier} with time zone");
    let plain = |kind: &str, modifier: String| format!("{kind}{modifier} without time zone");
    let spelled = SPELLED.binary_search_by_key(&name, |(alias, _)| alias).map_or(name, |at| SPELLED[at].1);
    Ok(match spelled {
        "timestamptz" => zoned("timestamp", modifier(at)?),
        "timetz" => zoned("time", modifier(at)?),
        "timestamp" => plain("timestamp", modifier(at)?),
        "time" => plain("time", modifier(at)?),
        "interval" => interval(at)?,
        "bpchar" if at.is_symbol("(") => format!("character{}", modifier(at)?),
        "char" => "\"char\"".to_owned(),
        "numeric" => numeric(&modifier(at)?),
        _ => format!("{spelled}{}", modifier(at)?),
    })
}

/// `numeric(10)` has scale 0.
fn numeric(modifier: &str) -> String {
    match modifier.strip_suffix(')') {
        Some(open) if !open.contains(',') => format!("numeric{open},0)"),
        _ => format!("numeric{modifier}"),
    }
}

/// Types with a notation of their own, which only unquoted keywords have.
fn keyword_type(at: &mut Cursor<'_>) -> Outcome<Option<String>> {
    if at.eat("double precision") {
        return Ok(Some("double precision".to_owned()));
    }
    if at.eat("float") {
        let modifier = modifier(at)?;
        let single = modifier.trim_matches(['(', ')']).parse::<u32>().is_ok_and(|bits| bits <= 24);
        return Ok(Some(if single { "real" } else { "double precision" }.to_owned()));
    }
    let national = at.eat("national");
    if at.eat("character") || at.eat("char") || at.eat("nchar") {
        let varying = at.eat("varying");
        return Ok(Some(sized(if varying { "character varying" } else { "character" }, varying, at)?));
    }
    if national {
        return fail(at.unexpected("CHARACTER"));
    }
    if at.eat("bit") {
        let varying = at.eat("varying");
        return Ok(Some(sized(if varying { "bit varying" } else { "bit" }, varying, at)?));
    }
    if at.is("timestamp") || at.is("time") {
        let kind = at.text_at(0).to_ascii_lowercase();
        at.skip();
        let modifier = modifier(at)?;
        let zone = if at.eat("with time zone") { "with" } else { "without" };
        at.eat("without time zone");
        return Ok(Some(format!("{kind}{modifier} {zone} time zone")));
    }
    if at.eat("interval") {
        return interval(at).map(Some);
    }
    Ok(None)
}

/// A type that has length 1 when none is given, unless it varies.
fn sized(name: &str, varying: bool, at: &mut Cursor<'_>) -> Outcome<String> {
    let modifier = modifier(at)?;
    Ok(if modifier.is_empty() && !varying { format!("{name}(1)") } else { format!("{name}{modifier}") })
}

/// What may follow `interval`: fields, then a precision.
fn interval(at: &mut Cursor<'_>) -> Outcome<String> {
    const FIELDS: &[&str] = &["year", "month", "day", "hour", "minute", "second"];
    let mut text = "interval".to_owned();
    if at.is_any(FIELDS) {
        text.push_str(&format!(" {}", at.text_at(0).to_ascii_lowercase()));
        at.skip();
        if at.eat("to") {
            text.push_str(&format!(" to {}", at.text_at(0).to_ascii_lowercase()));
            at.skip();
        }
    }
    Ok(text + &modifier(at)?)
}

/// Reads `(10,2)` and writes it as the server does, without blanks.
fn modifier(at: &mut Cursor<'_>) -> Outcome<String> {
    if !at.is_symbol("(") {
        return Ok(String::new());
    }
    let parts = at.parens()?.split_commas();
    let parts: Vec<String> = parts.iter().map(Cursor::all_text).collect();
    Ok(format!("({})", parts.join(",")))
}

/// The name of a type as `pg_type` has it, for the few that the grammar renames; `FigureColname` names a cast after it.
pub(super) fn internal_name(written: &str) -> &str {
    match written {
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "boolean" => "bool",
        "real" => "float4",
        "double" | "float" => "float8",
        "decimal" | "dec" => "numeric",
        "character" | "char" | "nchar" => "bpchar",
        other => other,
    }
}

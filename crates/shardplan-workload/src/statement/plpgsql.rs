//! A PL/pgSQL function comes in, its statements with their lines go out, as PostgreSQL's own parser finds them. Beside the
//! readers of commands the only file that names pg_query.
//!
//! The catalog knows the types of the arguments, not their names. The parser asks for a name only where one is assigned to, so each
//! name that it misses becomes an argument. What the parser makes of a trigger's own variables is no JSON, so a trigger is read as a
//! function that returns a row, of the rows `new` and `old`.

use serde_json::Value;
use shardplan::Function;

use crate::parse::Unread;

/// The longest body that is handed to the parser, which is written in C, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// The deepest nesting of blocks, loops and parentheses that is handed to it, and the most names that are made up for it.
const MAX_DEPTH: usize = 200;
const MAX_NAMES: usize = 50;

/// A part of a body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A statement, or an expression with a query in it.
    Statement { line: u64, text: String },
    /// A statement that is put together as it runs.
    Dynamic { line: u64, text: String },
}

/// The parts of a body that can read or write tables, by line.
pub(crate) fn parts(function: &Function) -> Result<Vec<Part>, Unread> {
    let body = &function.body;
    if body.len() > MAX_BYTES {
        return Err(Unread::TooLarge(format!("{} bytes", body.len())));
    }
    let deepest = nesting(body);
    if deepest > MAX_DEPTH {
        return Err(Unread::TooLarge(format!("{deepest} nested blocks or parentheses")));
    }
    let mut found = walk(&tree(function)?);
    found.sort();
    found.dedup();
    Ok(found)
}

/// How deep it may nest: an upper bound from words and signs, whatever they mean.
fn nesting(body: &str) -> usize {
    let opens = |word: &str| ["begin", "loop", "if", "case", "then"].iter().any(|open| word.eq_ignore_ascii_case(open));
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for word in body.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
        if bare.eq_ignore_ascii_case("end") {
            depth = depth.saturating_sub(1);
        }
        depth += usize::from(opens(bare)) + word.matches(['(', '[']).count();
        deepest = deepest.max(depth);
        depth = depth.saturating_sub(word.matches([')', ']']).count());
    }
    deepest
}

fn tree(function: &Function) -> Result<Value, Unread> {
    let is_trigger = function.returns.as_deref() == Some("trigger");
    let mut names: Vec<String> = if is_trigger { vec!["new".to_owned(), "old".to_owned()] } else { Vec::new() };
    loop {
        let error = match pg_query::parse_plpgsql(&definition(function, &names)) {
            Ok(tree) => return Ok(tree),
            Err(error) => error.to_string(),
        };
        match missing(&error).filter(|name| !names.contains(name) && names.len() < MAX_NAMES) {
            Some(name) => names.push(name),
            None => return Err(Unread::NotParsed(error)),
        }
    }
}

/// The name in `"name" is not a known variable`, as it must stand in a list of arguments.
fn missing(error: &str) -> Option<String> {
    let (before, _) = error.split_once("\" is not a known variable")?;
    let (_, name) = before.split_once('"')?;
    Some(shardplan::Name::from(name.split('.').next().unwrap_or(name)).to_string())
}

/// The statement that makes the function. Line 1 of the body is the line of its opening quote, as PostgreSQL counts.
fn definition(function: &Function, names: &[String]) -> String {
    let tag = (0..).map(|number| format!("$body{number}$")).find(|tag| !function.body.contains(tag.as_str()));
    let tag = tag.unwrap_or_default();
    let arguments = names.iter().map(|name| format!("{name} record")).collect::<Vec<_>>().join(", ");
    let (kind, returns) = match function.returns.as_deref() {
        Some("trigger") => ("FUNCTION", " RETURNS record".to_owned()),
        Some("event_trigger") => ("FUNCTION", " RETURNS void".to_owned()),
        Some(returns) => ("FUNCTION", format!(" RETURNS {returns}")),
        None => ("PROCEDURE", String::new()),
    };
    format!("CREATE {kind} f({arguments}){returns} LANGUAGE plpgsql AS {tag}{}{tag}", function.body)
}

/// Finds the expressions of a tree, each with the line of the innermost statement that it belongs to.
fn walk(tree: &Value) -> Vec<Part> {
    let mut found = Vec::new();
    let mut open: Vec<(&Value, u64, bool)> = vec![(tree, 1, false)];
    while let Some((value, line, dynamic)) = open.pop() {
        match value {
            Value::Array(values) => open.extend(values.iter().map(|value| (value, line, dynamic))),
            Value::Object(fields) => {
                let line = fields.get("lineno").and_then(Value::as_u64).unwrap_or(line);
                for (name, value) in fields {
                    if name == "PLpgSQL_expr" {
                        found.extend(part(value, line, dynamic));
                        continue;
                    }
                    let executes = name == "PLpgSQL_stmt_dynexecute" || name == "PLpgSQL_stmt_dynfors";
                    open.push((value, line, executes || name == "dynquery" || (dynamic && name == "query")));
                }
            }
            _ => {}
        }
    }
    found
}

/// What an expression is as a statement. The parser says how it would read it: as a statement, as an expression or as an assignment.
fn part(expression: &Value, line: u64, dynamic: bool) -> Option<Part> {
    let text = expression.get("query")?.as_str()?.trim();
    let mode = expression.get("parseMode").and_then(Value::as_u64).unwrap_or(0);
    if dynamic {
        return Some(match literal(text) {
            Some(text) => Part::Statement { line, text },
            None => Part::Dynamic { line, text: text.to_owned() },
        });
    }
    let text = match mode {
        0 => text.to_owned(),
        2 => format!("SELECT {text}"),
        _ => format!("SELECT {}", assigned(text)?),
    };
    // An expression reads a table only by a query.
    let reads = mode == 0 || text.to_ascii_lowercase().contains("from");
    reads.then_some(Part::Statement { line, text })
}

/// The value of `target := value`.
fn assigned(text: &str) -> Option<&str> {
    let at = text.find('=')?;
    Some(text[at + 1..].trim())
}

/// The content of a text that is one plain literal.
fn literal(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let doubled = inner.replace("''", "");
    (!doubled.contains('\'')).then(|| inner.replace("''", "'"))
}

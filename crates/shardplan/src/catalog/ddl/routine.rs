//! `CREATE FUNCTION` and `CREATE PROCEDURE` in, functions with body and language out.

use super::cursor::{Cursor, Outcome, fail, fold_blanks};
use super::draft::Draft;
use super::lex::Kind;
use super::types;
use crate::catalog::{DataType, Function};
use crate::name::Name;

/// How an argument is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    In,
    Out,
    InOut,
}

#[derive(Debug)]
struct Argument {
    mode: Mode,
    data_type: DataType,
}

/// Whether a routine returns something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    Function,
    Procedure,
}

/// Reads what follows `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`.
pub(super) fn create(at: &mut Cursor<'_>, draft: &mut Draft, kind: Kinds) -> Outcome {
    let name = draft.new_name(at)?;
    let arguments = arguments(at, draft)?;
    let mut returns = None;
    let (mut language, mut body) = (None, None);
    while !at.done() {
        if at.eat("returns null on null input") {
        } else if at.eat("returns") {
            returns = Some(result(at, draft)?);
        } else if at.eat("language") {
            language = Some(if at.kind_at(0) == Some(Kind::Text) { Name::from(at.string()?) } else { at.name()? });
        } else if at.eat("as") {
            body = Some(quoted_body(at)?);
        } else if at.is("begin atomic") || at.is("return") {
            body = Some(fold_blanks(&at.rest_text()));
            break;
        } else {
            // Volatility, cost, settings and the like: values in strings must not be taken for the body.
            at.skip_group();
        }
    }
    let Some(body) = body else { return fail("the routine has no body") };
    let language = language.unwrap_or_else(|| Name::from("sql"));
    if kind == Kinds::Function {
        returns = returns.or_else(|| result_of_arguments(&arguments));
    }
    let input = arguments.into_iter().filter(|argument| matches!(argument.mode, Mode::In | Mode::InOut));
    let arguments: Vec<DataType> = input.map(|argument| argument.data_type).collect();
    let function = Function { name: name.clone(), arguments: arguments.clone(), language, body, returns };
    draft.functions.insert((name, arguments), function);
    Ok(())
}

/// The text between the quotes; a function in C has its object file first.
fn quoted_body(at: &mut Cursor<'_>) -> Outcome<String> {
    let first = at.string()?;
    if at.eat_symbol(",") { at.string() } else { Ok(first) }
}

fn arguments(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<Vec<Argument>> {
    at.parens()?.split_commas().into_iter().map(|mut part| argument(&mut part, draft)).collect()
}

/// The types of the input arguments of `(…)`, as `DROP FUNCTION` and `COMMENT` have them.
pub(super) fn argument_types(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<Vec<DataType>> {
    let input = arguments(at, draft)?.into_iter().filter(|argument| matches!(argument.mode, Mode::In | Mode::InOut));
    Ok(input.map(|argument| argument.data_type).collect())
}

/// Reads `[mode] [name] [mode] type [DEFAULT …]`.
fn argument(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<Argument> {
    let mut mode = mode(at);
    let start = at.mark();
    let alone = types::bare_type(at, draft).is_ok() && ends(at);
    at.back(start);
    if !alone {
        at.name()?;
        mode = if mode == Mode::In { self::mode(at) } else { mode };
    }
    let data_type = types::bare_type(at, draft)?;
    if ends(at) { Ok(Argument { mode, data_type }) } else { fail(at.unexpected("the end of the argument")) }
}

fn ends(at: &Cursor<'_>) -> bool {
    at.done() || at.is("default") || at.is_symbol("=") || at.is_symbol(":=")
}

fn mode(at: &mut Cursor<'_>) -> Mode {
    let in_out = at.eat("in out") || at.eat("inout");
    if in_out {
        Mode::InOut
    } else if at.eat("out") {
        Mode::Out
    } else {
        _ = at.eat("in") || at.eat("variadic");
        Mode::In
    }
}

/// Reads what follows `RETURNS`.
fn result(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<String> {
    if at.eat("table") {
        let columns = at.parens()?.split_commas().into_iter().map(|mut part| {
            let name = part.name()?;
            Ok(format!("{name} {}", types::bare_type(&mut part, draft)?))
        });
        return Ok(format!("TABLE({})", columns.collect::<Outcome<Vec<_>>>()?.join(", ")));
    }
    let set = if at.eat("setof") { "SETOF " } else { "" };
    Ok(format!("{set}{}", types::bare_type(at, draft)?))
}

/// What a function with OUT arguments and without RETURNS returns.
fn result_of_arguments(arguments: &[Argument]) -> Option<String> {
    let mut out = arguments.iter().filter(|argument| argument.mode != Mode::In).map(|argument| &argument.data_type);
    let first = out.next()?;
    Some(if out.next().is_some() { "record".to_owned() } else { first.to_string() })
}

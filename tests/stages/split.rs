//! A psql script comes in, its SQL statements go out, without comments before them, as psql would send them. Written on its
//! own, so that a quote that is not closed or a body that ends too early shows.

use std::ops::ControlFlow;

/// The statements of a script. Panics when a quote or the last statement is not closed.
pub(crate) fn statements(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at < script.len() {
        let rest = &script[at..];
        let next = rest.chars().next().expect("there is more");
        if rest.starts_with("--") {
            at += line(rest);
        } else if next == '\\' {
            // A meta command, up to the end of the line; `\gset` and `\gexec` send the statement before them.
            let sends = ["\\gset", "\\gexec"].iter().any(|command| rest.starts_with(command));
            assert!(start.is_none() || sends, "{rest:.40} within a statement");
            found.extend(start.take().map(|start: usize| script[start..at].trim_end()));
            at += line(rest);
        } else if next == ';' {
            let start = start.take().expect("a semicolon follows a statement");
            found.push(&script[start..at]);
            at += 1;
        } else if next.is_whitespace() {
            at += next.len_utf8();
        } else {
            start.get_or_insert(at);
            at += token(rest);
        }
    }
    assert_eq!(start, None, "the last statement is not ended");
    found
}

fn line(rest: &str) -> usize {
    rest.find('\n').map_or(rest.len(), |end| end + 1)
}

/// How long the token is that starts here: something quoted, a word, or one character.
pub(crate) fn token(rest: &str) -> usize {
    let next = rest.chars().next().expect("there is more");
    match next {
        '\'' | '"' => quoted(rest, next),
        'E' | 'e' if rest[1..].starts_with('\'') => escaped(rest),
        '$' => dollar(rest).unwrap_or(1),
        c if is_word(c) => rest.find(|c| !is_word(c) && c != '$').unwrap_or(rest.len()),
        c => c.len_utf8(),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || !c.is_ascii()
}

/// Up to the closing quote; a doubled one does not close (and starts the next part).
fn quoted(rest: &str, quote: char) -> usize {
    let end = rest[1..].find(quote).unwrap_or_else(|| panic!("{rest:.60} is not closed"));
    end + 2
}

/// `E'…'`: a backslash takes the next character along.
fn escaped(rest: &str) -> usize {
    let mut skip = false;
    let end = rest[2..].char_indices().try_for_each(|(at, c)| match (skip, c) {
        (true, _) => {
            skip = false;
            ControlFlow::Continue(())
        }
        (false, '\\') => {
            skip = true;
            ControlFlow::Continue(())
        }
        (false, '\'') => ControlFlow::Break(at),
        _ => ControlFlow::Continue(()),
    });
    match end {
        ControlFlow::Break(at) => at + 3,
        ControlFlow::Continue(()) => panic!("{rest:.60} is not closed"),
    }
}

/// `$tag$ … $tag$`.
fn dollar(rest: &str) -> Option<usize> {
    let tag_end = rest[1..].find(|c| !is_word(c)).filter(|end| rest[1 + end..].starts_with('$'))? + 2;
    let (tag, body) = rest.split_at(tag_end);
    let end = body.find(tag).unwrap_or_else(|| panic!("{rest:.60} is not closed"));
    Some(tag_end + end + tag_end)
}

#[test]
fn statements_end_where_psql_ends_them() {
    let script = r#"-- a; comment
\set ON_ERROR_STOP on
SELECT 'a;''b' AS "x;""y" \gset
\if :x
\else
DO $a$ BEGIN; $$ ; $b$; END $a$;
\endif
SELECT E'\';', $1, a$b$ , '\';
"#;
    let expected =
        [r#"SELECT 'a;''b' AS "x;""y""#, "DO $a$ BEGIN; $$ ; $b$; END $a$", r"SELECT E'\';', $1, a$b$ , '\'"];
    assert_eq!(statements(script), expected);
}

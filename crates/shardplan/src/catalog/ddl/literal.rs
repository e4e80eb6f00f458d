//! The source text of an identifier or string constant in, its value out (PostgreSQL documentation, 4.1.1 and 4.1.2).

use super::lex::Kind;
use crate::catalog::naming::clip;
use crate::name::{MAX_NAME_BYTES, Name};

/// An identifier without quotes: lower case in ASCII, as a server with UTF-8 folds.
pub(super) fn folded(text: &str) -> Name {
    Name::from(clip(&text.to_ascii_lowercase(), MAX_NAME_BYTES))
}

/// An identifier in double quotes, `U&"…"` included.
pub(super) fn unquoted(text: &str) -> Name {
    let start = text.find('"').map_or(0, |at| at + 1);
    let inner = text[start..].strip_suffix('"').unwrap_or(&text[start..]);
    let value = inner.replace("\"\"", "\"");
    let value = if start > 1 { unescaped(&value, Escapes::Unicode) } else { value };
    Name::from(clip(&value, MAX_NAME_BYTES))
}

/// A string constant of any form.
pub(super) fn string(text: &str) -> String {
    if let Some(rest) = text.strip_prefix('$') {
        let tag = rest.find('$').map_or(0, |at| at + 2);
        return text.get(tag..text.len().saturating_sub(tag)).unwrap_or_default().to_owned();
    }
    let start = text.find('\'').map_or(0, |at| at + 1);
    let inner = text[start..].strip_suffix('\'').unwrap_or(&text[start..]);
    let value = inner.replace("''", "'");
    match text.as_bytes().first() {
        Some(b'e' | b'E') => unescaped(inner, Escapes::C),
        Some(b'u' | b'U') => unescaped(&value, Escapes::Unicode),
        _ => value,
    }
}

/// Which escapes a backslash starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// `E'…'`: `\n`, `\x41`, `\u0041`; a doubled quote stands for one.
    C,
    /// `U&'…'`: `\0041`, `\+000041`.
    Unicode,
}

fn unescaped(text: &str, escapes: Escapes) -> String {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, escapes) {
            ('\'', Escapes::C) => {
                value.push('\'');
                chars.next();
            }
            ('\\', Escapes::C) => value.extend(c_escape(&mut chars)),
            ('\\', Escapes::Unicode) => value.extend(unicode_escape(&mut chars)),
            _ => value.push(c),
        }
    }
    value
}

fn c_escape(chars: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'x' => digits(chars, 2, 16)?,
        'u' => digits(chars, 4, 16)?,
        'U' => digits(chars, 8, 16)?,
        first @ '0'..='7' => {
            let rest = octal(chars);
            char::from_u32(rest.1 + first.to_digit(8)? * rest.0)?
        }
        other => other,
    })
}

/// At most two more octal digits: what they multiply the first by, and their value.
fn octal(chars: &mut std::str::Chars<'_>) -> (u32, u32) {
    let (mut factor, mut value) = (1, 0);
    while factor < 64
        && let Some(digit) = chars.clone().next().and_then(|c| c.to_digit(8))
    {
        chars.next();
        (factor, value) = (factor * 8, value * 8 + digit);
    }
    (factor, value)
}

fn unicode_escape(chars: &mut std::str::Chars<'_>) -> Option<char> {
    match chars.clone().next()? {
        '\\' => chars.next(),
        '+' => {
            chars.next();
            digits(chars, 6, 16)
        }
        _ => digits(chars, 4, 16),
    }
}

/// The character whose number stands in at most `most` digits.
fn digits(chars: &mut std::str::Chars<'_>, most: usize, radix: u32) -> Option<char> {
    let mut value = 0u32;
    for _ in 0..most {
        let Some(digit) = chars.clone().next().and_then(|c| c.to_digit(radix)) else { break };
        chars.next();
        value = value.saturating_mul(radix).saturating_add(digit);
    }
    char::from_u32(value)
}

/// Whether a token is this identifier.
pub(super) fn is_name(text: &str, kind: Kind, name: &Name) -> bool {
    match kind {
        Kind::Word => text.len() == name.as_str().len() && folded(text) == *name,
        Kind::Quoted => unquoted(text) == *name,
        _ => false,
    }
}

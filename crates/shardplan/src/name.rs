//! Identifiers: SQL text or catalog rows come in, names that compare as bytes come out. Knows nothing else of ours.
//!
//! An identifier is folded and unquoted once, where it enters. `Display` writes it as PostgreSQL's `quote_ident` would, so
//! what is printed can be pasted into SQL, and `FromStr` reads it back.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::keyword;

/// The most bytes that PostgreSQL keeps of an identifier (`NAMEDATALEN - 1`; PostgreSQL documentation, 4.1.1).
pub const MAX_NAME_BYTES: usize = 63;

/// One identifier as the server stores it: unquoted, folded, at most [`MAX_NAME_BYTES`] bytes when it came from a server.
///
/// Cheap to clone, and a clone is equal at a glance.
#[derive(Debug, Clone, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Name {
    /// Takes an identifier exactly as stored, without folding or unquoting.
    pub fn new(stored: impl Into<Arc<str>>) -> Self {
        Self(stored.into())
    }

    /// The identifier without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    /// Quoted where PostgreSQL needs it and never otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain(&self.0) && !keyword::needs_quotes(&self.0) {
            return f.write_str(&self.0);
        }
        f.write_str("\"")?;
        for (i, part) in self.0.split('"').enumerate() {
            if i > 0 {
                f.write_str("\"\"")?;
            }
            f.write_str(part)?;
        }
        f.write_str("\"")
    }
}

impl From<&str> for Name {
    fn from(stored: &str) -> Self {
        Self::new(stored)
    }
}

impl From<String> for Name {
    fn from(stored: String) -> Self {
        Self::new(stored)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// Whether `text` can stand in SQL without quotes as far as its characters go (keywords apart). Without a branch per byte the
/// compiler takes many bytes at once, which matters: a plan asks for millions of names.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() | byte.is_ascii_digit() | (byte == b'_');
    text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
        && text.bytes().fold(true, |yes, byte| yes & is_plain(byte))
}

/// The name of something that lives in a schema: a table, a view, a sequence, a type, a function.
///
/// `Display` leaves `public.` out; use [`QualifiedName::qualified`] where the schema must be seen, as in SQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QualifiedName {
    /// The schema that it lives in.
    pub schema: Name,
    /// Its name within that schema.
    pub name: Name,
}

/// The name of a table (or of anything else that shares the tables' namespace: views, sequences, indexes).
pub type TableName = QualifiedName;

impl QualifiedName {
    /// A name from its two identifiers as stored.
    pub fn new(schema: impl Into<Name>, name: impl Into<Name>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// Writes the name with its schema, always: `public.orders`.
    pub fn qualified(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(|f| {
            // Without `write!`, which costs as much again: a plan has millions of names.
            fmt::Display::fmt(&self.schema, f)?;
            f.write_str(".")?;
            fmt::Display::fmt(&self.name, f)
        })
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema == "public" { self.name.fmt(f) } else { self.qualified().fmt(f) }
    }
}

impl FromStr for QualifiedName {
    type Err = Error;

    /// Reads `name` (in schema `public`) or `schema.name`, with SQL's quoting and folding.
    fn from_str(text: &str) -> Result<Self, Error> {
        match <[Name; 1]>::try_from(identifiers(text)?) {
            Ok([name]) => Ok(Self::new("public", name)),
            Err(parts) => match <[Name; 2]>::try_from(parts) {
                Ok([schema, name]) => Ok(Self { schema, name }),
                Err(_) => Err(Error::invalid_name(text, "expected `table` or `schema.table`")),
            },
        }
    }
}

/// Splits `a."B".c` into its identifiers, unquoted and folded.
///
/// # Errors
/// [`Error::InvalidName`] for an empty part, an unclosed quote or a character that needs quotes.
pub(crate) fn identifiers(text: &str) -> Result<Vec<Name>, Error> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = first_identifier(rest).map_err(|why| Error::invalid_name(text, why))?;
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(parts),
            None => return Err(Error::invalid_name(text, "a name with such characters needs double quotes")),
        }
    }
}

fn first_identifier(text: &str) -> Result<(Name, &str), &'static str> {
    let (stored, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted_identifier(quoted)?,
        None => {
            let end = text.find(|c: char| !is_identifier_char(c)).unwrap_or(text.len());
            (text[..end].to_ascii_lowercase(), &text[end..])
        }
    };
    if stored.is_empty() {
        return Err("a part of it is empty");
    }
    Ok((Name::from(stored), rest))
}

/// Reads up to the closing quote; `""` stands for one quote.
fn quoted_identifier(text: &str) -> Result<(String, &str), &'static str> {
    let mut stored = String::new();
    let mut rest = text;
    while let Some(end) = rest.find('"') {
        stored.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                stored.push('"');
                rest = after;
            }
            None => return Ok((stored, rest)),
        }
    }
    Err("a double quote is not closed")
}

fn is_identifier_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

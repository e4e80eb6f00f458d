//! Identifiers: SQL text or catalog rows come in, names that compare as bytes come out. Knows nothing else of ours.
//!
//! An identifier is folded and unquoted once, where it enters. `Display` writes it as PostgreSQL's `quote_ident` would, so
//! what is printed can be pasted into SQL, and `FromStr` reads it back.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use foldhash::fast::FixedState;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::keyword;

/// The most bytes that PostgreSQL keeps of an identifier (`NAMEDATALEN - 1`; PostgreSQL documentation, 4.1.1).
pub const MAX_NAME_BYTES: usize = 63;

/// One identifier as the server stores it: unquoted, folded, at most [`MAX_NAME_BYTES`] bytes when it came from a server.
///
/// Small and cheap to clone, a clone is equal at a glance, and what a plan asks of millions of names is worked out once: the hash,
/// and whether quotes are needed.
#[derive(Clone)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transparent))]
pub struct Name(#[cfg_attr(feature = "schema", schemars(with = "String"))] Arc<Stored>);

struct Stored {
    hash: u64,
    needs_quotes: bool,
    text: Box<str>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.hash == other.0.hash && self.0.text == other.0.text
    }
}

impl Eq for Name {}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.text.cmp(&other.0.text) }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Name").field(&self.as_str()).finish()
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<str>::deserialize(deserializer).map(Self::new)
    }
}

impl Name {
    /// Takes an identifier exactly as stored, without folding or unquoting.
    pub fn new(stored: impl Into<Box<str>>) -> Self {
        let text = stored.into();
        let hash = FixedState::default().hash_one(&*text);
        let needs_quotes = !is_plain(&text) || keyword::needs_quotes(&text);
        Self(Arc::new(Stored { hash, needs_quotes, text }))
    }

    /// The identifier without quotes.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether SQL needs quotes around it: other characters than lower-case letters, digits and underscores are in it, or it is a
    /// keyword.
    pub fn needs_quotes(&self) -> bool {
        self.0.needs_quotes
    }
}

impl fmt::Display for Name {
    /// Quoted where PostgreSQL needs it and never otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.needs_quotes() {
            return f.write_str(self.as_str());
        }
        f.write_str("\"")?;
        for (i, part) in self.as_str().split('"').enumerate() {
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
        self.as_str()
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

/// Whether `text` can stand in SQL without quotes as far as its characters go (keywords apart).
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

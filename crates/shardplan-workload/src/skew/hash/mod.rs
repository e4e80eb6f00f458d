//! Where Citus places a row: the type of a distribution column and a value's text form come in, the hash that the server itself
//! would compute goes out. Knows no shards.
//!
//! Citus places a row by the hash function of the type's default operator class; `tests/keys` compares these with a server's.
//! Text forms are those of `DateStyle = ISO`, `IntervalStyle = postgres` and `bytea_output = hex`, as column statistics and
//! scans have them.

mod lookup3;
mod network;
mod number;
mod time;

use std::fmt;

use shardplan::{Catalog, DataType, TypeKind};

/// Types whose hash is known, by the names of [`DataType`] without modifier.
const KINDS: &[(&str, Kind)] = &[
    ("smallint", Kind::Smallint),
    ("integer", Kind::Integer),
    ("bigint", Kind::Bigint),
    ("oid", Kind::Oid),
    ("boolean", Kind::Boolean),
    ("\"char\"", Kind::Byte),
    ("text", Kind::Text),
    ("character varying", Kind::Text),
    ("name", Kind::Text),
    ("character", Kind::Padded),
    ("bpchar", Kind::Padded),
    ("bytea", Kind::Bytes),
    ("uuid", Kind::Uuid),
    ("numeric", Kind::Numeric),
    ("real", Kind::Real),
    ("double precision", Kind::Double),
    ("date", Kind::Date),
    ("time without time zone", Kind::Time),
    ("time with time zone", Kind::ZonedTime),
    ("timestamp without time zone", Kind::Timestamp),
    ("timestamp with time zone", Kind::ZonedTimestamp),
    ("interval", Kind::Interval),
    ("inet", Kind::Address),
    ("cidr", Kind::Address),
    ("macaddr", Kind::Hardware),
    ("macaddr8", Kind::Hardware),
];

/// What is hashed alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Smallint,
    Integer,
    Bigint,
    Oid,
    Boolean,
    Byte,
    Text,
    Padded,
    Bytes,
    Uuid,
    Numeric,
    Real,
    Double,
    Date,
    Time,
    ZonedTime,
    Timestamp,
    ZonedTimestamp,
    Interval,
    Address,
    Hardware,
}

/// The hash function of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(Kind);

/// Why the place of a row cannot be told from the value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unpredictable {
    /// Nothing is known about the hash of this type.
    Type(DataType),
    /// An enum's hash is that of its label's number in the catalog, which each database gives anew.
    Enum(DataType),
    /// The text is no value of the type, or not in the form that the server prints.
    Value(String),
}

impl fmt::Display for Unpredictable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(data_type) => write!(f, "the hash of values of type {data_type} is not known"),
            Self::Enum(data_type) => {
                write!(
                    f,
                    "{data_type} is an enum: where its values go is decided when the type is created on the cluster"
                )
            }
            Self::Value(text) => write!(f, "`{text}` is not a value of the distribution column's type"),
        }
    }
}

impl std::error::Error for Unpredictable {}

impl KeyHash {
    /// The hash function of a type, which may be a domain of the catalog.
    ///
    /// # Errors
    /// [`Unpredictable::Type`], [`Unpredictable::Enum`].
    pub fn new(catalog: &Catalog, data_type: &DataType) -> Result<Self, Unpredictable> {
        let mut below = data_type;
        // A domain cannot stand below itself; the bound is for catalogs that say so.
        for _ in 0..=catalog.types.len() {
            match catalog
                .types
                .iter()
                .find(|one| one.name.qualified().to_string() == below.as_str())
                .map(|one| &one.kind)
            {
                Some(TypeKind::Domain(base)) => below = base,
                Some(TypeKind::Enum(_)) => return Err(Unpredictable::Enum(data_type.clone())),
                _ => break,
            }
        }
        let bare = without_modifier(below.as_str());
        let known = KINDS.iter().find(|(name, _)| *name == bare);
        known.map(|(_, kind)| Self(*kind)).ok_or_else(|| Unpredictable::Type(data_type.clone()))
    }

    /// The hash of a value in its text form.
    ///
    /// # Errors
    /// [`Unpredictable::Value`].
    pub fn of(self, text: &str) -> Result<i32, Unpredictable> {
        let hash = self.0.hash(text).ok_or_else(|| Unpredictable::Value(text.to_owned()))?;
        Ok(hash.cast_signed())
    }
}

impl Kind {
    fn hash(self, text: &str) -> Option<u32> {
        let number = lookup3::number;
        Some(match self {
            Self::Smallint => number(i32::from(text.parse::<i16>().ok()?).cast_unsigned()),
            Self::Integer => number(text.parse::<i32>().ok()?.cast_unsigned()),
            Self::Bigint => wide(text.parse().ok()?),
            Self::Oid => number(text.parse().ok()?),
            Self::Boolean => number(u32::from(boolean(text)?)),
            Self::Byte => number(i32::from(byte(text)?.cast_signed()).cast_unsigned()),
            Self::Text => lookup3::bytes(text.as_bytes()),
            Self::Padded => lookup3::bytes(text.trim_end_matches(' ').as_bytes()),
            Self::Bytes => lookup3::bytes(&hexadecimal(text.strip_prefix("\\x")?, None)?),
            Self::Uuid => lookup3::bytes(&sixteen(text)?),
            Self::Numeric => number::numeric(text)?,
            Self::Real => number::double(f64::from(text.parse::<f32>().ok()?)),
            Self::Double => number::double(text.parse().ok()?),
            Self::Date => number(time::date(text)?.cast_unsigned()),
            Self::Time => wide(time::time(text)?),
            Self::ZonedTime => {
                let (time, zone) = time::zoned_time(text)?;
                wide(time) ^ number(zone.cast_unsigned())
            }
            Self::Timestamp => wide(time::timestamp(text)?),
            Self::ZonedTimestamp => wide(time::zoned_timestamp(text)?),
            Self::Interval => wide(time::interval(text)?),
            Self::Address => lookup3::bytes(&network::address(text)?),
            Self::Hardware => lookup3::bytes(&hexadecimal(text, Some(b':'))?),
        })
    }
}

/// `hashint8`: a value that fits 32 bits has the hash that it has as `integer`.
fn wide(value: i64) -> u32 {
    let bits = value.cast_unsigned();
    let (low, high) = (bits as u32, (bits >> 32) as u32);
    lookup3::number(low ^ if value < 0 { !high } else { high })
}

/// As columns print it (`t`), and as a cast to text does (`true`).
fn boolean(text: &str) -> Option<bool> {
    match text {
        "t" | "true" => Some(true),
        "f" | "false" => Some(false),
        _ => None,
    }
}

/// `"char"`: one byte; one above 127 is printed as `\ooo`, zero as nothing.
fn byte(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [] => Some(0),
        [byte] => Some(*byte),
        [b'\\', octal @ ..] if octal.len() == 3 => u8::from_str_radix(&text[1..], 8).ok(),
        _ => None,
    }
}

fn sixteen(text: &str) -> Option<Vec<u8>> {
    hexadecimal(text, Some(b'-')).filter(|bytes| bytes.len() == 16)
}

/// Pairs of hexadecimal digits, between which a separator may stand.
fn hexadecimal(text: &str, separator: Option<u8>) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Option<Vec<u8>> = text.bytes().filter(|byte| Some(*byte) != separator).map(digit).collect();
    let digits = digits?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// `timestamp(3) without time zone` without `(3)`. A quoted name is left as it is.
fn without_modifier(text: &str) -> String {
    match (text.find('('), text.find(')')) {
        (Some(open), Some(close)) if open < close && !text.contains('"') => {
            format!("{}{}", &text[..open], &text[close + 1..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;

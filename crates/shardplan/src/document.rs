//! The envelope of every JSON document that we write: a format name and a version around a body.

use std::io::{self, Write};

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;

use crate::error::Error;

#[derive(Serialize)]
struct Written<'a, T> {
    format: &'a str,
    version: u32,
    body: &'a T,
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    version: Option<u64>,
}

#[derive(Deserialize)]
struct Read<T> {
    body: T,
}

/// JSON with a final line break, indented as far as a person reads it: what lies deeper is on one line, which is a third of the bytes of a
/// large plan.
pub(crate) fn write<T: Serialize>(format: &str, version: u32, body: &T) -> String {
    let mut bytes = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, Shallow::default());
    let document = Written { format, version, body };
    document.serialize(&mut writer).expect("the models have only string keys and no failing serializer");
    String::from_utf8(bytes).expect("JSON is UTF-8") + "\n"
}

/// As deep as this, each entry has a line of its own.
const DEPTH: usize = 5;

/// Indents what is not deep.
#[derive(Default)]
struct Shallow {
    depth: usize,
    has_entries: bool,
}

impl Shallow {
    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_entries = false;
        writer.write_all(bracket)
    }

    fn entry<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b"," })?;
        if self.depth <= DEPTH { self.line(writer) } else { writer.write_all(if first { b"" } else { b" " }) }
    }

    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        let is_shallow = self.depth <= DEPTH;
        self.depth -= 1;
        if self.has_entries && is_shallow {
            self.line(writer)?;
        }
        writer.write_all(bracket)
    }
}

impl Formatter for Shallow {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.entry(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_entries = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.entry(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_entries = true;
        Ok(())
    }
}

/// Reads the body, if format and version are the expected ones.
pub(crate) fn read<T: DeserializeOwned>(format: &'static str, version: u32, text: &str) -> Result<T, Error> {
    let invalid = |source| Error::Json { expected: format, source };
    let head: Head = serde_json::from_str(text).map_err(invalid)?;
    if head.format.as_deref() != Some(format) || head.version != Some(u64::from(version)) {
        return Err(Error::JsonVersion {
            expected: format,
            supported: version,
            found: head.format.unwrap_or_else(|| "nothing".to_owned()),
            version: head.version.unwrap_or(0),
            advice: "write it again with this version of shardplan",
        });
    }
    serde_json::from_str::<Read<T>>(text).map(|read| read.body).map_err(|source| invalid(with_key::<T>(text, source)))
}

/// The error with the key that it is about. It is looked for only now, because that takes its time.
fn with_key<T: DeserializeOwned>(text: &str, error: serde_json::Error) -> serde_json::Error {
    let mut reader = serde_json::Deserializer::from_str(text);
    let outcome: Result<Read<T>, _> = serde_path_to_error::deserialize(&mut reader);
    match outcome.map_err(|found| found.path().to_string()) {
        // serde_json finds line and column at the end of the words again.
        Err(path) if error.is_data() && path != "." => serde_json::Error::custom(format!("`{path}`: {error}")),
        _ => error,
    }
}

/// The JSON Schema of a kind of document.
#[cfg(feature = "schema")]
pub(crate) fn schema<T: schemars::JsonSchema>(format: &str, version: u32) -> String {
    let generator = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    let body = generator.into_root_schema_for::<T>();
    let mut definitions = body.to_value();
    let root = definitions.as_object_mut().expect("a type with fields has an object for its schema");
    let shared = root.remove("$defs").unwrap_or_default();
    root.remove("$schema");
    let document = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format,
        "type": "object",
        "required": ["format", "version", "body"],
        "properties": {
            "format": { "const": format },
            "version": { "const": version },
            "body": definitions,
        },
        "additionalProperties": false,
        "$defs": shared,
    });
    serde_json::to_string_pretty(&document).expect("a value can be written") + "\n"
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn only_what_is_not_deep_has_lines_of_its_own() {
        let body = serde_json::json!({ "a": [{ "b": [{ "c": [1, {}, []], "d": "e" }, 2] }], "empty": {} });
        let text = write("kind", 7, &body);
        let expected = r#"{
  "format": "kind",
  "version": 7,
  "body": {
    "a": [
      {
        "b": [
          {"c": [1, {}, []], "d": "e"},
          2
        ]
      }
    ],
    "empty": {}
  }
}
"#;
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["body"], body);
    }
}

//! The envelope of every JSON document that we write: a format name and a version around a body.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};

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

/// Indented JSON with a final line break.
pub(crate) fn write<T: Serialize>(format: &str, version: u32, body: &T) -> String {
    let document = Written { format, version, body };
    serde_json::to_string_pretty(&document).expect("the models have only string keys and no failing serializer") + "\n"
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

//! Names that somebody could have given: plain ones, reserved ones, and whatever else PostgreSQL takes between double quotes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use shardplan::{MAX_NAME_BYTES, Name};

/// What a schema is full of.
const PLAIN: &[&str] =
    &["id", "tenant_id", "orders", "a", "b", "order", "user", "Select", "public", "Name", "_1", "new"];

/// What breaks quoting, comments, literals, dollar quotes, psql, TOML or Markdown when it is let through.
const PARTS: &[&str] = &[
    "a",
    "Z",
    "9",
    "_",
    " ",
    ".",
    ",",
    "\"",
    "'",
    "\n",
    "\t",
    "\r",
    "--",
    "/*",
    "*/",
    "$$",
    "$1",
    "$shardplan$",
    "\\",
    "\\gset",
    "\\gexec",
    ";",
    ":x",
    ":'x'",
    "%I",
    "%",
    "é",
    "ß",
    "🦀",
    "null",
    "END",
    "`",
    "|",
    "<",
    "(",
    ")",
    "&",
];

/// A name before it is made to fit and to be the only one.
pub(crate) fn wanted() -> impl Strategy<Value = String> {
    let hostile = prop::collection::vec(select(PARTS), 1..5).prop_map(|parts| parts.concat());
    // The full length, so that names that differ only at their end, or are cut within a letter, come up.
    let long = (select(PARTS), select(&["x", "é", "\""][..]))
        .prop_map(|(start, filler)| format!("{start}{}", filler.repeat(MAX_NAME_BYTES / filler.len() + 1)));
    prop_oneof![4 => select(PLAIN).prop_map(str::to_owned), 3 => hostile, 1 => long]
}

/// The names of one namespace.
#[derive(Default)]
pub(crate) struct Namespace(BTreeSet<Name>);

impl Namespace {
    /// The wanted name, cut to what PostgreSQL keeps of it, with a number at its end if it is taken.
    pub(crate) fn take(&mut self, wanted: &str) -> Name {
        let numbered = |number: usize| if number == 0 { String::new() } else { number.to_string() };
        let names = (0..).map(numbered).map(|end| Name::from(cut(wanted, MAX_NAME_BYTES - end.len()) + &end));
        let free = names.into_iter().find(|name| !self.0.contains(name)).expect("numbers do not end");
        self.0.insert(free.clone());
        free
    }
}

fn cut(text: &str, bytes: usize) -> String {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

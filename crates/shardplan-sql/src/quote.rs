//! Text and names come in, SQL that means exactly them goes out. The only place that quotes.
//!
//! Identifiers quote themselves: `Name` and `QualifiedName` write what `quote_ident` would.

use std::fmt;

use shardplan::QualifiedName;

/// A string literal, under `standard_conforming_strings` (the default since PostgreSQL 9.1).
pub(crate) fn literal(text: &str) -> impl fmt::Display + '_ {
    fmt::from_fn(move |f| {
        f.write_str("'")?;
        for (at, part) in text.split('\'').enumerate() {
            f.write_str(if at == 0 { "" } else { "''" })?;
            f.write_str(part)?;
        }
        f.write_str("'")
    })
}

/// A name as an argument of a function that takes a table: the quoted identifier inside a literal.
pub(crate) fn name_literal(name: &QualifiedName) -> impl fmt::Display + use<> {
    let text = name.qualified().to_string();
    fmt::from_fn(move |f| write!(f, "{}", literal(&text)))
}

/// A body between dollar quotes whose tag does not occur in it.
pub(crate) fn dollar(body: &str) -> String {
    let mut tag = "$shardplan$".to_owned();
    let mut number = 0;
    while body.contains(&tag) {
        number += 1;
        tag = format!("$shardplan{number}$");
    }
    format!("{tag}{body}{tag}")
}

/// Text for a comment of one line: what would end the line is shown as a blank.
pub(crate) fn comment(text: &str) -> impl fmt::Display + '_ {
    fmt::from_fn(move |f| {
        f.write_str("-- ")?;
        let mut parts = text.split(char::is_control);
        f.write_str(parts.next().unwrap_or_default())?;
        parts.try_for_each(|part| write!(f, " {part}"))
    })
}

/// Names separated by commas.
pub(crate) fn list<T: fmt::Display>(items: impl IntoIterator<Item = T> + Clone) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        for (at, item) in items.clone().into_iter().enumerate() {
            write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    })
}

//! What an index's numbers do not tell: expressions, and the operator classes and collations that are not the default.
//!
//! The server prints an index at some cost, so only those are asked for that numbers do not prove plain.

use super::codes::ConstraintKind;
use super::constraints::Constraint;
use super::draft::{Attribute, Draft};
use super::indexes::Row;
use super::oid::OidMap;
use super::session::{Query, Session, ids};
use crate::error::Error;

const CLASSES: Query = Query { what: "operator classes", sql: include_str!("operator_classes.sql") };
const DEFINITIONS: Query = Query { what: "index definitions", sql: include_str!("index_definitions.sql") };

/// The types `text` and `character varying`, which share their operator classes (`pg_type.dat`).
const TEXT: u32 = 25;
const VARCHAR: u32 = 1043;

/// One key position of an index as `pg_get_indexdef` prints it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// The column or expression.
    pub(super) expression: String,
    /// What stands between it and its order.
    pub(super) options: String,
}

/// The key positions of those indexes that need their text, by the index's number.
pub(super) fn read(
    session: &mut Session<'_>,
    draft: &Draft,
    rows: &[Row],
    owners: &OidMap<Constraint>,
) -> Result<OidMap<Vec<Element>>, Error> {
    let pairs = session.read(&CLASSES, &[], |mut fields| Ok((fields.take()?, fields.take()?)))?;
    let defaults: OidMap<u32> = pairs.into_iter().collect();
    let needs = |row: &&Row| match owners.get(&row.id) {
        Some(owner) => owner.kind == ConstraintKind::Exclusion,
        None => !is_plain(draft, &defaults, row),
    };
    let asked: Vec<u32> = rows.iter().filter(needs).map(|row| row.id).collect();
    let answers = session.read(&DEFINITIONS, &[ids(&asked)], |mut fields| {
        Ok((fields.take::<u32>()?, fields.take::<String>()?, fields.take::<Vec<String>>()?))
    })?;
    answers
        .into_iter()
        .map(|(id, definition, keys)| match split(&definition, &keys) {
            Some(elements) => Ok((id, elements)),
            None => Err(Error::UnknownCode {
                object: format!("the index with the oid {id}"),
                what: "definition",
                code: definition,
            }),
        })
        .collect()
}

/// Whether an index surely has only columns, each with the default operator class and collation of its type.
fn is_plain(draft: &Draft, defaults: &OidMap<u32>, row: &Row) -> bool {
    // Operator classes of other methods can have parameters.
    matches!(row.method.as_str(), "btree" | "hash")
        && row.keys().iter().enumerate().all(|(position, &number)| {
            let class = row.classes.get(position).and_then(|class| defaults.get(class));
            let collation = row.collations.get(position).copied().unwrap_or(0);
            draft.attribute(row.relation, number, String::new).is_ok_and(|attribute| {
                class.is_some_and(|&class| is_default(class, attribute))
                    && (collation == 0 || collation == attribute.collation)
            })
        })
}

/// Whether an operator class that is the default for type `class` is so for the attribute.
fn is_default(class: u32, attribute: &Attribute) -> bool {
    class == attribute.type_id || (class == TEXT && attribute.type_id == VARCHAR)
}

/// Takes `CREATE INDEX name ON table USING method (a, b DESC, …) …` apart, given what its key positions begin with.
fn split(definition: &str, keys: &[String]) -> Option<Vec<Element>> {
    let mut rest = key_list(definition)?;
    let mut elements = Vec::new();
    for key in keys {
        let after = rest.strip_prefix(key.as_str())?;
        let end = end_of_element(after)?;
        let options = without_order(after[..end].trim());
        elements.push(Element { expression: key.clone(), options: options.to_owned() });
        rest = after[end..].trim_start_matches([',', ' ']);
    }
    Some(elements)
}

/// What follows the parenthesis after `USING method`. Names may hold anything, but only between double quotes.
fn key_list(definition: &str) -> Option<&str> {
    let using = outside_quotes(definition).find(|&(at, _)| definition[at..].starts_with(" USING "))?.0;
    let rest = &definition[using..];
    let (open, _) = outside_quotes(rest).find(|&(_, c)| c == '(')?;
    Some(&rest[open + 1..])
}

/// Where an element ends: at a comma or a closing parenthesis of the list.
fn end_of_element(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in outside_quotes(text) {
        match c {
            ',' | ')' if depth == 0 => return Some(at),
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The characters outside single and double quotes, with their places. A doubled quote closes and opens again.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    text.char_indices().filter(move |&(_, c)| match quote {
        Some(open) => {
            if c == open {
                quote = None;
            }
            false
        }
        None => {
            quote = matches!(c, '"' | '\'').then_some(c);
            quote.is_none()
        }
    })
}

fn without_order(options: &str) -> &str {
    ["NULLS FIRST", "NULLS LAST", "DESC"]
        .into_iter()
        .fold(options, |text, order| text.strip_suffix(order).map_or(text, str::trim_end))
}

#[cfg(test)]
mod tests {
    use super::split;

    fn options(definition: &str, keys: &[&str]) -> Vec<String> {
        let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
        split(definition, &keys).unwrap().into_iter().map(|element| element.options).collect()
    }

    #[test]
    fn options_are_what_stands_between_key_and_order() {
        let definition = "CREATE INDEX i ON public.t USING btree (a text_pattern_ops DESC NULLS LAST, \
             lower(b) COLLATE \"C\" DESC, c NULLS FIRST, d) INCLUDE (e) WHERE (f > 0)";
        let keys = ["a", "lower(b)", "c", "d"];
        assert_eq!(options(definition, &keys), ["text_pattern_ops", "COLLATE \"C\"", "", ""]);
    }

    #[test]
    fn parameters_of_an_operator_class_belong_to_it() {
        let definition = "CREATE INDEX i ON public.t USING gist (a public.gist_trgm_ops (siglen='32'), b)";
        assert_eq!(options(definition, &["a", "b"]), ["public.gist_trgm_ops (siglen='32')", ""]);
    }

    #[test]
    fn hostile_names_do_not_mislead() {
        let definition =
            "CREATE INDEX \" USING x (\" ON public.\"t USING (\" USING hash (\"a, b)\", ((c || ',)'::text)))";
        assert_eq!(options(definition, &["\"a, b)\"", "((c || ',)'::text))"]), ["", ""]);
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused() {
        assert_eq!(split("CREATE INDEX i ON t USING btree (a)", &["b".to_owned()]), None);
        assert_eq!(split("nonsense", &["b".to_owned()]), None);
    }
}

//! Types of distribution columns: two columns come in, whether Citus could place their rows together goes out. Knows no graph.

use crate::catalog::{Catalog, Column, DataType, TypeKind};

/// Types without a default hash operator class: Citus answers `data type … has no default operator class for specified
/// partition method` (measured on 13.2.2).
const UNHASHABLE: &[&str] = &[
    "bit",
    "bit varying",
    "box",
    "circle",
    "json",
    "line",
    "lquery",
    "lseg",
    "ltree",
    "ltxtquery",
    "money",
    "path",
    "pg_snapshot",
    "point",
    "polygon",
    "tsquery",
    "tsvector",
    "txid_snapshot",
    "xml",
];

/// Types whose values compare with one another although Citus does not place them together.
const FAMILIES: &[&[&str]] =
    &[&["smallint", "integer", "bigint"], &["text", "character varying", "character", "name", "citext"]];

/// Whether two distribution columns can be colocated: same type (modifiers such as the length do not count, a domain is not
/// its base type) and same collation (`Distribution column types don't match`, `… collations don't match`; measured on 13.2.2).
pub(super) fn is_same(one: &Column, other: &Column) -> bool {
    let same_type = one.data_type == other.data_type || bare(&one.data_type) == bare(&other.data_type);
    same_type && one.collation == other.collation
}

/// Whether the values of two columns can be the same key at all, so that unifying their types is a way.
pub(super) fn is_compatible(catalog: &Catalog, one: &Column, other: &Column) -> bool {
    if one.data_type == other.data_type {
        return true;
    }
    let (one, other) = (base(catalog, &one.data_type), base(catalog, &other.data_type));
    let (one, other) = (local(&one), local(&other));
    one == other || FAMILIES.iter().any(|family| family.contains(&one) && family.contains(&other))
}

/// Why Citus refuses the column as a distribution column, if it does.
pub(super) fn refusal(catalog: &Catalog, column: &Column) -> Option<String> {
    let name = &column.name;
    if column.generated.is_some() {
        return Some(format!("its column `{name}` is generated, and a distribution column must not be"));
    }
    let kind = base(catalog, &column.data_type);
    if UNHASHABLE.contains(&local(kind.trim_end_matches("[]"))) {
        return Some(format!("its column `{name}` is of type {}, which has no hash operator class", column.data_type));
    }
    let negative = column.data_type.as_str().starts_with("numeric(") && column.data_type.as_str().contains(",-");
    negative.then(|| format!("its column `{name}` is a numeric with a negative scale"))
}

/// The type below all domains, without modifier.
fn base(catalog: &Catalog, data_type: &DataType) -> String {
    let mut found = bare(data_type);
    // A domain cannot stand below itself; the bound is for catalogs that say so.
    for _ in 0..catalog.types.len() {
        let domain = catalog.types.iter().find(|one| one.name.qualified().to_string() == found);
        match domain.map(|domain| &domain.kind) {
            Some(TypeKind::Domain(below)) => found = bare(below),
            _ => break,
        }
    }
    found
}

/// `character varying(36)` without `(36)`. A quoted name is left as it is: what stands in it is no modifier.
fn bare(data_type: &DataType) -> String {
    let text = data_type.as_str();
    match (text.find('('), text.find(')')) {
        (Some(open), Some(close)) if open < close && !text.contains('"') => {
            format!("{}{}", &text[..open], &text[close + 1..])
        }
        _ => text.to_owned(),
    }
}

/// A type's name without its schema: extensions may live in any.
fn local(text: &str) -> &str {
    text.rsplit_once('.').map_or(text, |(_, name)| name)
}

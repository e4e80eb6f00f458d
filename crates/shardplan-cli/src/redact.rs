//! A catalog comes in, the same without words of the business goes out, as far as no script is written with them.

use shardplan::{Catalog, Generated, TypeKind};

use crate::snapshot::columns;

/// What stands instead of a literal.
const REDACTED: &str = "redacted";

/// Takes out what may hold words of the business and decides nothing: comments, the bodies of functions, the labels of enums, and
/// what stands in quotes in defaults, checks, generated expressions and views, unless it is a number. A plan is the same without
/// them, but for what it says of the bodies and for comments that it would put back.
pub(crate) fn redact(catalog: &mut Catalog) {
    for column in columns(catalog) {
        column.comment = None;
        if let Some(default) = column.default.as_mut().filter(|default| !is_drawn(default)) {
            *default = without_literals(default);
        }
        if let Some(Generated::Stored(expression) | Generated::Virtual(expression)) = &mut column.generated {
            *expression = without_literals(expression);
        }
    }
    comments(catalog);
    for table in &mut catalog.tables {
        table.checks.iter_mut().for_each(|check| check.expression = without_literals(&check.expression));
    }
    for view in &mut catalog.views {
        view.definition = without_literals(&view.definition);
    }
    catalog.functions.iter_mut().for_each(|function| function.body.clear());
    for of_them in &mut catalog.types {
        if let TypeKind::Enum(labels) = &mut of_them.kind {
            let numbered = (1..=labels.len()).map(|number| format!("{REDACTED} {number}"));
            *labels = numbered.collect();
        }
    }
    // How a statement begins that was not read may be anything.
    catalog.skipped.iter_mut().for_each(|skipped| skipped.statement = REDACTED.to_owned());
}

fn comments(catalog: &mut Catalog) {
    for table in &mut catalog.tables {
        table.comment = None;
        table.checks.iter_mut().for_each(|check| check.comment = None);
        let keys = table.primary_key.iter_mut().chain(&mut table.unique);
        keys.for_each(|key| key.comment = None);
        table.indexes.iter_mut().for_each(|index| index.comment = None);
        table.exclusions.iter_mut().for_each(|exclusion| exclusion.comment = None);
    }
    catalog.foreign_keys.iter_mut().for_each(|key| key.comment = None);
    for view in &mut catalog.views {
        view.comment = None;
        view.indexes.iter_mut().for_each(|index| index.comment = None);
    }
}

/// Whether a default gives each row a value of its own: what a key promises hangs on that.
fn is_drawn(default: &str) -> bool {
    ["nextval(", "gen_random_uuid()", "uuid_generate_v", "uuidv"].iter().any(|call| default.contains(call))
}

/// An expression as the server prints it, with another text in each pair of single quotes. Names in double quotes stay.
fn without_literals(expression: &str) -> String {
    let mut text = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = &rest[at..=at];
        // `E'…'` has backslashes before quotes that do not end it.
        let escapes = quote == "'" && rest[..at].ends_with(['e', 'E']);
        let end = at + 1 + closing(&rest[at + 1..], quote, escapes);
        text.push_str(&rest[..at]);
        let is_word = quote == "'" && rest[at + 1..end].trim_end_matches('\'').parse::<f64>().is_err();
        text.push_str(if is_word { "'redacted'" } else { &rest[at..end] });
        rest = &rest[end..];
    }
    text.push_str(rest);
    text
}

/// Where what is quoted ends, the closing quote with it; a doubled quote does not end it.
fn closing(text: &str, quote: &str, escapes: bool) -> usize {
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at + letter.len_utf8()..];
        if escapes && letter == '\\' || quote.starts_with(letter) && rest.starts_with(quote) {
            at += letter.len_utf8() + rest.chars().next().map_or(0, char::len_utf8);
        } else if quote.starts_with(letter) {
            return at + letter.len_utf8();
        } else {
            at += letter.len_utf8();
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use shardplan::{Catalog, Comparison, Rules, SchemaGraph};

    use super::{columns, comments, redact, without_literals};

    #[test]
    fn only_what_stands_in_single_quotes_goes() {
        for (before, after) in [
            ("(status = 'paid'::text)", "(status = 'redacted'::text)"),
            ("('it''s', 'b')", "('redacted', 'redacted')"),
            (r"(a = E'x\'y' AND b > 3)", "(a = E'redacted' AND b > 3)"),
            (r#"("it's" = 'x')"#, r#"("it's" = 'redacted')"#),
            ("'-1'::integer", "'-1'::integer"),
            ("'open", "'redacted'"),
            ("", ""),
        ] {
            assert_eq!(without_literals(before), after);
        }
    }

    /// Tables, keys, findings, steps and costs; not the fingerprint, which is that of another text.
    fn plan(catalog: Catalog, rules: &Rules) -> String {
        let graph = SchemaGraph::new(catalog).unwrap();
        let mut plan = Comparison::new(&graph, rules).unwrap().into_plan();
        plan.fingerprint = String::new();
        plan.to_json()
    }

    #[test]
    fn the_plan_of_every_fixture_is_the_same_without_its_words() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        let mut compared = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let fixture = entry.unwrap().path();
            let Ok(schema) = fs::read_to_string(fixture.join("schema.sql")) else { continue };
            let key = schema.lines().find_map(|line| line.strip_prefix("-- Key: ")).unwrap();
            let overrides = fs::read_to_string(fixture.join("rules.toml")).unwrap_or_default();
            let rules = Rules::new(key.trim().parse().unwrap()).with_overrides(&overrides).unwrap();
            // What is said of the bodies of functions, and comments that a plan puts back, are known to go.
            let mut whole = Catalog::from_ddl(&schema).catalog;
            whole.functions.iter_mut().for_each(|function| function.body.clear());
            whole.skipped.clear();
            comments(&mut whole);
            columns(&mut whole).for_each(|column| column.comment = None);
            let mut redacted = whole.clone();
            redact(&mut redacted);
            for (found, expected) in plan(redacted, &rules).lines().zip(plan(whole, &rules).lines()) {
                assert_eq!(found, expected, "{}", fixture.display());
            }
            compared += 1;
        }
        assert!(compared > 40, "{compared}");
    }
}

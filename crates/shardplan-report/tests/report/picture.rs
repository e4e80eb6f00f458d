//! The picture and its text for Mermaid have every table and every foreign key.

use roxmltree::{Document, Node};
use shardplan_report::words::shown;

use super::{Shown, fixtures, root, tailspin};

fn of_class<'a>(document: &'a Document<'a>, class: &str) -> Vec<Node<'a, 'a>> {
    let has = |node: &Node<'_, '_>| {
        node.attribute("data-table").is_some() && class == "box"
            || node.attribute("data-from").is_some() && class == "edge"
    };
    document.descendants().filter(has).collect()
}

#[test]
fn every_table_and_foreign_key_is_drawn() {
    for (name, plan) in fixtures() {
        let drawn = Shown::new(plan);
        let document = Document::parse(&drawn.svg).unwrap();
        let boxes = of_class(&document, "box");
        assert_eq!(boxes.len(), drawn.plan.tables.len(), "{name}");
        for (node, table) in boxes.iter().zip(&drawn.plan.tables) {
            let title = node.children().find(|child| child.has_tag_name("title"));
            let title = title.or_else(|| node.children().find(|child| child.tag_name().name() == "title"));
            assert!(title.unwrap().text().unwrap().starts_with(&shown(&table.name)), "{name}: {}", table.name);
        }
        let tables: Vec<_> = drawn.plan.tables.iter().map(|table| &table.name).collect();
        let known = |key: &&shardplan::ForeignKeyVerdict| {
            tables.contains(&&key.foreign_key.from) && tables.contains(&&key.foreign_key.to)
        };
        let mut expected: Vec<(String, String)> = drawn
            .plan
            .foreign_keys
            .iter()
            .filter(known)
            .map(|key| {
                let place = |of| tables.iter().position(|table| *table == of).unwrap().to_string();
                (place(&key.foreign_key.from), place(&key.foreign_key.to))
            })
            .collect();
        let ends = |node: &Node<'_, '_>| {
            (node.attribute("data-from").unwrap().to_owned(), node.attribute("data-to").unwrap().to_owned())
        };
        let mut found: Vec<(String, String)> = of_class(&document, "edge").iter().map(ends).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{name}");
        let text = &drawn.mmd;
        assert_eq!(text.lines().filter(|line| line.contains("]:::")).count(), tables.len(), "{name}");
        assert_eq!(text.lines().filter(|line| line.contains("|\"")).count(), expected.len(), "{name}");
        let plain = |c: char| c.is_ascii() && !c.is_control() || c == '\n' || c.is_alphanumeric();
        assert!(text.chars().all(plain), "{name}: {text}");
    }
}

#[test]
fn tailspin_as_text() {
    insta::assert_snapshot!("tailspin.mmd", Shown::new(tailspin()).mmd);
}

/// Made again with `SHARDPLAN_BLESS=1`.
#[test]
fn the_picture_of_the_readme_is_up_to_date() {
    let path = root().join("docs/tailspin.svg");
    let svg = Shown::new(tailspin()).svg;
    if std::env::var_os("SHARDPLAN_BLESS").is_some() {
        std::fs::write(&path, &svg).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == svg, "docs/tailspin.svg is old: run it with SHARDPLAN_BLESS=1");
}

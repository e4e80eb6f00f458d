//! The page has all of a plan, and nothing of it is read as markup.

use scraper::{Html, Selector};
use shardplan_report::words::shown;
use shardplan_report::{Part, Section};

use super::{Shown, fixtures, tailspin};

fn select<'d>(document: &'d Html, selector: &str) -> Vec<scraper::ElementRef<'d>> {
    document.select(&Selector::parse(selector).unwrap()).collect()
}

fn texts(document: &Html, selector: &str) -> Vec<String> {
    select(document, selector).into_iter().map(|element| element.text().collect()).collect()
}

/// Without the backquotes around names, which become code.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

#[test]
fn names_in_messages_are_code() {
    let html = Shown::new(tailspin()).html;
    assert!(
        html.contains("</a>: <code>line_items</code> gets the column <code>store_id</code>, which the application")
    );
    let (body, _) = html.split_once("<script>").unwrap();
    assert_eq!(body.find('`'), None);
}

#[test]
fn every_table_key_foreign_key_and_finding_is_there() {
    for (name, plan) in fixtures() {
        let shown_plan = Shown::new(plan);
        let document = Html::parse_document(&shown_plan.html);
        let plan = &shown_plan.plan;
        let all = plain(&texts(&document, "body").concat());
        assert_eq!(select(&document, "details[id]").len(), plan.tables.len(), "{name}");
        for (at, table) in plan.tables.iter().enumerate() {
            assert_eq!(texts(&document, &format!("#t{at} > summary > h3")), [shown(&table.name)], "{name}");
            let promises = plan.keys.iter().filter(|key| key.table == table.name).map(|key| &key.name);
            let links = plan.foreign_keys.iter().filter(|key| key.foreign_key.from == table.name);
            let names = texts(&document, &format!("#t{at} th[scope=row]"));
            for expected in promises.chain(links.map(|key| &key.foreign_key.name)) {
                assert!(names.contains(&shown(expected)), "{name}: {expected} is not in {names:?}");
            }
        }
        for finding in &plan.findings {
            assert!(all.contains(&plain(&shown(&finding.message))), "{name}: {}", finding.message);
        }
        let steps = select(&document, ".steps > li").len();
        assert_eq!(steps, plan.phases.iter().map(|phase| phase.steps.len()).sum::<usize>(), "{name}");
    }
}

#[test]
fn it_is_well_formed_and_loads_nothing() {
    for (name, plan) in fixtures() {
        let html = Shown::new(plan).html;
        let document = Html::parse_document(&html);
        // Foreign content in SVG and obsolete tags are no concern of ours; anything else that the parser mends is.
        assert_eq!(document.errors, Vec::<std::borrow::Cow<'_, str>>::new(), "{name}");
        assert_eq!(select(&document, "script").len(), 1, "{name}");
        assert!(select(&document, "[src], [onclick], [onload], iframe, object, embed, base").is_empty(), "{name}");
        for link in select(&document, "[href]") {
            let href = link.attr("href").unwrap();
            assert!(href.starts_with('#') || href == "data:,", "{name}: {href}");
        }
        let styles = texts(&document, "style").concat();
        assert!(!styles.contains("url(") && !styles.contains("@import"), "{name}");
        for link in select(&document, "a[href^='#']") {
            let target = link.attr("href").unwrap();
            assert!(!select(&document, target).is_empty(), "{name}: {target} leads nowhere");
        }
    }
}

#[test]
fn names_are_text() {
    let (_, plan) = fixtures().into_iter().find(|(name, _)| name == "hostile_names").unwrap();
    let ddl = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE \"</script><script>alert(1)</script>\" (\"\"\"><img src=x onerror=alert(2)>\" bigint PRIMARY KEY,
            store_id bigint REFERENCES stores);";
    let scripted = super::plan(ddl, "stores.store_id", None).unwrap();
    for plan in [plan, scripted] {
        let shown_plan = Shown::new(plan);
        let document = Html::parse_document(&shown_plan.html);
        assert_eq!(select(&document, "script").len(), 1);
        assert!(select(&document, "img").is_empty());
        let controls = shown_plan.html.chars().filter(|c| c.is_control() && *c != '\n');
        assert_eq!(controls.count(), 0);
    }
}

#[test]
fn people_find_their_way() {
    let document = Html::parse_document(&Shown::new(tailspin()).html);
    for landmark in ["header", "nav[aria-label]", "main", "footer", "a.skip[href='#main']", "html[lang]"] {
        assert_eq!(select(&document, landmark).len(), 1, "{landmark}");
    }
    assert_eq!(select(&document, "h1").len(), 1);
    for section in select(&document, "section") {
        let title = section.attr("aria-labelledby").unwrap();
        assert_eq!(select(&document, &format!("h2#{title}")).len(), 1);
    }
    assert!(select(&document, "th").iter().all(|cell| cell.attr("scope").is_some()));
    assert!(select(&document, "table").len() == select(&document, "table > caption").len());
    for input in select(&document, "input") {
        assert_eq!(select(&document, &format!("label[for='{}']", input.attr("id").unwrap())).len(), 1);
    }
    // What only the script can do is not shown without it.
    assert!(select(&document, ".tools, button.show").iter().all(|element| element.attr("hidden").is_some()));
    let picture = select(&document, "svg[role=img]")[0];
    assert_eq!(picture.attr("aria-labelledby"), Some("graph-title graph-description"));
    let description = texts(&document, "#graph-description").concat();
    assert!(description.starts_with("4 tables: 3 ready, 1 needs backfill, 0 reference, 0 local."), "{description}");
}

#[test]
fn a_blocked_plan_says_so() {
    let ddl = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE RULE no_more AS ON DELETE TO stores DO INSTEAD NOTHING;";
    let shown_plan = Shown::new(super::plan(ddl, "stores.store_id", None).unwrap());
    assert!(shown_plan.plan.is_blocked());
    let document = Html::parse_document(&shown_plan.html);
    assert_eq!(texts(&document, ".blocked strong"), ["This plan is blocked: "]);
    assert_eq!(texts(&document, ".severity.blocker h3"), ["Blockers (1)"]);
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    for (name, plan) in fixtures() {
        assert_eq!(shardplan_report::render(&plan), shardplan_report::render(&plan), "{name}");
    }
}

/// What a caller adds is text too, and its picture an image.
#[test]
fn sections_are_shown_in_their_place_and_escaped() {
    let hostile = "</pre><script>alert(1)</script> `a\"b`";
    let parts = vec![
        Part::Title(hostile.to_owned()),
        Part::Text(hostile.to_owned()),
        Part::Entry {
            what: hostile.to_owned(),
            about: vec![hostile.to_owned()],
            sql: Some(format!("{hostile}\nSELECT 1")),
        },
        Part::Table { head: vec![hostile.to_owned()], rows: vec![vec![hostile.to_owned()]] },
        Part::Picture {
            svg: "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>#&%</text></svg>".to_owned(),
            says: hostile.to_owned(),
        },
    ];
    let section = Section { id: "added", title: hostile.to_owned(), parts };
    let files = shardplan_report::render_with(&tailspin(), &[section]);
    let document = Html::parse_document(&files[0].text);
    assert_eq!(
        select(&document, "script").len(),
        select(&Html::parse_document(&Shown::new(tailspin()).html), "script").len()
    );
    assert_eq!(select(&document, "nav a[href='#added'], section#added h2#added-title").len(), 2);
    assert_eq!(texts(&document, "#added pre"), [format!("{hostile}\nSELECT 1")]);
    assert_eq!(texts(&document, "#added td code"), ["a\"b"]);
    let image = select(&document, "#added img")[0].value();
    assert_eq!(image.attr("alt"), Some(hostile));
    assert!(image.attr("src").unwrap().starts_with("data:image/svg+xml,%3Csvg%20"), "{image:?}");
}

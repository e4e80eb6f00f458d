//! What a caller adds to the page comes in, its sections go out.

use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::prose;
use crate::section::{Part, Section};
use crate::words::shown;

pub(super) fn of(section: &Section) -> Markup {
    html! {
        section id=(section.id) aria-labelledby={(section.id) "-title"} {
            h2 id={(section.id) "-title"} { (shown(&section.title)) }
            @for part in &section.parts { (one(part)) }
        }
    }
}

fn one(part: &Part) -> Markup {
    html! {
        @match part {
            Part::Title(title) => h3 { (prose(title)) },
            Part::Text(text) => p { (prose(text)) },
            Part::Entry { what, about, sql } => {
                p { strong { (prose(what)) } @for text in about { br; (prose(text)) } }
                @if let Some(sql) = sql { pre { (sql.lines().map(shown).collect::<Vec<_>>().join("\n")) } }
            },
            Part::Table { head, rows } => (table(head, rows)),
            Part::Picture { svg, says } => p { img src={"data:image/svg+xml," (utf8_percent_encode(svg, NON_ALPHANUMERIC))} alt=(says); },
        }
    }
}

fn table(head: &[String], rows: &[Vec<String>]) -> Markup {
    html! {
        table {
            thead { tr { @for cell in head { th scope="col" { (shown(cell)) } } } }
            tbody { @for row in rows { tr { @for cell in row { td { (prose(cell)) } } } } }
        }
    }
}

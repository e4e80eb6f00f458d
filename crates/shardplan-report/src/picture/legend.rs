//! What the colours and lines of a picture mean, drawn above it.

use maud::{Markup, html};

use crate::graph::Fate;
use crate::words::Class;

const STEP: i64 = 134;

/// How much room it takes; none within a page, which has a legend of its own.
pub(super) fn size(is_drawn: bool) -> (i64, i64) {
    if is_drawn { (24 + 5 * 164, 76) } else { (0, 0) }
}

/// The classes in one row, the edges in another.
pub(super) fn draw() -> Markup {
    let edges = Fate::ALL.iter().map(|(fate, words)| (fate.id(), fate.id(), *words));
    let edges = edges.chain([("kept path", "path", "path of the backfill")]);
    html! {
        g aria-hidden="true" {
            @for (class, number) in Class::ALL.into_iter().zip(0_i64..) {
                g class={"box " (class.id())} transform={"translate(" (24 + number * STEP) " 14)"} {
                    rect width="120" height="24" rx="12" {}
                    text x="60" y="17" { (class) }
                }
            }
            @for ((class, arrow, words), number) in edges.zip(0_i64..) {
                g class={"edge " (class)} transform={"translate(" (24 + number * 164) " 58)"} {
                    path d="M24 0H0" marker-end={"url(#arrow-" (arrow) ")"} {}
                    text x="32" y="4" style="text-anchor:start" { (words) }
                }
            }
        }
    }
}

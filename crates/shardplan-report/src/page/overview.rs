//! A plan comes in, its numbers go out: how many tables of which class, and what the move costs.

use maud::{Markup, html};
use shardplan::{Figures, Plan};

use super::chip;
use crate::words::{Class, counted, shown};

pub(super) fn of(plan: &Plan) -> Markup {
    html! {
        section id="summary" aria-labelledby="summary-title" {
            h2 id="summary-title" { "Summary" }
            ul class="cards" {
                @for class in Class::ALL {
                    li { (chip(class)) " " strong { (counted(class.count(plan), "table")) } }
                }
            }
            p { "For the target " (shown(&plan.target)) ", with rules " (plan.target.evidence()) ", by the strategy " strong { (plan.strategy) } "." }
            (costs(plan))
        }
    }
}

fn costs(plan: &Plan) -> Markup {
    let Some(cost) = &plan.cost else {
        return html! { p { "There are no scripts while something blocks it." } };
    };
    let Figures { longest_write_wait, longest_unenforced, unenforced, total, bytes_copied, extra_disk } = cost.figures;
    html! {
        dl class="figures" {
            div { dt { "Longest wait of a write" } dd { (longest_write_wait) } }
            div { dt { "Longest time of a foreign key unenforced" } dd { (longest_unenforced) } }
            div { dt { "Of all foreign keys together" } dd { (unenforced) } }
            div { dt { "The distribution in all" } dd { (total) } }
            div { dt { "Copied" } dd { (bytes_copied) } }
            div { dt { "Stored twice at the worst moment" } dd { (extra_disk) } }
        }
        p class="quiet" {
            "From the sizes of the tables, the copy rate of the rules, and constants measured on an idle cluster. Not in it: what a statement \
             waits for its own lock, the load on the server, and the time between two scripts."
        }
    }
}

//! A graph comes in, its picture goes out as SVG: alone in a file, or as a part of the page.

mod labels;
mod legend;

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

use crate::graph::{Edge, Fate, Graph, note};
use crate::layout::{self, BOX_HEIGHT, BOX_WIDTH, Layout, Point};
use crate::words::{Class, counted, shown};

/// The colours, in light, in dark and on paper.
pub(crate) const PALETTE: &str = include_str!("palette.css");
/// What is drawn how.
pub(crate) const STYLE: &str = include_str!("picture.css");

/// So many edges at most have their columns written beside them; in a larger picture they would lie over each other.
const MOST_LABELS: usize = 40;
/// So many characters of a name fit into a box, of a note, beside an edge.
const NAME: usize = 20;
const NOTE: usize = 28;
const LABEL: usize = 22;

/// The file: its own background and colours.
pub(crate) fn file(graph: &Graph<'_>) -> String {
    let drawing = of(graph, Alone::Yes);
    let mut text = drawing.into_string();
    text.push('\n');
    text
}

/// The part of a page, which has the colours.
pub(crate) fn embedded(graph: &Graph<'_>) -> Markup {
    of(graph, Alone::No)
}

#[derive(Clone, Copy, PartialEq)]
enum Alone {
    Yes,
    No,
}

fn of(graph: &Graph<'_>, alone: Alone) -> Markup {
    let ends: Vec<layout::Edge> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let layout = Layout::new(graph.tables.len(), &ends);
    let legend = legend::size(alone == Alone::Yes);
    let (width, height) = (layout.width.max(legend.0), layout.height + legend.1);
    let order = drawn_last(graph);
    let labels = labels(graph, &layout);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" id="graph" class="graph" viewBox={"0 0 " (width) " " (height)} width=(width) height=(height)
            role="img" aria-labelledby="graph-title graph-description" {
            title id="graph-title" { "The foreign keys, coloured by class" }
            desc id="graph-description" { (description(graph)) }
            @if alone == Alone::Yes { style { (PreEscaped(PALETTE)) (PreEscaped(STYLE)) } }
            defs { @for id in ["kept", "changed", "added", "gone", "path"] { (marker(id)) } }
            @if alone == Alone::Yes {
                rect class="paper" width=(width) height=(height) {}
                (legend::draw())
            }
            g transform={"translate(0 " (legend.1) ")"} {
                @for at in order { (edge(&graph.edges[at], &layout, at, labels.get(at).copied().flatten())) }
                @for at in 0..graph.tables.len() { (table(graph, at, layout.boxes[at])) }
            }
        }
    }
}

/// The plain edges first, the paths of the backfill over them.
fn drawn_last(graph: &Graph<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..graph.edges.len()).collect();
    order.sort_by_key(|at| (graph.edges[*at].is_path, graph.edges[*at].fate, *at));
    order
}

/// The picture in words, for those who do not see it; the tables of the page have all of it.
fn description(graph: &Graph<'_>) -> String {
    let classes = Class::ALL.map(|class| {
        let count = graph.tables.iter().filter(|table| Class::of(&table.placement) == class).count();
        format!("{count} {class}")
    });
    let paths = graph.edges.iter().filter(|edge| edge.is_path).count();
    let changed = graph.edges.iter().filter(|edge| edge.fate != Fate::Kept).count();
    format!(
        "{}: {}. {} between them, from the referencing table on the right to the referenced one on the left; {changed} change, over {paths} of them \
         rows get their key.",
        counted(graph.tables.len(), "table"),
        classes.join(", "),
        counted(graph.edges.len(), "foreign key"),
    )
}

fn marker(id: &str) -> Markup {
    let size = if id == "path" { 5 } else { 7 };
    html! {
        marker id={"arrow-" (id)} viewBox="0 0 10 10" refX="9" refY="5" markerWidth=(size) markerHeight=(size) orient="auto" {
            path d="M0 0L10 5L0 10z" {}
        }
    }
}

fn table(graph: &Graph<'_>, at: usize, (x, y): Point) -> Markup {
    let table = &graph.tables[at];
    let (class, name) = (Class::of(&table.placement), shown(&table.name));
    let root = if table.reason == shardplan::Reason::Root { " root" } else { "" };
    html! {
        g class={"box " (class.id()) (root)} data-table=(at) transform={"translate(" (x) " " (y) ")"} {
            title { (name) ": " (class) }
            rect width=(BOX_WIDTH) height=(BOX_HEIGHT) rx="8" {}
            text class="name" x=(BOX_WIDTH / 2) y="19" { (cut(&name, NAME)) }
            text class="note" x=(BOX_WIDTH / 2) y="35" { (cut(&note(table), NOTE)) }
        }
    }
}

/// So many characters at most.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Where the columns of each edge are written; nowhere in a larger picture.
fn labels(graph: &Graph<'_>, layout: &Layout) -> Vec<Option<Point>> {
    if graph.edges.len() > MOST_LABELS {
        return Vec::new();
    }
    let words: Vec<String> = graph.edges.iter().map(|edge| cut(&edge.label(), LABEL)).collect();
    labels::places(&layout.lines, &words)
}

fn edge(edge: &Edge<'_>, layout: &Layout, at: usize, place: Option<Point>) -> Markup {
    let path = if edge.is_path { " path" } else { "" };
    let arrow = if edge.is_path { "path" } else { edge.fate.id() };
    let line = &layout.lines[at];
    let label = edge.label();
    html! {
        g class={"edge " (edge.fate.id()) (path)} data-from=(edge.from) data-to=(edge.to) {
            title { (shown(&edge.verdict.foreign_key.name)) ": " (label) }
            path d=(curve(line, layout.boxes[edge.from])) marker-end={"url(#arrow-" (arrow) ")"} {}
            @if let Some((x, y)) = place { (written(&cut(&label, LABEL), x, y)) }
        }
    }
}

/// Words on their own piece of paper, which the line goes behind.
fn written(label: &str, x: i64, y: i64) -> Markup {
    let width = labels::width(label).ceil();
    html! {
        rect x=(x as f64 - width / 2.0) y=(y - labels::HEIGHT / 2) width=(width) height=(labels::HEIGHT) rx="3" {}
        text x=(x) y=(y + 4) { (label) }
    }
}

/// The line as a path, curved between the columns and straight through them; a small loop for an edge from a table to itself.
fn curve(line: &[Point], (x, y): Point) -> String {
    let Some((start, rest)) = line.split_first() else {
        let right = x + BOX_WIDTH;
        return format!("M{right} {}C{} {} {} {} {right} {}", y + 9, right + 34, y - 4, right + 34, y + 32, y + 22);
    };
    let mut path = format!("M{} {}", start.0, start.1);
    let mut before = *start;
    for (number, (x, y)) in rest.iter().enumerate() {
        let middle = (before.0 + x) / 2;
        let _ = if number % 2 == 0 {
            write!(path, "C{middle} {} {middle} {y} {x} {y}", before.1)
        } else {
            write!(path, "H{x}")
        };
        before = (*x, *y);
    }
    path
}

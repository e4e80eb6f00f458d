//! One connected part of a graph: its boxes and edges come in, its drawing goes out, from the corner (0, 0) on.

use std::collections::{BTreeMap, BTreeSet};

use super::order::Links;
use super::{BOX_HEIGHT, BOX_WIDTH, Edge, GAP, Point, columns, order, rows};

/// The most places that lines are kept free of boxes at; beyond that they go behind boxes.
const MAX_BENDS: usize = 20_000;
/// The height of a place that a line goes through.
const BEND_HEIGHT: f64 = 6.0;
/// How far lines at one box are from each other, at most.
const PORT: i64 = 13;

/// What is connected.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Its boxes, in order.
    pub(super) boxes: Vec<usize>,
    /// Its edges, in order.
    pub(super) edges: Vec<usize>,
}

/// A part with places.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) boxes: Vec<Point>,
    pub(super) lines: Vec<Vec<Point>>,
}

/// The connected parts.
pub(super) fn split(boxes: usize, edges: &[Edge]) -> Vec<Part> {
    let mut beside = vec![Vec::new(); boxes];
    for (from, to) in edges {
        beside[*from].push(*to);
        beside[*to].push(*from);
    }
    let mut part_of = vec![usize::MAX; boxes];
    let mut parts: Vec<Part> = Vec::new();
    for start in 0..boxes {
        if part_of[start] == usize::MAX {
            let mut open = vec![start];
            part_of[start] = parts.len();
            while let Some(at) = open.pop() {
                for other in &beside[at] {
                    if part_of[*other] == usize::MAX {
                        part_of[*other] = parts.len();
                        open.push(*other);
                    }
                }
            }
            parts.push(Part::default());
        }
        parts[part_of[start]].boxes.push(start);
    }
    edges.iter().enumerate().for_each(|(at, (from, _))| parts[part_of[*from]].edges.push(at));
    parts
}

impl Part {
    /// Draws it.
    pub(super) fn draw(&self, edges: &[Edge]) -> Drawn {
        let number = |at| self.boxes.binary_search(&at).expect("an edge's ends are in its part");
        let edges: Vec<Edge> = self.edges.iter().map(|at| (number(edges[*at].0), number(edges[*at].1))).collect();
        Sketch::new(self.boxes.len(), edges).draw()
    }
}

/// A part whose boxes have columns, and whose long lines have places to go through in each column between.
struct Sketch {
    edges: Vec<Edge>,
    boxes: usize,
    column_of: Vec<usize>,
    bends: BTreeMap<(usize, usize), usize>,
    links: Vec<Links>,
}

impl Sketch {
    fn new(boxes: usize, edges: Vec<Edge>) -> Self {
        let mut references = vec![Vec::new(); boxes];
        edges.iter().filter(|(from, to)| from != to).for_each(|(from, to)| references[*from].push(*to));
        references.iter_mut().for_each(|list| {
            list.sort_unstable();
            list.dedup();
        });
        let column_of = columns::of(&references);
        let mut sketch = Self { edges, boxes, column_of, bends: BTreeMap::new(), links: Vec::new() };
        sketch.bend();
        sketch.link();
        sketch
    }

    /// The ends of an edge, the left one first.
    fn ends(&self, (from, to): Edge) -> Edge {
        if self.column_of[from] < self.column_of[to] { (from, to) } else { (to, from) }
    }

    /// Lines to one box share their places: they come in as one.
    fn bend(&mut self) {
        let mut bends = BTreeSet::new();
        for edge in &self.edges {
            let (left, right) = self.ends(*edge);
            let between = self.column_of[left] + 1..self.column_of[right];
            if bends.len().saturating_add(between.len()) <= MAX_BENDS {
                bends.extend(between.map(|column| (left, column)));
            }
        }
        for (left, column) in bends {
            self.bends.insert((left, column), self.column_of.len());
            self.column_of.push(column);
        }
    }

    /// What an edge goes through, from right to left.
    fn way(&self, edge: Edge) -> Vec<usize> {
        let (left, right) = self.ends(edge);
        if left == right {
            return Vec::new();
        }
        let between = (self.column_of[left] + 1..self.column_of[right]).rev();
        let bends = between.filter_map(|column| self.bends.get(&(left, column)).copied());
        std::iter::once(right).chain(bends).chain([left]).collect()
    }

    fn link(&mut self) {
        let pairs: BTreeSet<(usize, usize)> = self
            .edges
            .iter()
            .flat_map(|edge| self.way(*edge).windows(2).map(|pair| (pair[1], pair[0])).collect::<Vec<_>>())
            .collect();
        self.links = vec![Links::default(); self.column_of.len()];
        for (left, right) in pairs {
            self.links[left].right.push(right);
            self.links[right].left.push(left);
        }
    }

    fn draw(self) -> Drawn {
        let count = self.column_of.iter().max().map_or(0, |last| last + 1);
        let mut columns = vec![Vec::new(); count];
        self.column_of.iter().enumerate().for_each(|(at, column)| columns[*column].push(at));
        order::order(&mut columns, &self.links);
        let height = |at| if at < self.boxes { BOX_HEIGHT as f64 } else { BEND_HEIGHT };
        let heights: Vec<f64> = (0..self.column_of.len()).map(height).collect();
        let middles = rows::middles(&columns, &self.links, &heights);
        let places: Vec<Point> = (0..self.column_of.len())
            .map(|at| (self.column_of[at] as i64 * (BOX_WIDTH + GAP), middles[at].round() as i64))
            .collect();
        let lowest = places.iter().zip(&heights).map(|(place, height)| place.1 + (height / 2.0) as i64).max();
        let loops = self.edges.iter().filter(|(from, to)| from == to).map(|(at, _)| places[*at].0 + BOX_WIDTH + 30);
        let right = count as i64 * (BOX_WIDTH + GAP) - GAP;
        Drawn {
            width: loops.max().unwrap_or(0).max(right),
            height: lowest.unwrap_or(0),
            boxes: places[..self.boxes].iter().map(|(x, middle)| (*x, middle - BOX_HEIGHT / 2)).collect(),
            lines: self.lines(&places),
        }
    }

    fn lines(&self, places: &[Point]) -> Vec<Vec<Point>> {
        let ways: Vec<Vec<usize>> = self.edges.iter().map(|edge| self.way(*edge)).collect();
        let mut at_right: BTreeMap<usize, Vec<(i64, usize)>> = BTreeMap::new();
        for (edge, way) in ways.iter().enumerate().filter(|(_, way)| !way.is_empty()) {
            at_right.entry(way[0]).or_default().push((places[way[1]].1, edge));
        }
        // Lines that leave a box begin at places of their own, in the order of where they go.
        let mut shifts = vec![0; ways.len()];
        for lines in at_right.values_mut() {
            lines.sort_unstable();
            let space = PORT.min((BOX_HEIGHT - 8) / lines.len() as i64);
            let first = -(lines.len() as i64 - 1) * space / 2;
            lines.iter().enumerate().for_each(|(number, (_, edge))| shifts[*edge] = first + number as i64 * space);
        }
        let line = |(edge, way): (usize, &Vec<usize>)| self.line(edge, way, places, shifts[edge]);
        ways.iter().enumerate().map(line).collect()
    }

    /// From the referencing box to the referenced one.
    fn line(&self, edge: usize, way: &[usize], places: &[Point], shift: i64) -> Vec<Point> {
        let [right, between @ .., left] = way else { return Vec::new() };
        let mut line = vec![(places[*right].0, places[*right].1 + shift)];
        for at in between {
            let (x, y) = places[*at];
            line.extend([(x + BOX_WIDTH, y), (x, y)]);
        }
        line.push((places[*left].0 + BOX_WIDTH, places[*left].1));
        if self.edges[edge].0 == *left {
            line.reverse();
        }
        line
    }
}

//! Where the boxes of a graph stand: edges between numbered boxes come in, their places and the lines between them go out. Knows
//! neither tables nor SVG.
//!
//! A layered drawing from left to right, as Sugiyama has it: what is referenced stands left of what references it (`columns`), the
//! boxes of a column are ordered so that few lines cross (`order`) and moved near what they are connected with (`rows`). Each part
//! that is connected is drawn alone, and the parts are put on shelves.
//!
//! Ours, because no crate that was tried stands a thousand tables on a small stack and gives the same picture each time: of
//! `rust-sugiyama` 0.4 the maps iterate at random and the ranking recurses, `dagre` 0.1 recurses and takes 12 s for 1,000 tables
//! around a hub and minutes for a dense graph of as many, `layout-rs` 0.1 asserts. All loops here have bounds that grow with the input a
//! little faster than linearly.

mod columns;
mod order;
mod part;
mod rows;

/// A box's width.
pub(crate) const BOX_WIDTH: i64 = 200;
/// A box's height.
pub(crate) const BOX_HEIGHT: i64 = 44;
/// Between two columns.
pub(crate) const GAP: i64 = 168;
/// Around the picture, and between its parts.
const MARGIN: i64 = 24;
/// The parts of a picture are put beside each other up to this width.
const SHELF: i64 = 1180;

/// From one box to another; both the same for what references itself.
pub(crate) type Edge = (usize, usize);

/// A place, from the left and from the top.
pub(crate) type Point = (i64, i64);

/// A drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// How wide it is.
    pub(crate) width: i64,
    /// How high it is.
    pub(crate) height: i64,
    /// The upper left corner of each box.
    pub(crate) boxes: Vec<Point>,
    /// For each edge, the places through which its line goes: curved from each one with an even number to the next, straight from there.
    /// Empty for an edge from a box to itself.
    pub(crate) lines: Vec<Vec<Point>>,
}

impl Layout {
    /// Draws so many boxes with these edges. The same input gives the same drawing.
    pub(crate) fn new(boxes: usize, edges: &[Edge]) -> Self {
        let mut parts = part::split(boxes, edges);
        parts.sort_by_key(|part| (std::cmp::Reverse(part.boxes.len()), part.boxes.first().copied()));
        let drawn: Vec<part::Drawn> = parts.iter().map(|part| part.draw(edges)).collect();
        let mut layout = Self { width: 0, height: 0, boxes: vec![(0, 0); boxes], lines: vec![Vec::new(); edges.len()] };
        let shelf = drawn.iter().map(|part| part.width).max().unwrap_or(0).max(SHELF);
        let (mut x, mut y, mut height) = (MARGIN, MARGIN, 0);
        for (part, drawn) in parts.iter().zip(drawn) {
            if x > MARGIN && x + drawn.width > MARGIN + shelf {
                (x, y, height) = (MARGIN, y + height + MARGIN, 0);
            }
            layout.place(part, &drawn, (x, y));
            height = height.max(drawn.height);
            layout.width = layout.width.max(x + drawn.width + MARGIN);
            layout.height = layout.height.max(y + height + MARGIN);
            x += drawn.width + MARGIN;
        }
        layout
    }

    fn place(&mut self, part: &part::Part, drawn: &part::Drawn, (x, y): Point) {
        for (at, corner) in part.boxes.iter().zip(&drawn.boxes) {
            self.boxes[*at] = (corner.0 + x, corner.1 + y);
        }
        for (at, line) in part.edges.iter().zip(&drawn.lines) {
            self.lines[*at] = line.iter().map(|point| (point.0 + x, point.1 + y)).collect();
        }
    }
}

#[cfg(test)]
mod tests;

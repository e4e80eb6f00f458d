//! Lines and the words beside them come in; where each stands so that it covers no other goes out.

use crate::layout::Point;

/// How wide a letter is at most, and how high a line of words.
const LETTER: f64 = 5.9;
pub(super) const HEIGHT: i64 = 14;
/// So far from the boxes, for the arrows.
const APART: f64 = 10.0;
/// Where on its line a label may stand, the best place first: in the middle lines are farthest from each other.
const PLACES: [f64; 7] = [0.5, 0.38, 0.62, 0.27, 0.73, 0.18, 0.82];

/// How far from its line, where there is no room on it: a few lines lie close to each other all the way.
const BESIDE: [i64; 7] = [0, -7, 7, -14, 14, -21, 21];

/// How wide a label is at most.
pub(super) fn width(label: &str) -> f64 {
    label.chars().count() as f64 * LETTER
}

/// The middle of each label, on the first curve of its line; none for a line without places.
pub(super) fn places(lines: &[Vec<Point>], labels: &[String]) -> Vec<Option<Point>> {
    let mut taken: Vec<(Point, f64)> = Vec::new();
    let mut places = Vec::with_capacity(lines.len());
    for (line, label) in lines.iter().zip(labels) {
        let width = width(label);
        let along = |beside: i64| {
            PLACES.iter().filter_map(move |part| at(line, *part, width)).map(move |(x, y)| (x, y + beside))
        };
        let candidates = || BESIDE.iter().flat_map(|beside| along(*beside));
        let is_free = |place: &Point| !taken.iter().any(|(other, wide)| overlap(*place, width, *other, *wide));
        let place = candidates().find(is_free).or_else(|| candidates().next());
        taken.extend(place.map(|place| (place, width)));
        places.push(place);
    }
    places
}

fn overlap(one: Point, width: f64, other: Point, other_width: f64) -> bool {
    ((one.0 - other.0).abs() as f64) < (width + other_width) / 2.0 && (one.1 - other.1).abs() < HEIGHT
}

/// A place on the first curve of a line, moved sideways so that a label of this width touches no box.
fn at(line: &[Point], part: f64, width: f64) -> Option<Point> {
    let [start, end, ..] = line else { return None };
    let [x0, y0, x1, y1] = [start.0, start.1, end.0, end.1].map(|number| number as f64);
    let rest = 1.0 - part;
    let (near, far) = (3.0 * rest * rest * part, 3.0 * rest * part * part);
    let x = x0 * rest.powi(3) + (x0 + x1) / 2.0 * (near + far) + x1 * part.powi(3);
    let y = y0 * (rest.powi(3) + near) + y1 * (far + part.powi(3));
    let (least, most) = (x0.min(x1) + APART + width / 2.0, x0.max(x1) - APART - width / 2.0);
    let x = if least <= most { x.clamp(least, most) } else { (x0 + x1) / 2.0 };
    Some((x.round() as i64, y.round() as i64))
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, places};

    #[test]
    fn labels_of_lines_from_one_box_do_not_cover_each_other() {
        let ends = [(0, 0), (0, 60), (0, 130), (0, 73)];
        let lines: Vec<_> = ends.iter().zip([30, 43, 56, 69]).map(|(end, y)| vec![(140, y), *end]).collect();
        let labels = vec!["product_id + store_id".to_owned(); 4];
        let mut heights: Vec<i64> = places(&lines, &labels).iter().map(|place| place.unwrap().1).collect();
        heights.sort_unstable();
        assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= HEIGHT), "{heights:?}");
    }

    #[test]
    fn a_loop_has_no_label_and_a_long_one_stands_in_the_middle() {
        let labels = ["a".to_owned(), "a".repeat(40)];
        assert_eq!(places(&[vec![], vec![(140, 0), (0, 0)]], &labels), [None, Some((70, 0))]);
    }
}

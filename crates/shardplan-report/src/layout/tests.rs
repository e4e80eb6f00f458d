use proptest::prelude::*;

use super::{BOX_HEIGHT, BOX_WIDTH, Edge, Layout};

/// No two boxes overlap, all are within the picture, and each line begins and ends at its boxes.
fn assert_sound(boxes: usize, edges: &[Edge]) {
    let layout = Layout::new(boxes, edges);
    assert_eq!(layout, Layout::new(boxes, edges), "the same input gives the same drawing");
    assert_eq!((layout.boxes.len(), layout.lines.len()), (boxes, edges.len()));
    let mut sorted = layout.boxes.clone();
    sorted.sort_unstable();
    for pair in sorted.windows(2) {
        let apart = pair[1].0 - pair[0].0 >= BOX_WIDTH || pair[1].1 - pair[0].1 >= BOX_HEIGHT;
        assert!(apart || pair[1].0 != pair[0].0, "{pair:?} overlap");
    }
    for (x, y) in &layout.boxes {
        assert!(*x >= 0 && *y >= 0 && x + BOX_WIDTH <= layout.width && y + BOX_HEIGHT <= layout.height);
    }
    for ((from, to), line) in edges.iter().zip(&layout.lines) {
        assert_eq!(line.is_empty(), from == to);
        for (end, at) in line.first().zip(Some(from)).into_iter().chain(line.last().zip(Some(to))) {
            let (x, y) = layout.boxes[*at];
            assert!(end.0 == x || end.0 == x + BOX_WIDTH, "{end:?} is not at the side of {at}");
            assert!((y..=y + BOX_HEIGHT).contains(&end.1), "{end:?} is not at the height of {at}");
        }
    }
}

#[test]
fn every_shape_is_drawn() {
    assert_sound(0, &[]);
    assert_sound(1, &[(0, 0)]);
    assert_sound(5, &[(0, 0), (1, 0), (1, 0), (2, 1), (1, 2), (3, 4)]);
    assert_sound(60, &[]);
}

#[test]
fn what_is_referenced_stands_left() {
    let layout = Layout::new(3, &[(1, 0), (2, 1), (2, 0)]);
    let [stores, orders, items] = layout.boxes[..] else { panic!("three boxes") };
    assert!(stores.0 < orders.0 && orders.0 < items.0);
}

#[test]
fn a_wide_fan_is_folded() {
    let edges: Vec<Edge> = (1..150).map(|at| (at, 0)).collect();
    let layout = Layout::new(150, &edges);
    assert!(layout.height < 2 * layout.width && layout.width < 4 * layout.height, "{layout:?}");
    assert_sound(150, &edges);
}

#[test]
fn a_thousand_tables_are_no_matter() {
    let hub: Vec<Edge> = (1..1_000).flat_map(|at| [(at, 0), (at, at / 2), (at, at * 7 % 1_000)]).collect();
    assert_sound(1_000, &hub);
    let dense: Vec<Edge> = (0..6_000).map(|at| (at * 31 % 1_000, at * 17 % 997)).collect();
    assert_sound(1_000, &dense);
    let chain: Vec<Edge> = (1..20_000).map(|at| (at, at - 1)).collect();
    Layout::new(20_000, &chain);
}

proptest! {
    #[test]
    fn any_graph_is_drawn((boxes, edges) in (1_usize..30).prop_flat_map(|boxes| {
        (Just(boxes), proptest::collection::vec((0..boxes, 0..boxes), 0..60))
    })) {
        assert_sound(boxes, &edges);
    }
}

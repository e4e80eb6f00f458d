//! How far down each box stands: ordered columns, heights and links come in, the middle of each box goes out. Each column is placed as near
//! to what it is linked with as its order lets it: the least squares under gaps, which pooling of neighbours finds in one pass.

use super::order::{Links, mean};

/// So often, from left to right and back.
const SWEEPS: usize = 8;
/// Between two boxes of a column.
const SPACE: f64 = 14.0;

/// The middle of each box, the topmost edge at 0.
pub(super) fn middles(columns: &[Vec<usize>], links: &[Links], heights: &[f64]) -> Vec<f64> {
    let mut middles = vec![0.0; links.len()];
    for column in columns {
        let wanted = vec![0.0; column.len()];
        place(column, &wanted, heights, &mut middles);
    }
    for sweep in 0..SWEEPS {
        let linked = |at: usize| -> (&[usize], &[usize]) {
            match sweep {
                _ if sweep + 2 >= SWEEPS => (&links[at].left, &links[at].right),
                _ if sweep % 2 == 0 => (&links[at].left, &[]),
                _ => (&[], &links[at].right),
            }
        };
        let mut each = |column: &Vec<usize>| {
            let near = |at: &usize| {
                let (left, right) = linked(*at);
                mean(left.iter().chain(right).map(|other| middles[*other])).unwrap_or(middles[*at])
            };
            let wanted: Vec<f64> = column.iter().map(near).collect();
            place(column, &wanted, heights, &mut middles);
        };
        if sweep % 2 == 0 { columns.iter().for_each(&mut each) } else { columns.iter().rev().for_each(&mut each) }
    }
    let top = columns.iter().flatten().map(|at| middles[*at] - heights[*at] / 2.0).fold(f64::INFINITY, f64::min);
    middles.iter().map(|middle| middle - top).collect()
}

/// Neighbours that would overlap are pooled, and a pool stands where its boxes want to be on the average.
fn place(column: &[usize], wanted: &[f64], heights: &[f64], middles: &mut [f64]) {
    let mut offsets = Vec::with_capacity(column.len());
    let mut offset = 0.0;
    for (number, at) in column.iter().enumerate() {
        if number > 0 {
            offset += (heights[column[number - 1]] + heights[*at]) / 2.0 + SPACE;
        }
        offsets.push(offset);
    }
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (wanted, offset) in wanted.iter().zip(&offsets) {
        let mut pool = (wanted - offset, 1);
        while let Some((above, count)) = pools.pop_if(|above| above.0 >= pool.0) {
            let all = count + pool.1;
            pool = ((above * count as f64 + pool.0 * pool.1 as f64) / all as f64, all);
        }
        pools.push(pool);
    }
    let starts = pools.iter().flat_map(|(start, count)| std::iter::repeat_n(*start, *count));
    for ((at, offset), start) in column.iter().zip(&offsets).zip(starts) {
        middles[*at] = start + offset;
    }
}

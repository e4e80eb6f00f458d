//! In which order the boxes of a column stand: columns and the links between neighbouring ones come in, the order goes out. Each box goes
//! to the middle of what it is linked with in the column before, then in the column after, several times.

/// So often; the order hardly changes any more.
const SWEEPS: usize = 10;

/// What a box is linked with: in the column to the left, in the column to the right.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    pub(super) left: Vec<usize>,
    pub(super) right: Vec<usize>,
}

/// Orders the columns in place.
pub(super) fn order(columns: &mut [Vec<usize>], links: &[Links]) {
    let mut places = vec![0.0; links.len()];
    columns.iter().for_each(|column| note(column, &mut places));
    for sweep in 0..SWEEPS {
        if sweep % 2 == 0 {
            columns.iter_mut().for_each(|column| sort(column, &mut places, |at| &links[at].left));
        } else {
            columns.iter_mut().rev().for_each(|column| sort(column, &mut places, |at| &links[at].right));
        }
    }
}

/// Where each box of a column stands, from 0 at its top to 1 at its end.
fn note(column: &[usize], places: &mut [f64]) {
    for (number, at) in column.iter().enumerate() {
        places[*at] = (number as f64 + 0.5) / column.len() as f64;
    }
}

fn sort<'l>(column: &mut [usize], places: &mut [f64], linked: impl Fn(usize) -> &'l Vec<usize>) {
    let mut keyed: Vec<(f64, usize)> = column
        .iter()
        .map(|at| (mean(linked(*at).iter().map(|other| places[*other])).unwrap_or(places[*at]), *at))
        .collect();
    keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (place, (_, at)) in column.iter_mut().zip(keyed) {
        *place = at;
    }
    note(column, places);
}

/// The mean; none of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

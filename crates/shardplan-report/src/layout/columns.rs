//! Which box stands in which column: what each box references comes in, columns go out, left ones first. No box references one of its own column.

/// The column of each box, counted from the left; an edge that closes a cycle goes against the direction.
pub(super) fn of(references: &[Vec<usize>]) -> Vec<usize> {
    let mut layers = layers(references);
    pull(references, &mut layers);
    fold(references, &layers)
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Not,
    Open,
    Done,
}

/// The longest way from each box over what it references, cycles left open: in one depth-first walk without recursion.
fn layers(references: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![Seen::Not; references.len()];
    let mut layers = vec![0; references.len()];
    for start in 0..references.len() {
        if seen[start] != Seen::Not {
            continue;
        }
        seen[start] = Seen::Open;
        let mut open = vec![(start, 0)];
        while let Some((at, next)) = open.last_mut() {
            let at = *at;
            if let Some(&to) = references[at].get(*next) {
                *next += 1;
                if seen[to] == Seen::Not {
                    seen[to] = Seen::Open;
                    open.push((to, 0));
                }
                continue;
            }
            // What is still open is on the way that led here: that edge closes a cycle.
            let done = references[at].iter().filter(|to| seen[**to] == Seen::Done);
            layers[at] = done.map(|to| layers[*to] + 1).max().unwrap_or(0);
            seen[at] = Seen::Done;
            open.pop();
        }
    }
    layers
}

/// Moves what references nothing next to the first that references it.
fn pull(references: &[Vec<usize>], layers: &mut [usize]) {
    let mut nearest = vec![usize::MAX; references.len()];
    for (from, to) in references.iter().enumerate().flat_map(|(from, to)| to.iter().map(move |to| (from, *to))) {
        nearest[to] = nearest[to].min(layers[from]);
    }
    for (at, nearest) in nearest.into_iter().enumerate() {
        if references[at].is_empty() && nearest != usize::MAX {
            layers[at] = nearest.saturating_sub(1);
        }
    }
}

/// Folds columns that would be much higher than the picture is wide: the boxes that are referenced come last, near those that do so.
fn fold(references: &[Vec<usize>], layers: &[usize]) -> Vec<usize> {
    let most = (references.len() * 8 / 3).isqrt().max(8);
    let mut referenced = vec![false; references.len()];
    references.iter().flatten().for_each(|to| referenced[*to] = true);
    let mut order: Vec<usize> = (0..references.len()).collect();
    order.sort_by_key(|at| (layers[*at], referenced[*at], references[*at].first().copied(), *at));
    let mut columns = vec![0; references.len()];
    let mut column = 0;
    for layer in order.chunk_by(|one, other| layers[*one] == layers[*other]) {
        let folds = layer.len().div_ceil(most);
        for fold in layer.chunks(layer.len().div_ceil(folds)) {
            fold.iter().for_each(|at| columns[*at] = column);
            column += 1;
        }
    }
    columns
}

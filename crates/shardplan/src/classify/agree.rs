//! Paths that the user chooses, for the tables that lead over them: verdicts come in, and go out with paths that go on as the
//! path of the table that they meet. Without the user's choices they do anyway ([`super::search`]).

use super::forced::Choice;
use super::place::Placed;
use super::scene::Scene;
use super::{Classified, Path, Placement};
use crate::graph::TableIx;

/// Lets the paths that nobody chose follow those that somebody did, shortest first: a row gets the key of the row that it
/// references. A table with a path as long or longer has no key yet when it is needed, and the path goes on past it.
pub(super) fn agree(scene: &Scene<'_>, placed: &mut Placed<'_>) {
    let is_chosen = |table: TableIx| matches!(scene.choice(table), Choice::Along(_));
    if !scene.graph.indices().any(is_chosen) {
        return;
    }
    let lengths: Vec<usize> = placed.tables.iter().map(|one| backfill(one).map_or(0, |path| path.hops.len())).collect();
    let mut open: Vec<TableIx> =
        scene.graph.indices().filter(|table| lengths[table.at()] > 1 && !is_chosen(*table)).collect();
    open.sort_by_key(|table| (lengths[table.at()], *table));
    for table in open {
        let followed = backfill(&placed.tables[table.at()]).and_then(|path| follow(scene, placed, &lengths, path));
        if let Some(path) = followed {
            replace(&mut placed.tables[table.at()], path);
        }
    }
}

fn backfill<'c>(one: &'c Classified<'_>) -> Option<&'c Path> {
    match &one.placement {
        Placement::Distributed { backfill, .. } => backfill.as_ref(),
        Placement::Reference | Placement::Local => None,
    }
}

/// The path with the rest that the first table on it has whose own was shorter.
fn follow(scene: &Scene<'_>, placed: &Placed<'_>, lengths: &[usize], path: &Path) -> Option<Path> {
    let (at, rest) = path.hops.iter().enumerate().find_map(|(at, hop)| {
        let over = scene.graph.find(&hop.to).filter(|over| lengths[over.at()] < path.hops.len())?;
        backfill(&placed.tables[over.at()]).map(|rest| (at, rest))
    })?;
    let hops = path.hops[..=at].iter().chain(&rest.hops).cloned().collect();
    Some(Path { hops, column: rest.column.clone() })
}

/// The path that was taken before is one of the others now.
fn replace(one: &mut Classified<'_>, path: Path) {
    let Placement::Distributed { backfill: Some(chosen), .. } = &mut one.placement else { return };
    if *chosen == path {
        return;
    }
    one.other_paths.retain(|other| *other != path);
    one.other_paths.insert(0, std::mem::replace(chosen, path));
}

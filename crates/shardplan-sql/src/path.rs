//! A path comes in, the joins along it go out. The table itself is `t`, the tables behind its hops are `p1`, `p2`, …

use std::fmt;

use shardplan::{Hop, Path};

use crate::put::{Put, Shown, qualified};

/// The alias of the table after so many hops.
#[derive(Clone, Copy)]
pub(crate) struct Alias<'a> {
    /// That of the table at the start.
    start: &'a str,
    prefix: &'a str,
    hops: usize,
}

impl Put for Alias<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        if self.hops == 0 { self.start.put(to) } else { (self.prefix, self.hops).put(to) }
    }
}

/// The alias of the table after `hops` hops.
pub(crate) fn alias(prefix: &str, hops: usize) -> Shown<Alias<'_>> {
    Shown(Alias { start: "t", prefix, hops })
}

/// The alias of the table at the end of the path.
pub(crate) fn end<'a>(path: &Path, prefix: &'a str) -> Shown<Alias<'a>> {
    alias(prefix, path.hops.len())
}

/// What [`joins`] makes.
pub(crate) struct Joins<'a> {
    hops: &'a [Hop],
    join: &'a str,
    prefix: &'a str,
}

impl Put for Joins<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        for (at, hop) in self.hops.iter().enumerate() {
            let (here, there) = (alias(self.prefix, at), alias(self.prefix, at + 1));
            (" ", self.join, " ", qualified(&hop.to), " AS ", &there, " ON ", On { hop, here, there: &there })
                .put(to)?;
        }
        Ok(())
    }
}

/// ` JOIN orders AS p1 ON t.order_id = p1.order_id JOIN …`
pub(crate) fn joins<'a>(hops: &'a [Hop], join: &'a str, prefix: &'a str) -> Shown<Joins<'a>> {
    Shown(Joins { hops, join, prefix })
}

/// What [`tables`] makes.
pub(crate) struct Tables<'a>(&'a Path);

impl Put for Tables<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        for (at, hop) in self.0.hops.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            (comma, qualified(&hop.to), " AS p", at + 1).put(to)?;
        }
        Ok(())
    }
}

/// `orders AS p1, customers AS p2`
pub(crate) fn tables(path: &Path) -> Shown<Tables<'_>> {
    Shown(Tables(path))
}

/// What [`conditions`] makes.
pub(crate) struct Conditions<'a> {
    path: &'a Path,
    start: &'a str,
}

impl Put for Conditions<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        for (at, hop) in self.path.hops.iter().enumerate() {
            let here = Alias { start: self.start, prefix: "p", hops: at };
            let and = if at == 0 { "" } else { " AND " };
            (and, On { hop, here, there: alias("p", at + 1) }).put(to)?;
        }
        Ok(())
    }
}

/// `t.order_id = p1.order_id AND p1.customer_id = p2.customer_id`, with another word for the table itself.
pub(crate) fn conditions<'a>(path: &'a Path, start: &'a str) -> Shown<Conditions<'a>> {
    Shown(Conditions { path, start })
}

/// The condition of one hop.
struct On<'a, A, B> {
    hop: &'a Hop,
    here: A,
    there: B,
}

impl<A: Put, B: Put> Put for On<'_, A, B> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        for (at, pair) in self.hop.columns.iter().enumerate() {
            let and = if at == 0 { "" } else { " AND " };
            (and, &self.here, ".", &pair.from, " = ", &self.there, ".", &pair.to).put(to)?;
        }
        Ok(())
    }
}

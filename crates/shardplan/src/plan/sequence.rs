//! The order of jobs that minimises the time for which ties between them are open: jobs, ties and what must come first come in,
//! an order goes out. Knows no table.
//!
//! The jobs are the tables that are placed by a call of their own; a tie is a foreign key. It is open from the start of its first
//! job (or, when that is a blocking one that is referenced, from its end) to the end of its second one. So while a job runs, as many
//! ties are open as lead from the jobs before it to it and to later ones, and those that its own start opens: the sum over the
//! jobs depends on each job and the *set* of jobs before it only, not on their order. Two kinds of jobs are told apart:
//! *free* ones (tables that go online), which are permuted, and the others, each of which comes as soon as what it waits for is there.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::graph::Lists;

/// Up to so many free jobs, all orders are compared, by way of their 2ⁿ subsets.
pub(super) const EXACT: usize = 12;
/// So many jobs are placed at most by the search beyond that, over all orders that it tries.
const WORK: usize = 200_000;
/// Up to so many jobs all of that is done.
const MANY: usize = 1_000;

/// A foreign key between two jobs, or from a job to something that is there before all of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tie {
    /// The job of the referencing table.
    pub(super) from: u32,
    /// The job of the referenced table; `None` if that is there from the start.
    pub(super) to: Option<u32>,
}

/// What is to be ordered. Jobs are numbered in the order in which they come when nothing speaks against it.
#[derive(Debug, Clone)]
pub(super) struct Jobs {
    /// How long each takes.
    pub(super) times: Vec<u64>,
    /// Which can be permuted.
    pub(super) free: Vec<bool>,
    /// The ties.
    pub(super) ties: Vec<Tie>,
    /// Pairs of which the first waits for the second; no circle among them.
    pub(super) waits: Vec<(u32, u32)>,
}

/// How good an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quality {
    /// No order of the free jobs is better.
    Best,
    /// No order has its ties open for less than this in all, and this one for so much.
    AtMost {
        /// What no order can be below.
        bound: u128,
        /// What this one is.
        open: u128,
    },
}

/// The jobs in an order, with what is needed to try another one.
pub(super) struct Sequence<'j> {
    jobs: &'j Jobs,
    /// By job: the places of its ties.
    ties: Lists,
    /// By job: those that wait for it.
    waiting: Lists,
    free: Vec<u32>,
}

impl<'j> Sequence<'j> {
    pub(super) fn new(jobs: &'j Jobs) -> Self {
        let count = jobs.times.len();
        let ends = (0u32..).zip(&jobs.ties);
        let ends = ends.flat_map(|(at, tie)| {
            std::iter::once((tie.from, at)).chain(tie.to.filter(|to| *to != tie.from).map(|to| (to, at)))
        });
        let numbers = 0u32..;
        let free = numbers.zip(&jobs.free).filter(|(_, free)| **free).map(|(job, _)| job).collect();
        Self {
            jobs,
            ties: Lists::new(count, ends),
            waiting: Lists::new(count, jobs.waits.iter().map(|(job, before)| (*before, *job))),
            free,
        }
    }

    /// The best order, as far as it was searched; the default one if that is as good. `default` is an order of all jobs.
    pub(super) fn best(&self, default: Vec<u32>) -> (Vec<u32>, Quality) {
        let usual = self.open(&default);
        let (found, exact) =
            if self.free.len() <= EXACT { (self.exact(), true) } else { (self.search(&default), false) };
        let found = found.filter(|order| self.open(order) < usual);
        let order = found.unwrap_or(default);
        let open = self.open(&order);
        let bound = self.bound();
        let quality = if exact || open == bound { Quality::Best } else { Quality::AtMost { bound, open } };
        (order, quality)
    }

    /// For how long ties are open in an order, all together.
    pub(super) fn open(&self, order: &[u32]) -> u128 {
        let mut walk = Walk::new(self);
        order.iter().for_each(|job| walk.place(*job));
        walk.open
    }

    /// By dynamic programming over the sets of free jobs that are done.
    fn exact(&self) -> Option<Vec<u32>> {
        let count = self.free.len();
        let mut best: Vec<Option<(u128, u32)>> = vec![None; 1 << count];
        best[0] = Some((self.after(&[])?.open, 0));
        for done in 0..1_usize << count {
            let Some((open, _)) = best[done] else { continue };
            let before: Vec<u32> = self.members(done).collect();
            let Some(walk) = self.after(&before) else { continue };
            for (bit, job) in self.free.iter().enumerate().filter(|(bit, _)| done & (1 << bit) == 0) {
                if !walk.is_ready(*job) {
                    continue;
                }
                let mut next = walk.clone();
                next.place_with_followers(*job);
                let open = open + (next.open - walk.open);
                let entry = &mut best[done | 1 << bit];
                if entry.is_none_or(|(least, _)| open < least) {
                    *entry = Some((open, u32::try_from(bit).unwrap_or(0)));
                }
            }
        }
        self.full(&self.chain(&best)?).map(|walk| walk.order)
    }

    fn members(&self, set: usize) -> impl Iterator<Item = u32> {
        self.free.iter().enumerate().filter(move |(bit, _)| set & (1 << bit) != 0).map(|(_, job)| *job)
    }

    /// The free jobs in the best order, read from the last to the first.
    fn chain(&self, best: &[Option<(u128, u32)>]) -> Option<Vec<u32>> {
        let mut set = best.len() - 1;
        let mut chain = Vec::new();
        while set != 0 {
            let (_, bit) = best[set]?;
            chain.push(self.free[bit as usize]);
            set &= !(1 << bit);
        }
        chain.reverse();
        Some(chain)
    }

    /// A set of free jobs, placed in any order that is possible; none if there is none.
    fn after(&self, before: &[u32]) -> Option<Walk<'_, 'j>> {
        let mut walk = Walk::new(self);
        walk.follow();
        let mut left: Vec<u32> = before.to_vec();
        while !left.is_empty() {
            let at = left.iter().position(|job| walk.is_ready(*job))?;
            walk.place_with_followers(left.remove(at));
        }
        Some(walk)
    }

    /// All jobs, the free ones in this order; none if one of them comes before what it waits for.
    fn full(&self, free: &[u32]) -> Option<Walk<'_, 'j>> {
        let mut walk = Walk::new(self);
        walk.follow();
        for job in free {
            if !walk.is_ready(*job) {
                return None;
            }
            walk.place_with_followers(*job);
        }
        (walk.order.len() == self.jobs.times.len()).then_some(walk)
    }

    /// Takes each free job out and puts it where it is best, from the default order on, until nothing gets better or the work
    /// is done.
    fn search(&self, default: &[u32]) -> Option<Vec<u32>> {
        let count = self.jobs.times.len();
        // Among thousands of jobs, what few places of few of them can be tried gains little: they are tried less and less.
        let mut tries = WORK / count.max(1) / (count / MANY).max(1);
        if tries == 0 {
            return None;
        }
        let mut free: Vec<u32> = default.iter().copied().filter(|job| self.jobs.free[*job as usize]).collect();
        let mut least = self.full(&free)?.open;
        let mut since_better = 0;
        for job in self.free.iter().copied().cycle() {
            if since_better == self.free.len() || tries == 0 {
                break;
            }
            since_better += 1;
            let place = free.iter().position(|one| *one == job)?;
            let (mut best, without) = (place, [&free[..place], &free[place + 1..]].concat());
            for at in (0..=without.len()).take(tries) {
                let tried = [&without[..at], &[job], &without[at..]].concat();
                if let Some(open) = self.full(&tried).map(|walk| walk.open).filter(|open| *open < least) {
                    (least, best, since_better) = (open, at, 0);
                }
            }
            tries = tries.saturating_sub(free.len());
            free = [&without[..best], &[job], &without[best..]].concat();
        }
        self.full(&free).map(|walk| walk.order)
    }

    /// What no order can be below.
    ///
    /// Each tie is open while its two jobs run, as if they followed one another. Of the jobs that are tied to one job, at most
    /// two have no other of them in between, at most two one, and so on, the longest nearest; and of those that are tied to
    /// what is there from the start, the shortest first, each waits for all before it.
    fn bound(&self) -> u128 {
        let least = self.jobs.ties.iter().map(|tie| u128::from(self.least(tie))).sum::<u128>();
        let mut tied: BTreeMap<Option<u32>, BTreeSet<u32>> = BTreeMap::new();
        for tie in self.jobs.ties.iter().filter(|tie| tie.to != Some(tie.from)) {
            // Each tie counts at one of its ends only: the one with more of them.
            let more = tie.to.filter(|to| self.ties.get(tie.from).len() > self.ties.get(*to).len());
            let (hub, leaf) = more.map_or((tie.to, tie.from), |to| (Some(tie.from), to));
            tied.entry(hub).or_default().insert(leaf);
        }
        let between = tied.into_iter().map(|(hub, leaves)| {
            let mut times: Vec<u64> = leaves.into_iter().map(|leaf| self.jobs.times[leaf as usize]).collect();
            times.sort_unstable_by(|one, other| other.cmp(one));
            let sides = if hub.is_some() { 2 } else { 1 };
            times.iter().enumerate().map(|(rank, time)| u128::from(*time) * (rank as u128 / sides)).sum::<u128>()
        });
        least + between.sum::<u128>()
    }

    /// For how long a tie is open when its two jobs follow one another.
    fn least(&self, tie: &Tie) -> u64 {
        let time = |job: u32| self.jobs.times[job as usize];
        match tie.to {
            Some(to) if to == tie.from => 0,
            Some(to) if self.jobs.free[to as usize] => time(tie.from).saturating_add(time(to)),
            _ => time(tie.from),
        }
    }
}

/// Jobs placed so far, and for how long ties were open meanwhile.
#[derive(Clone)]
struct Walk<'s, 'j> {
    sequence: &'s Sequence<'j>,
    placed: Vec<bool>,
    /// For how many jobs each one still waits.
    blocked: Vec<u32>,
    order: Vec<u32>,
    /// The ties that are open between two jobs.
    now: u128,
    open: u128,
}

impl<'s, 'j> Walk<'s, 'j> {
    fn new(sequence: &'s Sequence<'j>) -> Self {
        let jobs = sequence.jobs;
        let mut blocked = vec![0; jobs.times.len()];
        jobs.waits.iter().for_each(|(job, _)| blocked[*job as usize] += 1);
        // What references something that is there from the start is open until it is placed.
        let now = jobs.ties.iter().filter(|tie| tie.to.is_none()).count() as u128;
        Self { sequence, placed: vec![false; jobs.times.len()], blocked, order: Vec::new(), now, open: 0 }
    }

    fn is_ready(&self, job: u32) -> bool {
        self.blocked[job as usize] == 0
    }

    fn place(&mut self, job: u32) {
        let jobs = self.sequence.jobs;
        let (mut opened_at_start, mut opened_at_end, mut closed) = (0, 0, 0);
        for at in self.sequence.ties.get(job) {
            let Tie { from, to } = jobs.ties[*at as usize];
            let other = if from == job { to } else { Some(from) };
            match other {
                Some(other) if other == job => {}
                Some(other) if !self.placed[other as usize] => {
                    if from == job || jobs.free[job as usize] {
                        opened_at_start += 1
                    } else {
                        opened_at_end += 1
                    }
                }
                _ => closed += 1,
            }
        }
        self.open += u128::from(jobs.times[job as usize]) * (self.now + opened_at_start);
        self.now = self.now + opened_at_start + opened_at_end - closed;
        self.placed[job as usize] = true;
        self.order.push(job);
        for waiting in self.sequence.waiting.get(job) {
            self.blocked[*waiting as usize] -= 1;
        }
    }

    /// Places a job and all that are not free and waited only for it, the first ones first.
    fn place_with_followers(&mut self, job: u32) {
        self.place(job);
        let followers = self.sequence.waiting.get(job).iter().copied();
        let ready = followers.filter(|one| self.is_follower(*one)).map(Reverse).collect();
        self.follow_from(ready);
    }

    /// Places all that wait for nothing and are not free.
    fn follow(&mut self) {
        let all = 0u32..u32::try_from(self.placed.len()).unwrap_or(u32::MAX);
        let ready = all.filter(|job| self.is_follower(*job)).map(Reverse).collect();
        self.follow_from(ready);
    }

    fn is_follower(&self, job: u32) -> bool {
        !self.sequence.jobs.free[job as usize] && !self.placed[job as usize] && self.is_ready(job)
    }

    fn follow_from(&mut self, mut ready: BinaryHeap<Reverse<u32>>) {
        while let Some(Reverse(job)) = ready.pop() {
            if self.placed[job as usize] {
                continue;
            }
            self.place(job);
            let waiting = self.sequence.waiting.get(job).iter().copied();
            ready.extend(waiting.filter(|one| self.is_follower(*one)).map(Reverse));
        }
    }
}

#[cfg(test)]
mod tests;

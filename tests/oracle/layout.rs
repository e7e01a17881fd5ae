//! Which nodes can the graphs of a program have? What the program's text alone decides.
//!
//! As in the literature an update is two nodes, a read and a write, with program order and `rmw` between them. A node is
//! that of an operation in the text, so that it has the same number in all graphs; the nodes of operations that were
//! not reached, or skipped, are absent from a graph. A mutex is a location whose accesses are all updates.

use std::ops::Range;
use std::sync::atomic::Ordering;

use super::program::{Op, Program};
use super::relation::Relation;

/// Nodes are members of sets of 64 bits.
pub const NODES_MAX: usize = 64;

pub struct Layout {
    pub program: Program,
    /// `nodes[thread][op]`: the operation's only or first node. An update's write is the node after its read.
    pub nodes: Vec<Vec<usize>>,
    pub len: usize,
    /// The initial writes are the first nodes, one for each location.
    pub initial: u64,
    pub reads: u64,
    pub writes: u64,
    pub fences: u64,
    /// The reads of operations that may be updates.
    pub updates: u64,
    pub po: Relation,
    /// Pairs of nodes that access the same location.
    pub same_location: Relation,
    /// The ordering of each node; that of a compare-exchange's read is for success.
    pub orders: Vec<Option<Ordering>>,
    /// The reads of compare-exchanges, with the ordering for failure.
    pub failures: Vec<(usize, Ordering)>,
}

/// The location of an operation that accesses one. Mutexes come after the `atomics` ordinary locations.
fn location(op: Op, atomics: usize) -> Option<usize> {
    match op {
        Op::Load { loc, .. } | Op::Store { loc, .. } | Op::StoreLast { loc, .. } => Some(loc),
        Op::FetchAdd { loc, .. } | Op::Swap { loc, .. } | Op::CompareExchange { loc, .. } => Some(loc),
        Op::Lock(mutex) | Op::Unlock(mutex) => Some(atomics + mutex),
        Op::Fence(_) | Op::SkipIfRead { .. } | Op::AssumeZero => None,
    }
}

fn order(op: Op) -> Option<Ordering> {
    match op {
        Op::Load { order, .. } | Op::Store { order, .. } | Op::StoreLast { order, .. } => Some(order),
        Op::FetchAdd { order, .. } | Op::Swap { order, .. } | Op::Fence(order) => Some(order),
        Op::CompareExchange { success, .. } => Some(success),
        Op::Lock(_) => Some(Ordering::Acquire),
        Op::Unlock(_) => Some(Ordering::Release),
        Op::SkipIfRead { .. } | Op::AssumeZero => None,
    }
}

pub fn reads(op: Op) -> bool {
    !matches!(op, Op::Store { .. } | Op::StoreLast { .. } | Op::Fence(_) | Op::SkipIfRead { .. } | Op::AssumeZero)
}

pub fn may_write(op: Op) -> bool {
    !matches!(op, Op::Load { .. } | Op::Fence(_) | Op::SkipIfRead { .. } | Op::AssumeZero)
}

pub fn is_access(op: Op) -> bool {
    reads(op) || may_write(op)
}

/// Whether the operation is an event of the graph, and not a branch.
pub fn is_event(op: Op) -> bool {
    order(op).is_some()
}

impl Layout {
    pub fn of(program: &Program) -> Self {
        let ops = || program.threads.iter().flatten().copied();
        let atomics = ops().filter(|op| !matches!(op, Op::Lock(_) | Op::Unlock(_)));
        let atomics = atomics.filter_map(|op| location(op, 0)).max().map_or(0, |last| last + 1);
        let locations = ops().filter_map(|op| location(op, atomics)).max().map_or(atomics, |last| last + 1);
        let mut layout = Self {
            program: program.clone(),
            nodes: Vec::new(),
            len: locations,
            initial: (1 << locations) - 1,
            reads: 0,
            writes: (1 << locations) - 1,
            fences: 0,
            updates: 0,
            po: Relation::empty(0),
            same_location: Relation::empty(0),
            orders: vec![None; locations],
            failures: Vec::new(),
        };
        let mut places: Vec<Option<usize>> = (0..locations).map(Some).collect();
        let mut threads = Vec::new();
        for ops in &program.threads {
            let first = layout.len;
            let nodes = ops.iter().map(|&op| layout.add(op, location(op, atomics), &mut places)).collect();
            layout.nodes.push(nodes);
            threads.push(first..layout.len);
        }
        layout.relate(&threads, &places);
        layout
    }

    /// Gives the operation its nodes, and returns the first.
    fn add(&mut self, op: Op, location: Option<usize>, places: &mut Vec<Option<usize>>) -> usize {
        let first = self.len;
        let roles = [(reads(op), &mut self.reads), (may_write(op), &mut self.writes)];
        let fence = (matches!(op, Op::Fence(_)), &mut self.fences);
        for (_, set) in roles.into_iter().chain([fence]).filter(|&(has, _)| has) {
            assert!(self.len < NODES_MAX, "a program has at most {NODES_MAX} nodes");
            *set |= 1 << self.len;
            self.orders.push(order(op));
            places.push(location);
            self.len += 1;
        }
        if reads(op) && may_write(op) {
            self.updates |= 1 << first;
        }
        if let Op::CompareExchange { failure, .. } = op {
            self.failures.push((first, failure));
        }
        first
    }

    /// Initial writes come before everything else in program order.
    fn relate(&mut self, threads: &[Range<usize>], places: &[Option<usize>]) {
        let all = if self.len == NODES_MAX { u64::MAX } else { (1 << self.len) - 1 };
        self.po = Relation::identity(self.len, 0);
        self.same_location = Relation::empty(self.len);
        for node in 0..self.len {
            let later = threads.iter().find(|thread| thread.contains(&node)).map(|thread| node + 1..thread.end);
            self.po.0[node] = later.map_or(all & !self.initial, |later| later.fold(0, |set, node| set | 1 << node));
            for other in (0..self.len).filter(|&other| places[node].is_some() && places[node] == places[other]) {
                self.same_location.0[node] |= 1 << other;
            }
        }
    }
}

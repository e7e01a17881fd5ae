//! Which graphs follow from this one?
//!
//! The algorithm is TruSt (Kokologiannakis, Marmanis, Gladstein, Vafeiadis, "Truly Stateless, Optimal Dynamic Partial
//! Order Reduction", POPL'22). A run always goes on in the *maximal* way: reads take the newest value, writes come last.
//! The other ways become graphs of their own, to be run later:
//!
//! - *forward*: an event that is new reads an older value, or is placed further back;
//! - *backward*: a write that is new is read by a read that is already there. What was added after that read and is not in
//!   the write's causal past is deleted; the run of the new graph adds it again, with the changed value.
//!
//! Many graphs contain the same pair of read and write. Only the one whose deleted part is maximal takes the step, so
//! each graph is reached in one way, and nothing needs to be remembered.

use super::Memory;
use super::clocks::Clock;
use super::consistency::{self, Scratch};
use super::event::{Event, INITIAL, Kind, NOTHING, Number};
use super::graph::Graph;

/// A graph to be run: its events, in the order in which they were added.
pub(super) type Item = Vec<Event>;

/// Which way an event goes: how many writes are between the newest and what it reads or where it is placed, and which of
/// its operation's ways it takes.
pub(super) type Way = (u32, u8);
/// The way in which a run goes on.
pub(super) const MAXIMAL: Way = (0, 0);

/// The search's side of one run: what has been found to be run later, and memory to work with.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub memory: Memory,
    /// How often a choice may go against the ordinary way in one execution, for each kind of choice with such a limit.
    pub limits: Limits,
    /// Graphs to be run, the newest last.
    pub found: Vec<Item>,
    /// Emptied items, to be filled again.
    pub spare_items: Vec<Item>,
    spare_graphs: Vec<Graph>,
    numbers: Vec<Number>,
    pub scratch: Scratch,
}

/// How often, in one execution, the environment may do what it rarely does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    pub spurious_wakeups: u32,
    pub weak_failures: u32,
}

impl Search {
    pub fn new(memory: Memory, limits: Limits) -> Self {
        Self { memory, limits, ..Self::default() }
    }

    /// Adds an event (`number`, the newest): goes on in the maximal way, and finds what follows from the others.
    pub fn add(&mut self, graph: &mut Graph, number: Number) {
        self.find_other_ways(graph, number);
        go(graph, number, MAXIMAL);
        if graph.event(number).writes {
            self.revisit(graph, number);
        }
    }

    /// Finds what follows from each way of an event but the maximal one.
    pub fn find_other_ways(&mut self, graph: &mut Graph, number: Number) {
        self.for_each_other_way(graph, number, |search, graph, _| {
            if graph.event(number).writes {
                search.revisit(graph, number);
            }
            if conflict(graph, number).is_none() {
                search.push_if_consistent(graph);
            }
        });
    }

    /// Shows the graph in each way of an event that coherence allows, but the maximal one.
    pub fn for_each_other_way(
        &mut self,
        graph: &mut Graph,
        number: Number,
        mut visit: impl FnMut(&mut Self, &Graph, Way),
    ) {
        match graph.event(number).kind {
            Kind::Read => self.for_each_other_source(graph, number, visit),
            Kind::Write => self.for_each_other_place(graph, number, visit),
            Kind::Choice => {
                for way in 1..graph.event(number).operands.a as u8 {
                    go(graph, number, (0, way));
                    visit(self, graph, (0, way));
                }
            }
            Kind::Fence | Kind::Create | Kind::Join => {}
        }
    }

    fn for_each_other_source(
        &mut self,
        graph: &mut Graph,
        number: Number,
        mut visit: impl FnMut(&mut Self, &Graph, Way),
    ) {
        let &Event { location, operation, operands, .. } = graph.event(number);
        let newest = graph.writes[location as usize].len() as u32;
        for rank in graph.oldest_visible(number, self.memory)..=newest {
            let source = graph.at_rank(location, rank);
            let old = graph.value_of(source, location);
            if operation.awaits.is_some_and(|awaits| !awaits(old, operands.a)) {
                continue;
            }
            for way in u8::from(rank == newest)..(operation.ways)(old) {
                settle(graph, number, source, way, false);
                visit(self, graph, (newest - rank, way));
                unsettle(graph, number);
            }
        }
    }

    fn for_each_other_place(
        &mut self,
        graph: &mut Graph,
        number: Number,
        mut visit: impl FnMut(&mut Self, &Graph, Way),
    ) {
        let location = graph.event(number).location;
        let last = graph.writes[location as usize].len() as u32 + 1;
        for rank in graph.oldest_visible(number, self.memory) + 1..last {
            // Nothing comes between an update and what it reads.
            if graph.event(graph.at_rank(location, rank)).is_update() {
                continue;
            }
            go(graph, number, (last - rank, 0));
            visit(self, graph, (last - rank, 0));
            graph.unplace(number);
        }
    }

    /// Finds the graphs in which an earlier read reads from the write `write`.
    fn revisit(&mut self, graph: &Graph, write: Number) {
        let event = graph.event(write);
        let past = graph.past.row(write);
        let conflict = conflict(graph, write);
        if conflict.is_some_and(|other| graph.knows(past, other)) {
            return;
        }
        let successor = graph.writes[event.location as usize].get(event.rank as usize).copied();
        // The one canonical place for a write among those that are deleted is before none of them.
        let successor = successor.filter(|_| !event.is_update());
        for number in (0..graph.events.len() as Number).rev() {
            if graph.knows(past, number) {
                continue;
            }
            if !is_canonical(graph, number, write, past) {
                return;
            }
            let read = graph.event(number);
            if read.reads()
                && read.location == event.location
                && read.revisitable
                && conflict.is_none_or(|other| number <= other)
                && graph.oldest_visible(number, self.memory) <= event.rank
            {
                self.revisit_one(graph, number, write);
            }
            if successor == Some(number) {
                return;
            }
        }
    }

    /// Finds the graphs in which `read` reads from `write`, and what was added after it and is no cause of the write has not
    /// happened.
    fn revisit_one(&mut self, graph: &Graph, read: Number, write: Number) {
        let event = graph.event(read);
        let old = graph.event(write).value;
        let blocked = event.operation.awaits.is_some_and(|awaits| !awaits(old, event.operands.a));
        let first_added = if blocked { read } else { read + 1 };
        let past = graph.past.row(write);
        let mut next = self.spare_graphs.pop().unwrap_or_default();
        let mut numbers = std::mem::take(&mut self.numbers);
        graph.restrict(first_added, past, &mut next, &mut numbers);
        let write = numbers[write as usize];
        self.numbers = numbers;
        debug_assert!(write != NOTHING, "a write is part of its own past");
        for number in 0..next.events.len() as Number {
            if next.knows(next.past.row(write), number) {
                next.event_mut(number).revisitable = false;
            }
        }
        if blocked {
            // The thread will try again when it can.
            self.push_if_consistent(&next);
        } else {
            let ways = (event.operation.ways)(old);
            unsettle(&mut next, read);
            let is_newest = next.newest(event.location) == write;
            for way in 0..ways {
                settle(&mut next, read, write, way, way == 0 && is_newest);
                if next.event(read).writes {
                    self.revisit(&next, read);
                }
                self.push_if_consistent(&next);
                unsettle(&mut next, read);
            }
        }
        self.spare_graphs.push(next);
    }

    /// True if the memory model and the limits allow the graph.
    pub fn allows(&mut self, graph: &Graph) -> bool {
        self.within_limits(graph) && consistency::is_consistent(graph, self.memory, &mut self.scratch)
    }

    fn push_if_consistent(&mut self, graph: &Graph) {
        if self.allows(graph) {
            let mut item = self.spare_items.pop().unwrap_or_default();
            item.clear();
            item.extend_from_slice(&graph.events);
            self.found.push(item);
        }
    }

    /// What is over a limit stays so, and each graph is reached through graphs that have no more of what is limited.
    fn within_limits(&self, graph: &Graph) -> bool {
        let mut left = self.limits;
        graph.events.iter().filter(|event| event.kind == Kind::Choice && event.operands.way != 0).all(|event| {
            let left = match event.operands.b {
                SPURIOUS => &mut left.spurious_wakeups,
                WEAK => &mut left.weak_failures,
                _ => return true,
            };
            let some_left = *left > 0;
            *left = left.saturating_sub(1);
            some_left
        })
    }
}

/// Operand `b` of a choice whether to wake up for no reason.
pub(super) const SPURIOUS: u64 = 1;
/// Operand `b` of a choice whether a weak compare-and-swap fails for no reason.
pub(super) const WEAK: u64 = 2;
/// Operand `b` of a choice whether the thread is suspended for ever, which has no limit.
pub(super) const SUSPEND: u64 = 3;

/// Lets the newest event go a way.
pub(super) fn go(graph: &mut Graph, number: Number, (distance, way): Way) {
    let &Event { kind, location, .. } = graph.event(number);
    let maximal = (distance, way) == MAXIMAL;
    match kind {
        Kind::Read => {
            let rank = graph.writes[location as usize].len() as u32 - distance;
            return settle(graph, number, graph.at_rank(location, rank), way, maximal);
        }
        Kind::Write => {
            let rank = graph.writes[location as usize].len() as u32 + 1 - distance;
            graph.place(number, rank);
        }
        Kind::Choice => graph.event_mut(number).operands.way = way,
        Kind::Fence | Kind::Create | Kind::Join => {}
    }
    graph.event_mut(number).maximal = maximal;
    graph.learn(number);
}

/// Lets a read read from `source`: finds its value, whether it writes, and what it then knows.
fn settle(graph: &mut Graph, read: Number, source: Number, way: u8, maximal: bool) {
    let location = graph.event(read).location;
    let seen = graph.value_of(source, location);
    let event = graph.event_mut(read);
    event.reads_from = source;
    event.maximal = maximal;
    event.operands.way = way;
    event.seen = seen;
    let written = (event.operation.apply)(seen, event.operands);
    let order = if written.is_some() { event.order_if_written } else { event.order_if_not };
    event.writes = written.is_some();
    event.value = written.unwrap_or(0);
    graph.set_order(read, order);
    if written.is_some() {
        let rank = graph.rank(source) + 1;
        graph.place(read, rank);
    }
    graph.learn(read);
}

/// Takes back what [`settle`] has done.
fn unsettle(graph: &mut Graph, read: Number) {
    if graph.event(read).writes {
        graph.unplace(read);
        graph.event_mut(read).writes = false;
    }
}

/// The other update that reads from the same write as the update `update`, which was placed later.
pub(super) fn conflict(graph: &Graph, update: Number) -> Option<Number> {
    let event = graph.event(update);
    if !event.is_update() {
        return None;
    }
    let next = graph.writes[event.location as usize].get(event.rank as usize).copied()?;
    let other = graph.event(next);
    (other.is_update() && other.reads_from == event.reads_from).then_some(next)
}

/// True if the event would come out the same if it were added last to what would be left without it: it reads the newest
/// value, or is the newest, or took the first way. `past` is that of `write`, the write that revisits.
fn is_canonical(graph: &Graph, number: Number, write: Number, past: &Clock) -> bool {
    let event = graph.event(number);
    if !event.maximal {
        return false;
    }
    if !event.is_access() {
        return true;
    }
    let base = if event.reads() { event.reads_from } else { number };
    let later = &graph.writes[event.location as usize][graph.rank(base) as usize..];
    let is_hidden =
        later.iter().any(|&later| later != write && later != number && (later < number || graph.knows(past, later)));
    let was_revisited = event.reads() && base != INITIAL && base > number && !graph.knows(past, base);
    !is_hidden && !was_revisited
}

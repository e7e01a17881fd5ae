//! What has happened so far? An execution graph of a program, and every way in which one thread can take one more step.
//!
//! An update's two nodes are added together, and the outside sees one event.

use std::sync::atomic::Ordering;

use super::layout::{Layout, NODES_MAX, is_event, may_write, reads};
use super::program::Op;
use super::relation::members;

/// The values of a mutex.
const FREE: u64 = 0;
const HELD: u64 = 1;

/// An event: its thread and its number among the events of that thread.
pub type EventId = (usize, usize);

/// What an event reads, then what it directly follows in coherence order: `None` if it does not read or does not write,
/// `Some(None)` if that is the initial value.
pub type Links = (Option<Option<EventId>>, Option<Option<EventId>>);

/// What identifies a graph, whatever the order in which its events were added: `threads[thread][index]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Skeleton {
    pub threads: Vec<Vec<Links>>,
}

/// What the threads and whoever joins them get to see of a graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outcome {
    /// The values that the operations read, those of the first thread first; mutexes are not read.
    pub read: Vec<u64>,
    /// The last value of each location.
    pub last: Vec<u64>,
}

/// What the operation writes, if it writes, when it has read `read` and the last value read before it is `last`.
fn written(op: Op, read: u64, last: u64) -> Option<u64> {
    match op {
        Op::Store { value, .. } | Op::Swap { value, .. } => Some(value),
        Op::StoreLast { .. } => Some(last.wrapping_add(1000)),
        Op::FetchAdd { by, .. } => Some(read.wrapping_add(by)),
        Op::CompareExchange { expected, new, .. } => (read == expected).then_some(new),
        Op::Lock(_) => Some(HELD),
        Op::Unlock(_) => Some(FREE),
        Op::Load { .. } | Op::Fence(_) | Op::SkipIfRead { .. } | Op::AssumeZero => None,
    }
}

#[derive(Clone, Copy)]
struct Cursor {
    op: usize,
    last: u64,
}

/// How a thread stands that has no further event in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Ended,
    /// It stopped at `AssumeZero`.
    Stopped,
    /// Its next operation is this one.
    Before(Op),
}

#[derive(Clone)]
pub struct Graph {
    pub present: u64,
    /// For each read the write that it reads.
    pub rf: [u8; NODES_MAX],
    /// For each write the later writes of its location.
    pub mo: [u64; NODES_MAX],
    values: [u64; NODES_MAX],
    threads: Vec<Cursor>,
}

impl Graph {
    pub fn new(layout: &Layout) -> Self {
        let threads = vec![Cursor { op: 0, last: 0 }; layout.program.threads.len()];
        let (rf, mo, values) = ([0; NODES_MAX], [0; NODES_MAX], [0; NODES_MAX]);
        let mut graph = Self { present: layout.initial, rf, mo, values, threads };
        for thread in 0..graph.threads.len() {
            graph.pass_branches(layout, thread);
        }
        graph
    }

    /// Moves on to the thread's next event, or to the place where it stops.
    fn pass_branches(&mut self, layout: &Layout, thread: usize) {
        let ops = &layout.program.threads[thread];
        let cursor = &mut self.threads[thread];
        loop {
            match ops.get(cursor.op) {
                Some(Op::SkipIfRead { ops }) => cursor.op += if cursor.last != 0 { 1 + ops } else { 1 },
                Some(Op::AssumeZero) if cursor.last == 0 => cursor.op += 1,
                _ => return,
            }
        }
    }

    pub fn rest(&self, layout: &Layout, thread: usize) -> Rest {
        match layout.program.threads[thread].get(self.threads[thread].op) {
            None => Rest::Ended,
            Some(Op::AssumeZero) => Rest::Stopped,
            Some(&op) => Rest::Before(op),
        }
    }

    pub fn rests(&self, layout: &Layout) -> Vec<Rest> {
        (0..self.threads.len()).map(|thread| self.rest(layout, thread)).collect()
    }

    /// Every graph with one more event of `thread`: all writes to read, and all places in coherence order. Which of
    /// them are consistent is for the axioms to say.
    pub fn extensions(&self, layout: &Layout, thread: usize) -> Vec<Self> {
        let Rest::Before(op) = self.rest(layout, thread) else { return Vec::new() };
        let Cursor { op: index, last } = self.threads[thread];
        let node = layout.nodes[thread][index];
        let writes = layout.same_location.0[node] & layout.writes & self.present;
        let mut graph = self.clone();
        graph.present |= 1 << node;
        graph.threads[thread].op += 1;
        if !reads(op) {
            graph.pass_branches(layout, thread);
            return match written(op, 0, last) {
                None => vec![graph],
                Some(value) => graph.with_write(node, value, writes),
            };
        }
        let mut extensions = Vec::new();
        for source in members(self.sources(layout, thread, writes)) {
            let mut graph = graph.clone();
            let read = self.values[source];
            graph.rf[node] = source as u8;
            if !matches!(op, Op::Lock(_) | Op::Unlock(_)) {
                graph.threads[thread].last = read;
            }
            graph.pass_branches(layout, thread);
            match written(op, read, last) {
                None => extensions.push(graph),
                Some(value) => extensions.append(&mut graph.with_write(node + 1, value, writes)),
            }
        }
        extensions
    }

    /// Those of `writes` that the thread's next operation may read: all, except that a lock is taken only when it is
    /// free, and that an unlock ends the section that its own thread began.
    fn sources(&self, layout: &Layout, thread: usize, writes: u64) -> u64 {
        let index = self.threads[thread].op;
        let ops = &layout.program.threads[thread];
        match ops[index] {
            Op::Lock(_) => members(writes).filter(|&write| self.values[write] == FREE).fold(0, |set, w| set | 1 << w),
            Op::Unlock(mutex) => {
                let locks =
                    (0..index).rev().filter(|&op| ops[op] == Op::Lock(mutex)).map(|op| layout.nodes[thread][op]);
                let held = locks.into_iter().find(|node| self.present >> node & 1 == 1).expect("only a holder unlocks");
                1 << (held + 1)
            }
            _ => writes,
        }
    }

    /// The graphs with the write `node` directly after each of `writes`.
    fn with_write(&self, node: usize, value: u64, writes: u64) -> Vec<Self> {
        let mut graphs = Vec::new();
        for previous in members(writes) {
            let mut graph = self.clone();
            graph.present |= 1 << node;
            graph.values[node] = value;
            graph.mo[node] = self.mo[previous];
            for earlier in members(writes) {
                if earlier == previous || self.mo[earlier] >> previous & 1 == 1 {
                    graph.mo[earlier] |= 1 << node;
                }
            }
            graphs.push(graph);
        }
        graphs
    }

    /// The ordering of a node that is present: a compare-exchange without its write has failed.
    pub fn order(&self, layout: &Layout, node: usize) -> Option<Ordering> {
        let failure = layout.failures.iter().find(|&&(read, _)| read == node && self.present >> (read + 1) & 1 == 0);
        failure.map_or(layout.orders[node], |&(_, order)| Some(order))
    }

    /// The read half of each update, whose write is the node after it.
    pub fn updates(&self, layout: &Layout) -> u64 {
        layout.updates & self.present & self.present >> 1
    }

    /// The last value of the mutex in coherence order is that of a thread which holds it.
    pub fn is_held(&self, layout: &Layout, thread: usize) -> bool {
        let node = layout.nodes[thread][self.threads[thread].op];
        let writes = layout.same_location.0[node] & layout.writes & self.present;
        members(writes).any(|write| self.mo[write] == 0 && self.values[write] == HELD)
    }

    /// The same for the same graph, whatever the order of its events: what each read reads, the place of each write
    /// counted from the end of coherence order, and which nodes are absent.
    pub fn key(&self, layout: &Layout) -> Vec<u8> {
        let mut key = vec![u8::MAX; layout.len];
        for node in members(self.present & !layout.initial) {
            let is_read = layout.reads >> node & 1 == 1;
            key[node] = if is_read { self.rf[node] } else { self.mo[node].count_ones() as u8 };
        }
        key
    }

    pub fn skeleton(&self, layout: &Layout) -> Skeleton {
        let mut ids = [None; NODES_MAX];
        for (thread, nodes) in layout.nodes.iter().enumerate() {
            for (index, (op, node)) in self.events(layout, thread, nodes).enumerate() {
                ids[node] = Some((thread, index));
                if reads(op) && may_write(op) {
                    ids[node + 1] = ids[node];
                }
            }
        }
        let event = |(op, node): (Op, usize)| {
            let write = if reads(op) { node + 1 } else { node };
            let writes = may_write(op) && self.present >> write & 1 == 1;
            let reading = reads(op).then(|| ids[usize::from(self.rf[node])]);
            (reading, writes.then(|| ids[self.previous(layout, write)]))
        };
        let threads = layout.nodes.iter().enumerate();
        let threads = threads.map(|(thread, nodes)| self.events(layout, thread, nodes).map(event).collect());
        Skeleton { threads: threads.collect() }
    }

    pub fn outcome(&self, layout: &Layout) -> Outcome {
        let threads = layout.nodes.iter().enumerate();
        let events = threads.flat_map(|(thread, nodes)| self.events(layout, thread, nodes));
        let values = events.filter(|&(op, _)| reads(op) && !matches!(op, Op::Lock(_) | Op::Unlock(_)));
        let last = |initial: usize| {
            let writes = layout.same_location.0[initial] & layout.writes & self.present;
            members(writes).find(|&write| self.mo[write] == 0).expect("an initial write")
        };
        Outcome {
            read: values.map(|(_, node)| self.values[usize::from(self.rf[node])]).collect(),
            last: members(layout.initial).map(|initial| self.values[last(initial)]).collect(),
        }
    }

    /// The operations of the thread that happened, with their first nodes.
    fn events<'a>(
        &'a self,
        layout: &'a Layout,
        thread: usize,
        nodes: &'a [usize],
    ) -> impl Iterator<Item = (Op, usize)> + 'a {
        let ops = layout.program.threads[thread].iter().copied().zip(nodes.iter().copied());
        ops.filter(|&(op, node)| is_event(op) && self.present >> node & 1 == 1)
    }

    /// The write directly before `write` in coherence order.
    fn previous(&self, layout: &Layout, write: usize) -> usize {
        let writes = layout.same_location.0[write] & layout.writes & self.present;
        let directly_before = self.mo[write].count_ones() + 1;
        members(writes).find(|&other| self.mo[other].count_ones() == directly_before).expect("an initial write")
    }
}

//! Does the memory model allow this graph?
//!
//! Coherence and atomicity hold by construction: only coherent writes are offered to a read. What is left to test is the
//! order of the `SeqCst` events under RC11, and under sequential consistency that all relations together have no cycle.
//!
//! RC11 is the textbook's (Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing Sequential Consistency in C/C++11", PLDI'17,
//! section 3): `psc` must be acyclic, where
//!
//! ```text
//! scb = po ∪ po|≠loc ; hb ; po|≠loc ∪ hb|loc ∪ co ∪ rb
//! psc = ([SC] ∪ [Fsc] ; hb?) ; scb ; ([SC] ∪ hb? ; [Fsc])  ∪  [Fsc] ; (hb ∪ hb ; eco ; hb) ; [Fsc]
//! ```
//!
//! No matrix over all events is needed: between two `SeqCst` events each of these can be decided with their clocks and,
//! for each location, the ranks of the oldest and newest accesses beyond them.

use super::Memory;
use super::event::{Event, INITIAL, Kind, Number};
use super::graph::Graph;

/// Memory that the tests use again and again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    nodes: Vec<Number>,
    successors: Vec<u64>,
    degrees: Vec<u32>,
    ready: Vec<Number>,
}

/// True if `memory` allows the graph. Coherence and atomicity must hold.
pub(super) fn is_consistent(graph: &Graph, memory: Memory, scratch: &mut Scratch) -> bool {
    match memory {
        Memory::Rc11 => graph.seq_cst_events < 2 || seq_cst_events_have_an_order(graph, scratch),
        Memory::SeqCst => all_events_have_an_order(graph, scratch),
    }
}

/// Kahn's algorithm on program order, creation, joins, reads-from, coherence and reads-before.
fn all_events_have_an_order(graph: &Graph, scratch: &mut Scratch) -> bool {
    let Scratch { degrees, ready, .. } = scratch;
    degrees.clear();
    degrees.resize(graph.events.len(), 0);
    for_each_edge(graph, |_, to| degrees[to as usize] += 1);
    let mut successors: Vec<Vec<Number>> = vec![Vec::new(); graph.events.len()];
    for_each_edge(graph, |from, to| successors[from as usize].push(to));
    ready.clear();
    ready.extend((0..graph.events.len() as Number).filter(|&number| degrees[number as usize] == 0));
    let mut ordered = 0;
    while let Some(number) = ready.pop() {
        ordered += 1;
        for &next in &successors[number as usize] {
            degrees[next as usize] -= 1;
            if degrees[next as usize] == 0 {
                ready.push(next);
            }
        }
    }
    ordered == graph.events.len()
}

/// Calls `edge` for a set of pairs of events whose closure is (po ∪ create ∪ join ∪ rf ∪ co ∪ rb)⁺.
pub(super) fn for_each_edge(graph: &Graph, mut edge: impl FnMut(Number, Number)) {
    for (number, event) in graph.events.iter().enumerate() {
        let number = number as Number;
        if let Some(cause) = graph.cause(number) {
            edge(cause, number);
        }
        match event.kind {
            Kind::Join => {
                if let Some(last) = graph.latest(event.operands.a as usize) {
                    edge(last, number);
                }
            }
            Kind::Read => {
                if event.reads_from != INITIAL {
                    edge(event.reads_from, number);
                }
                let next = graph.rank(event.reads_from) as usize;
                if let Some(&next) = graph.writes[event.location as usize].get(next)
                    && next != number
                {
                    edge(number, next);
                }
            }
            _ => {}
        }
        if event.writes
            && let Some(&next) = graph.writes[event.location as usize].get(event.rank as usize)
        {
            edge(number, next);
        }
    }
}

fn seq_cst_events_have_an_order(graph: &Graph, scratch: &mut Scratch) -> bool {
    let Scratch { nodes, successors, .. } = scratch;
    nodes.clear();
    nodes.extend((0..graph.events.len() as Number).filter(|&number| graph.event(number).order.is_seq_cst()));
    let words = nodes.len().div_ceil(64);
    successors.clear();
    successors.resize(nodes.len() * words, 0);
    for (row, &from) in nodes.iter().enumerate() {
        for (column, &to) in nodes.iter().enumerate() {
            if row != column && must_come_first(graph, from, to) {
                successors[row * words + column / 64] |= 1 << (column % 64);
            }
        }
    }
    is_acyclic(nodes.len(), words, successors)
}

/// Warshall's algorithm on bit rows.
fn is_acyclic(nodes: usize, words: usize, rows: &mut [u64]) -> bool {
    for middle in 0..nodes {
        for row in 0..nodes {
            if rows[row * words + middle / 64] >> (middle % 64) & 1 != 0 {
                for word in 0..words {
                    rows[row * words + word] |= rows[middle * words + word];
                }
            }
        }
        if rows[middle * words + middle / 64] >> (middle % 64) & 1 != 0 {
            return false;
        }
    }
    true
}

/// psc from one event to another.
fn must_come_first(graph: &Graph, from: Number, to: Number) -> bool {
    match (graph.event(from).kind == Kind::Fence, graph.event(to).kind == Kind::Fence) {
        (false, false) => scb(graph, from, to),
        (true, true) => happens_before(graph, from, to) || fence_eco_fence(graph, from, to),
        (false, true) => access_then_fence(graph, from, to),
        (true, false) => fence_then_access(graph, from, to),
    }
}

fn happens_before(graph: &Graph, from: Number, to: Number) -> bool {
    from != to && graph.knows(graph.after.row(to), from)
}

/// The rank of the write that an access reads or makes; the newest of both.
fn rank_of(graph: &Graph, access: &Event) -> u32 {
    if access.writes { access.rank } else { graph.rank(access.reads_from) }
}

/// co ∪ rb between accesses to the same location.
fn co_or_rb(graph: &Graph, from: &Event, to: &Event) -> bool {
    let oldest = if from.reads() { graph.rank(from.reads_from) } else { from.rank };
    to.writes && oldest < to.rank
}

fn scb(graph: &Graph, from: Number, to: Number) -> bool {
    let (first, last) = (graph.event(from), graph.event(to));
    if first.thread == last.thread && first.index < last.index {
        return true;
    }
    if first.location == last.location && (happens_before(graph, from, to) || co_or_rb(graph, first, last)) {
        return true;
    }
    match (next_elsewhere(graph, first), previous_elsewhere(graph, last)) {
        (Some(after), Some(before)) => happens_before(graph, after, before),
        _ => false,
    }
}

/// The first event after an access in its thread that is not one to the same location.
fn next_elsewhere(graph: &Graph, access: &Event) -> Option<Number> {
    let later = &graph.threads[usize::from(access.thread)][usize::from(access.index) + 1..];
    later.iter().copied().find(|&later| is_elsewhere(graph, later, access))
}

/// The last event before an access in its thread that is not one to the same location.
fn previous_elsewhere(graph: &Graph, access: &Event) -> Option<Number> {
    let earlier = &graph.threads[usize::from(access.thread)][..usize::from(access.index)];
    earlier.iter().rev().copied().find(|&earlier| is_elsewhere(graph, earlier, access))
}

fn is_elsewhere(graph: &Graph, other: Number, access: &Event) -> bool {
    let other = graph.event(other);
    !other.is_access() || other.location != access.location
}

/// All accesses to a location.
fn accesses(graph: &Graph, location: usize) -> impl Iterator<Item = Number> {
    let plain_writes = graph.writes[location].iter().copied().filter(|&write| !graph.event(write).reads());
    graph.reads[location].iter().copied().chain(plain_writes)
}

/// [Fsc] ; hb ; eco ; hb ; [Fsc]: for some location, an access that the first fence happens before comes in extended
/// coherence order before one that happens before the second fence.
fn fence_eco_fence(graph: &Graph, from: Number, to: Number) -> bool {
    (0..graph.writes.len()).any(|location| {
        // The lowest position that an access after `from` has, a write before the reads of it, and the highest that one
        // before `to` has. eco goes from lower to strictly higher positions, except between two reads of one write.
        let oldest = accesses(graph, location)
            .filter(|&access| happens_before(graph, from, access))
            .map(|access| {
                let event = graph.event(access);
                if event.reads() { (graph.rank(event.reads_from), true) } else { (event.rank, false) }
            })
            .min();
        let newest = accesses(graph, location)
            .filter(|&access| happens_before(graph, access, to))
            .map(|access| {
                let event = graph.event(access);
                (rank_of(graph, event), !event.writes)
            })
            .max();
        matches!((oldest, newest), (Some(oldest), Some(newest)) if oldest < newest)
    })
}

/// [SC] ; scb ; hb? ; [Fsc] from an access.
fn access_then_fence(graph: &Graph, from: Number, fence: Number) -> bool {
    let access = graph.event(from);
    let mut later = graph.threads[usize::from(access.thread)][usize::from(access.index) + 1..].iter();
    if later.next().is_some_and(|&next| next == fence || happens_before(graph, next, fence)) {
        return true;
    }
    accesses(graph, access.location as usize).any(|other| {
        other != from
            && happens_before(graph, other, fence)
            && (happens_before(graph, from, other) || co_or_rb(graph, access, graph.event(other)))
    })
}

/// [Fsc] ; hb? ; scb ; [SC] to an access.
fn fence_then_access(graph: &Graph, fence: Number, to: Number) -> bool {
    let access = graph.event(to);
    let mut earlier = graph.threads[usize::from(access.thread)][..usize::from(access.index)].iter().rev();
    if earlier.next().is_some_and(|&previous| previous == fence || happens_before(graph, fence, previous)) {
        return true;
    }
    accesses(graph, access.location as usize).any(|other| {
        other != to
            && happens_before(graph, fence, other)
            && (happens_before(graph, other, to) || co_or_rb(graph, graph.event(other), access))
    })
}

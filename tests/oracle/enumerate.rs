//! Which consistent graphs can a program reach? All, by trying everything: from the empty graph on, any thread takes a
//! step in any way that the axioms allow, until none can move.
//!
//! This reaches every graph, since both models are closed under prefixes: what is left of a consistent graph without
//! an event that nothing follows in (po ∪ rf)⁺ is consistent.

use std::collections::{BTreeSet, HashMap};

use super::axioms::{Axiom, Judge, Memory};
use super::graph::{Graph, Outcome, Rest, Skeleton};
use super::layout::Layout;
use super::program::{Op, Program};

/// The graphs in which no thread can move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enumeration {
    /// Every thread has ended.
    pub complete: BTreeSet<Skeleton>,
    /// What those come to.
    pub outcomes: BTreeSet<Outcome>,
    /// Every other thread waits for a mutex that is held, and there are some.
    pub deadlocked: BTreeSet<Skeleton>,
    /// A thread stopped at `AssumeZero`.
    pub blocked: BTreeSet<Skeleton>,
}

/// All graphs of `program`; `None` if that takes more than `limit` graphs, counting those on the way.
pub fn enumerate(program: &Program, memory: Memory, limit: usize) -> Option<Enumeration> {
    enumerate_without(program, memory, None, limit)
}

/// As `enumerate`, with one axiom left out.
pub fn enumerate_without(
    program: &Program,
    memory: Memory,
    without: Option<Axiom>,
    limit: usize,
) -> Option<Enumeration> {
    let layout = &Layout::of(program);
    let judge = Judge { layout, memory, without };
    let mut search = Search { judge, pending: vec![Graph::new(layout)], met: HashMap::new(), graphs: 1 };
    let mut result = Enumeration::default();
    while let Some(graph) = search.pending.pop() {
        let moved = (0..program.threads.len()).filter(|&thread| search.extend(&graph, thread)).count();
        if search.graphs > limit {
            return None;
        }
        if moved == 0 {
            result.record(layout, &graph, without.is_some());
        }
    }
    Some(result)
}

struct Search<'a> {
    judge: Judge<'a>,
    /// Consistent graphs whose extensions have not been tried.
    pending: Vec<Graph>,
    /// Whether each graph that was met is consistent. The same graph is met once for each order of its events.
    met: HashMap<Vec<u8>, bool>,
    /// How many of those are.
    graphs: usize,
}

impl Search<'_> {
    /// Tries all next steps of `thread`, and returns whether it has any.
    fn extend(&mut self, graph: &Graph, thread: usize) -> bool {
        let layout = self.judge.layout;
        let mut moved = false;
        for extension in graph.extensions(layout, thread) {
            // Before all else, since it is cheap and rejects most places of an update.
            if !self.judge.is_atomic(&extension) {
                continue;
            }
            let key = extension.key(layout);
            if let Some(&is_consistent) = self.met.get(&key) {
                moved |= is_consistent;
                continue;
            }
            let is_consistent = self.judge.is_consistent(&extension);
            self.met.insert(key, is_consistent);
            if is_consistent {
                moved = true;
                self.graphs += 1;
                self.pending.push(extension);
            }
        }
        moved
    }
}

impl Enumeration {
    /// With an axiom left out two threads may hold a mutex, and neither finds a way to unlock it.
    fn record(&mut self, layout: &Layout, graph: &Graph, is_weakened: bool) {
        let rests = graph.rests(layout);
        let kind = if rests.contains(&Rest::Stopped) {
            &mut self.blocked
        } else if rests.iter().all(|&rest| rest == Rest::Ended) {
            self.outcomes.insert(graph.outcome(layout));
            &mut self.complete
        } else {
            for (thread, rest) in rests.into_iter().enumerate().filter(|&(_, rest)| rest != Rest::Ended) {
                let waits = matches!(rest, Rest::Before(Op::Lock(_))) && graph.is_held(layout, thread);
                assert!(waits || is_weakened, "thread {thread} could go on: {rest:?}");
            }
            &mut self.deadlocked
        };
        assert!(kind.insert(graph.skeleton(layout)), "a graph was met twice");
    }
}

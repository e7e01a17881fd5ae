//! Which way does a run go where it could go several ways?

use super::event::{Event, Kind, Number};
use super::explore::{Search, conflict, settle, unsettle};
use super::follow::{Follow, Lost};
use super::graph::Graph;

/// How the ways are chosen.
#[derive(Debug)]
pub(super) enum Decider {
    /// The maximal way; the others are found for later. With a generator, threads take turns at random, which changes
    /// nothing about what is found in the end.
    Explore(Option<fastrand::Rng>),
    /// Threads and ways at random; nothing is found for later.
    Random(fastrand::Rng),
    /// As in an earlier run: for each event the thread, and how far its way is from the maximal one.
    Follow(Follow),
}

impl Decider {
    /// True if the thread should let another one add an event before it.
    pub fn wants_switch(&mut self, thread: usize, has_yielded: bool) -> bool {
        match self {
            Self::Explore(None) => false,
            Self::Explore(Some(generator)) | Self::Random(generator) => !has_yielded && generator.bool(),
            Self::Follow(follow) => follow.wants_switch(thread),
        }
    }

    /// Which of the threads that can run is next.
    pub fn next_thread(&mut self, ready: &[usize]) -> usize {
        match self {
            Self::Explore(Some(generator)) | Self::Random(generator) => ready[generator.usize(..ready.len())],
            Self::Explore(None) | Self::Follow(_) => ready[0],
        }
    }

    pub fn add_read(&mut self, search: &mut Search, graph: &mut Graph, number: Number) {
        if let Self::Explore(_) = self {
            search.add_read(graph, number);
            return;
        }
        let &Event { location, operation, operands, .. } = graph.event(number);
        let newest = graph.writes[location as usize].len() as u32;
        let mut ways = Vec::new();
        for rank in graph.oldest_visible(number, search.memory)..=newest {
            let source = graph.at_rank(location, rank);
            let old = graph.value_of(source, location);
            if operation.awaits.is_some_and(|awaits| !awaits(old, operands.a)) {
                continue;
            }
            for way in 0..(operation.ways)(old) {
                settle(graph, number, source, way, rank == newest && way == 0);
                if conflict(graph, number).is_none() && search.allows(graph) {
                    ways.push((newest - rank, way));
                }
                unsettle(graph, number);
            }
        }
        let (distance, way) = self.choose(&ways);
        let source = graph.at_rank(location, newest - distance.min(newest));
        settle(graph, number, source, way, distance == 0 && way == 0);
    }

    pub fn add_write(&mut self, search: &mut Search, graph: &mut Graph, number: Number) {
        if let Self::Explore(_) = self {
            search.add_write(graph, number);
            return;
        }
        let location = graph.event(number).location as usize;
        let last = graph.writes[location].len() as u32 + 1;
        let mut ways = Vec::new();
        for rank in graph.oldest_visible(number, search.memory) + 1..=last {
            let follower = graph.writes[location].get(rank as usize - 1);
            if follower.is_some_and(|&follower| graph.event(follower).is_update()) {
                continue;
            }
            graph.place(number, rank);
            graph.learn(number);
            if search.allows(graph) {
                ways.push((last - rank, 0));
            }
            graph.unplace(number);
        }
        let (distance, _) = self.choose(&ways);
        graph.event_mut(number).maximal = distance == 0;
        graph.place(number, last - distance.min(last - 1));
        graph.learn(number);
    }

    pub fn add_choice(&mut self, search: &mut Search, graph: &mut Graph, number: Number) {
        if let Self::Explore(_) = self {
            search.add_choice(graph, number);
            return;
        }
        debug_assert_eq!(graph.event(number).kind, Kind::Choice);
        let mut ways = Vec::new();
        for way in 0..graph.event(number).operands.a as u8 {
            graph.event_mut(number).operands.way = way;
            if search.allows(graph) {
                ways.push((0, way));
            }
        }
        let (_, way) = self.choose(&ways);
        let event = graph.event_mut(number);
        event.operands.way = way;
        event.maximal = way == 0;
        graph.learn(number);
    }

    /// One of the ways, of which there is at least one: the maximal one is always allowed.
    fn choose(&mut self, ways: &[(u32, u8)]) -> (u32, u8) {
        match self {
            Self::Explore(_) => unreachable!("an exploration takes all ways"),
            Self::Random(generator) => ways[generator.usize(..ways.len())],
            Self::Follow(follow) => follow.choose(ways),
        }
    }

    /// An event has been added.
    pub fn added(&mut self) {
        if let Self::Follow(follow) = self {
            follow.added();
        }
    }

    /// Why the earlier run can't be followed any further, if so.
    pub fn lost(&self) -> Option<Lost> {
        if let Self::Follow(follow) = self { follow.lost() } else { None }
    }
}

//! Which way does a run go where it could go several ways?

use super::event::Number;
use super::explore::{MAXIMAL, Search, Way, conflict, go};
use super::follow::{Follow, Lost};
use super::graph::Graph;
use super::sample::Sampler;
use super::step::Request;

/// How the ways are chosen.
#[derive(Debug)]
pub(super) enum Decider {
    /// The maximal way; the others are found for later. With a generator, threads take turns at random, which changes
    /// nothing about what is found in the end.
    Explore(Option<fastrand::Rng>),
    /// Threads and ways by chance; nothing is found for later.
    Sample(Sampler),
    /// As in an earlier run: for each event the thread, and how far its way is from the maximal one.
    Follow(Follow),
}

impl Decider {
    /// True if the thread should let another one add an event before it.
    pub fn wants_switch(&mut self, thread: usize, has_yielded: bool, request: &Request<'_>) -> bool {
        match self {
            Self::Explore(None) => false,
            Self::Explore(Some(generator)) => !has_yielded && generator.bool(),
            Self::Sample(sampler) => !has_yielded && sampler.comes_to(thread, request),
            Self::Follow(follow) => follow.wants_switch(thread),
        }
    }

    /// True if nobody goes the other ways. Then a thread that waits in a loop must go on when there is something new to read: it
    /// does so in no other graph.
    pub fn takes_one_way(&self) -> bool {
        match self {
            Self::Explore(_) => false,
            Self::Sample(_) => true,
            Self::Follow(follow) => follow.has_steps_left(),
        }
    }

    /// Which of the threads that can run is next.
    pub fn next_thread(&mut self, ready: &[usize]) -> usize {
        match self {
            Self::Explore(Some(generator)) => ready[generator.usize(..ready.len())],
            Self::Sample(sampler) => sampler.next_thread(ready),
            Self::Explore(None) | Self::Follow(_) => ready[0],
        }
    }

    /// Adds an event (`number`, the newest).
    pub fn add(&mut self, search: &mut Search, graph: &mut Graph, number: Number) {
        if let Self::Explore(_) = self {
            return search.add(graph, number);
        }
        let mut ways = Vec::new();
        search.for_each_other_way(graph, number, |search, graph, way| {
            if conflict(graph, number).is_none() && search.allows(graph) {
                ways.push(way);
            }
        });
        // It is always allowed.
        ways.push(MAXIMAL);
        let way = self.choose(&ways);
        go(graph, number, way);
    }

    /// One of the ways, the last of which is the maximal one.
    fn choose(&mut self, ways: &[Way]) -> Way {
        match self {
            Self::Explore(_) => unreachable!("an exploration takes all ways"),
            Self::Sample(sampler) => sampler.choose(ways),
            Self::Follow(follow) => follow.choose(ways),
        }
    }

    /// An execution begins.
    pub fn begin(&mut self) {
        if let Self::Sample(sampler) = self {
            sampler.begin();
        }
    }

    /// An event of `thread` has been added.
    pub fn added(&mut self, thread: usize) {
        match self {
            Self::Explore(_) => {}
            Self::Sample(sampler) => sampler.added(thread),
            Self::Follow(follow) => follow.added(),
        }
    }

    /// Why the earlier run can't be followed any further, if so.
    pub fn lost(&self) -> Option<Lost> {
        if let Self::Follow(follow) = self { follow.lost() } else { None }
    }
}

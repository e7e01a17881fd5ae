//! Which thread is next, and what does it read, where that is left to chance?
//!
//! Every strategy draws executions that the memory model allows; they differ in which they draw often. None is the best for all
//! bugs, so [`Strategy::Auto`](super::Strategy::Auto) takes turns.
//!
//! - *Random*: each event is any thread's.
//! - *PCT*: threads have priorities, which change a few times: Burckhardt, Kothari, Musuvathi, Nagarakatti, "A Randomized
//!   Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS'10. What a read may see is as rare: it is the newest
//!   value, except a few times, which count towards the depth (the idea is that of Gao, Chakraborty, Ozkan, "Probabilistic
//!   Concurrency Testing for Weak Memory Programs", ASPLOS'23).
//! - *POS*: events have priorities, drawn anew when another event has touched the same object: Yuan, Yang, Gu, "Partial Order
//!   Aware Concurrency Sampling", CAV'18.
//! - *SURW*: of all orders of the events on one object, drawn for each execution, each is about as likely, by how many of them
//!   each thread has left: Zhao, Wolff, Mathur, Roychoudhury, "Selectively Uniform Concurrency Testing", ASPLOS'25.

use std::panic::Location;

use super::explore::{MAXIMAL, Way};
use super::step::Request;

/// Decides by chance, for one execution after the other.
#[derive(Debug, Default)]
pub(super) struct Sampler {
    generator: fastrand::Rng,
    policy: Policy,
    /// What each thread is about to do, if it has come to an operation.
    pending: Vec<Option<Pending>>,
    /// The events of this execution, as far as it goes: the thread and what it did.
    events: Vec<(usize, Pending)>,
}

/// An operation that a thread has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pending {
    /// The address of the object; 0 if it has none.
    object: usize,
    only_reads: bool,
    site: &'static Location<'static>,
}

#[derive(Debug, Default)]
enum Policy {
    #[default]
    Random,
    Pct(Pct),
    Pos(Pos),
    Surw(Surw),
}

/// What a sampler goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Random,
    Pct { depth: u32 },
    Pos,
    Surw,
}

impl Sampler {
    pub fn new(kind: Kind, seed: u64) -> Self {
        let policy = match kind {
            Kind::Random => Policy::Random,
            Kind::Pct { depth } => Policy::Pct(Pct::new(depth)),
            Kind::Pos => Policy::Pos(Pos::default()),
            Kind::Surw => Policy::Surw(Surw::default()),
        };
        Self { generator: fastrand::Rng::with_seed(seed), policy, pending: Vec::new(), events: Vec::new() }
    }

    /// An execution begins; what was seen of the last one is taken into account.
    pub fn begin(&mut self) {
        match &mut self.policy {
            Policy::Random => {}
            Policy::Pct(pct) => pct.begin(&mut self.generator),
            Policy::Pos(pos) => pos.priorities.clear(),
            Policy::Surw(surw) => surw.begin(&self.events, &mut self.generator),
        }
        self.pending.clear();
        self.events.clear();
    }

    /// A thread has come to an operation; true if another may go first.
    pub fn comes_to(&mut self, thread: usize, request: &Request<'_>) -> bool {
        if self.pending.len() <= thread {
            self.pending.resize(thread + 1, None);
        }
        self.pending[thread] = Some(Pending {
            object: request.object.map_or(0, |(object, ..)| std::ptr::from_ref(object).addr()),
            only_reads: request.only_reads(),
            site: request.site,
        });
        match self.policy {
            Policy::Random => self.generator.bool(),
            Policy::Pct(_) | Policy::Pos(_) | Policy::Surw(_) => true,
        }
    }

    /// Which of the threads that can run is next.
    pub fn next_thread(&mut self, ready: &[usize]) -> usize {
        let generator = &mut self.generator;
        match &mut self.policy {
            Policy::Random => ready[generator.usize(..ready.len())],
            Policy::Pct(pct) => pct.next_thread(ready, generator),
            Policy::Pos(pos) => pos.next_thread(ready, generator),
            Policy::Surw(surw) => surw.next_thread(ready, &self.pending, generator),
        }
    }

    /// One of the ways of an event, the last of which is the maximal one.
    pub fn choose(&mut self, ways: &[Way]) -> Way {
        let last = ways.len() - 1;
        match &mut self.policy {
            Policy::Pct(pct) => {
                if last > 0 && pct.is_time_for_another_way() {
                    ways[self.generator.usize(..last)]
                } else {
                    MAXIMAL
                }
            }
            _ => ways[self.generator.usize(..ways.len())],
        }
    }

    /// The event that `thread` had come to has been added.
    pub fn added(&mut self, thread: usize) {
        let Some(event) = self.pending.get_mut(thread).and_then(Option::take) else { return };
        self.events.push((thread, event));
        match &mut self.policy {
            Policy::Random => {}
            Policy::Pct(pct) => pct.events += 1,
            Policy::Pos(pos) => pos.added(thread, event, &self.pending),
            Policy::Surw(surw) => surw.added(thread, event, &mut self.generator),
        }
    }
}

/// Priorities of threads, and the few moments at which something rare happens.
#[derive(Debug)]
struct Pct {
    depth: u32,
    /// The longest execution so far, and the most events that had several ways.
    events_most: usize,
    choices_most: usize,
    events: usize,
    choices: usize,
    /// The higher, the earlier. Nothing for those that have not been seen.
    priorities: Vec<Option<u64>>,
    /// After how many events the thread that is next is put last.
    lowers: Vec<usize>,
    /// Which of the events that have several ways do not go the maximal one.
    others: Vec<usize>,
    /// What a thread that is put last gets: less than all others.
    lowest: u64,
}

impl Pct {
    fn new(depth: u32) -> Self {
        Self {
            depth,
            // Guesses, until there was an execution.
            events_most: 32,
            choices_most: 0,
            events: 0,
            choices: 0,
            priorities: Vec::new(),
            lowers: Vec::new(),
            others: Vec::new(),
            lowest: 0,
        }
    }

    fn begin(&mut self, generator: &mut fastrand::Rng) {
        self.events_most = self.events_most.max(self.events);
        self.choices_most = self.choices_most.max(self.choices);
        (self.events, self.choices) = (0, 0);
        self.priorities.clear();
        self.lowers.clear();
        self.others.clear();
        for _ in 1..self.depth {
            if self.choices_most > 0 && generator.bool() {
                self.others.push(generator.usize(..self.choices_most));
            } else {
                self.lowers.push(generator.usize(..self.events_most));
            }
        }
        self.lowest = u64::from(self.depth);
    }

    fn next_thread(&mut self, ready: &[usize], generator: &mut fastrand::Rng) -> usize {
        draw_missing(&mut self.priorities, ready, generator);
        let mut first = highest(&self.priorities, ready);
        while let Some(place) = self.lowers.iter().position(|&moment| moment == self.events) {
            self.lowers.swap_remove(place);
            self.lowest -= 1;
            self.priorities[first] = Some(self.lowest);
            first = highest(&self.priorities, ready);
        }
        first
    }

    /// An event has several ways.
    fn is_time_for_another_way(&mut self) -> bool {
        self.choices += 1;
        self.others.contains(&(self.choices - 1))
    }
}

/// Gives each of the threads that has no priority one, above those that are put last.
fn draw_missing(priorities: &mut Vec<Option<u64>>, threads: &[usize], generator: &mut fastrand::Rng) {
    for &thread in threads {
        if priorities.len() <= thread {
            priorities.resize(thread + 1, None);
        }
        priorities[thread].get_or_insert_with(|| generator.u64(1 << 32..));
    }
}

fn highest(priorities: &[Option<u64>], threads: &[usize]) -> usize {
    *threads.iter().max_by_key(|&&thread| priorities[thread]).expect("some thread can run")
}

/// Priorities of the events to come, one for each thread.
#[derive(Debug, Default)]
struct Pos {
    priorities: Vec<Option<u64>>,
}

impl Pos {
    fn next_thread(&mut self, ready: &[usize], generator: &mut fastrand::Rng) -> usize {
        draw_missing(&mut self.priorities, ready, generator);
        highest(&self.priorities, ready)
    }

    /// The thread's next event is another, and what the event races with is drawn anew.
    fn added(&mut self, thread: usize, event: Pending, pending: &[Option<Pending>]) {
        for (other, priority) in self.priorities.iter_mut().enumerate() {
            let races = pending.get(other).copied().flatten().is_some_and(|to_come| to_come.races_with(event));
            if other == thread || races {
                *priority = None;
            }
        }
    }
}

impl Pending {
    fn races_with(self, other: Self) -> bool {
        self.object != 0 && self.object == other.object && !(self.only_reads && other.only_reads)
    }
}

/// An object, and which thread is to be the next to use it.
#[derive(Debug, Default)]
struct Surw {
    /// Where that object was used in the execution before.
    sites: Vec<&'static Location<'static>>,
    /// How many events at these lines each thread had then, and has left now.
    left: Vec<usize>,
    intended: Option<usize>,
}

impl Surw {
    fn begin(&mut self, before: &[(usize, Pending)], generator: &mut fastrand::Rng) {
        let mut objects: Vec<usize> =
            before.iter().map(|(_, event)| event.object).filter(|&object| object != 0).collect();
        objects.sort_unstable();
        objects.dedup();
        let object = generator.choice(&objects).copied();
        self.sites =
            before.iter().filter(|(_, event)| Some(event.object) == object).map(|(_, event)| event.site).collect();
        self.left.clear();
        for (thread, event) in before {
            if self.is_of_interest(*event) {
                if self.left.len() <= *thread {
                    self.left.resize(thread + 1, 0);
                }
                self.left[*thread] += 1;
            }
        }
        self.intend(generator);
    }

    fn is_of_interest(&self, event: Pending) -> bool {
        self.sites.contains(&event.site)
    }

    /// Each order of what is left is as likely if a thread's turn is as likely as it has much left.
    fn intend(&mut self, generator: &mut fastrand::Rng) {
        let all: usize = self.left.iter().sum();
        self.intended = None;
        if all > 0 {
            let mut place = generator.usize(..all);
            self.intended = self.left.iter().position(|&left| {
                let is_here = place < left;
                place = place.saturating_sub(left);
                is_here
            });
        }
    }

    fn next_thread(&mut self, ready: &[usize], pending: &[Option<Pending>], generator: &mut fastrand::Rng) -> usize {
        let must_wait = |thread: usize| {
            let event = pending.get(thread).copied().flatten();
            self.intended != Some(thread) && event.is_some_and(|event| self.is_of_interest(event))
        };
        let others: Vec<usize> = ready.iter().copied().filter(|&thread| !must_wait(thread)).collect();
        // The thread whose turn it is may wait for one of the others.
        let threads = if others.is_empty() { ready } else { &others };
        threads[generator.usize(..threads.len())]
    }

    fn added(&mut self, thread: usize, event: Pending, generator: &mut fastrand::Rng) {
        if self.is_of_interest(event) {
            if let Some(left) = self.left.get_mut(thread) {
                *left = left.saturating_sub(1);
            }
            self.intend(generator);
        }
    }
}

//! How does a run follow the decisions of an earlier one?
//!
//! For each event to be added it is told the thread and the way. A thread that has performed its event goes on to its next
//! operation at once, as in every run. What goes wrong between events goes wrong at the end: the threads in question take
//! their last turns when all events are there.

use std::panic::Location;

use super::decide::Decider;
use super::explore::{MAXIMAL, Way};
use super::run::{Run, Status, pause, with_current};

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub thread: u16,
    /// The two parts of its [`Way`].
    pub distance: u32,
    pub way: u8,
}

/// The decisions of an execution, as far as they were followed.
#[derive(Debug, Default)]
pub(super) struct Follow {
    steps: Vec<Step>,
    /// The threads that go on, one after the other, when all events are there: the last one is that in which something is
    /// wrong.
    tails: Vec<u16>,
    /// What the owners are counted of: hashes of where it is made.
    counted: Vec<u32>,
    /// How many steps were made, and tails gone through.
    position: usize,
    /// What it was when the present thread went on.
    position_before: usize,
    /// How many steps there are up to the last one of the last tail's thread.
    steps_of_last: usize,
    lost: Option<Lost>,
}

/// Why an execution can't be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The thread that is next does not exist, or can't go on.
    NoThread,
    /// What the event read, or its place, is none that it can have.
    NoWay,
    /// All steps were made, and the threads go on.
    GoesOn,
}

impl Follow {
    pub fn new(steps: Vec<Step>, tails: Vec<u16>, counted: Vec<u32>) -> Self {
        let steps_of_last = steps.iter().rposition(|step| tails.last() == Some(&step.thread));
        let steps_of_last = steps_of_last.map_or(0, |position| position + 1);
        Self { steps, tails, counted, position: 0, position_before: 0, steps_of_last, lost: None }
    }

    /// Why it can't be followed any further, if so.
    pub fn lost(&self) -> Option<Lost> {
        self.lost
    }

    fn wanted(&self) -> Option<usize> {
        let wanted = match self.position.checked_sub(self.steps.len()) {
            None => Some(self.steps[self.position].thread),
            Some(tail) => self.tails.get(tail).copied(),
        };
        wanted.map(usize::from)
    }

    pub fn has_steps_left(&self) -> bool {
        !self.is_at_tails()
    }

    fn is_at_tails(&self) -> bool {
        self.position >= self.steps.len()
    }

    /// True if the thread should not add an event now.
    pub fn wants_switch(&self, thread: usize) -> bool {
        self.wanted().is_some_and(|wanted| self.is_at_tails() || wanted != thread)
    }

    /// The way that is to be taken, if it is one of those that there are.
    pub fn choose(&mut self, ways: &[Way]) -> Way {
        let wanted = self.steps.get(self.position).map(|step| (step.distance, step.way));
        match wanted.filter(|wanted| ways.contains(wanted)) {
            Some(way) => way,
            None => {
                self.lost = Some(Lost::NoWay);
                MAXIMAL
            }
        }
    }

    /// An event has been added.
    pub fn added(&mut self) {
        self.position += 1;
    }

    /// True if the thread has performed its last event and others must go on before it does.
    fn comes_later(&self, thread: usize) -> bool {
        self.tails.last().is_some_and(|&last| usize::from(last) == thread)
            && self.position >= self.steps_of_last
            && self.position + 1 < self.steps.len() + self.tails.len()
    }
}

/// The thread that runs has performed an operation: lets others go on if, in an execution that is being followed, what it
/// does next comes last.
pub(super) fn let_others_go_first() {
    let comes_later = |run: &mut Run| match &run.decider {
        Decider::Follow(follow) => !run.is_over && follow.comes_later(run.running),
        _ => false,
    };
    if with_current(comes_later) == Some(true) {
        pause();
    }
}

impl Run {
    /// Which of the threads that can run is next. None if what is followed can't go on.
    pub fn next_thread(&mut self, ready: &[usize]) -> Option<usize> {
        let Decider::Follow(follow) = &mut self.decider else { return Some(self.decider.next_thread(ready)) };
        // A thread that has ended or waits before its last turn has had it.
        while follow.is_at_tails() && follow.wanted().is_some_and(|wanted| !ready.contains(&wanted)) {
            follow.position += 1;
        }
        follow.position_before = follow.position;
        let Some(mut wanted) = follow.wanted() else {
            let last = follow.tails.last().map(|&last| usize::from(last));
            return Some(last.filter(|last| ready.contains(last)).unwrap_or(ready[0]));
        };
        for _ in 0..self.threads.len() {
            if ready.contains(&wanted) {
                return Some(wanted);
            }
            // What it waits for may be the end of a thread that has no more events.
            let Some(Status::Joins(other, _)) = self.threads.get(wanted).map(|thread| &thread.status) else { break };
            wanted = *other;
        }
        follow.lost = Some(Lost::NoThread);
        None
    }

    /// The thread that was next has gone on.
    pub fn has_gone_on(&mut self, thread: usize) {
        let is_ready = matches!(self.threads[thread].status, Status::Ready);
        let Decider::Follow(follow) = &mut self.decider else { return };
        if follow.is_at_tails() {
            follow.position +=
                usize::from(follow.wanted() == Some(thread) && follow.position == follow.position_before);
        } else if is_ready && follow.position == follow.position_before {
            follow.lost = Some(Lost::NoThread);
            self.is_over = true;
        }
    }

    /// False if what is followed has no event that could be added. The run is over then.
    pub fn may_add(&mut self) -> bool {
        if let Decider::Follow(follow) = &mut self.decider
            && follow.is_at_tails()
        {
            follow.lost = Some(Lost::GoesOn);
            self.is_over = true;
        }
        !self.is_over
    }

    /// An event was added. False if it is another than what is followed has. The run is over then.
    pub fn has_added(&mut self) -> bool {
        self.decider.added(self.running);
        self.is_over |= self.decider.lost().is_some();
        !self.is_over
    }

    /// True if what is made at `site` has events of its own for its owners.
    pub fn is_counted(&self, site: &'static Location<'static>) -> bool {
        let is_followed = match &self.decider {
            Decider::Follow(follow) => follow.counted.contains(&hash_of_site(site)),
            _ => false,
        };
        is_followed || self.counted_sites.contains(site)
    }
}

/// What stands for a line of the source in a token.
pub(super) fn hash_of_site(site: &Location<'_>) -> u32 {
    let mut hash = Fnv::new();
    hash.add(site.to_string().as_bytes());
    hash.get()
}

/// The hash FNV-1a, of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fnv(u32);

impl Fnv {
    pub fn new() -> Self {
        Self(0x811c_9dc5)
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }

    pub fn get(self) -> u32 {
        self.0
    }
}

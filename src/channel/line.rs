//! Threads and tasks that wait in line, the first to come in front.

use std::collections::VecDeque;
use std::task::Waker;

use crate::sync::{Arc, Condvar};

/// Who waits, and how to wake him.
pub(super) enum Sleeper {
    /// A thread, asleep at a condition variable of its own.
    Thread(Arc<Condvar>),
    /// What has polled a future.
    Task(Waker),
}

impl Sleeper {
    /// To be called without a lock: a task's waker is the user's code.
    pub fn wake(self) {
        match self {
            Self::Thread(condvar) => condvar.notify_one(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

/// A place in a line, never given twice.
pub(super) type Ticket = usize;

#[derive(Default)]
pub(super) struct Line {
    /// Sorted by ticket.
    sleepers: VecDeque<(Ticket, Sleeper)>,
    next: Ticket,
}

impl Line {
    /// To the end of the line.
    pub fn join(&mut self, sleeper: Sleeper) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.sleepers.push_back((ticket, sleeper));
        ticket
    }

    /// Who has the ticket leaves the line, if he is still in it.
    pub fn leave(&mut self, ticket: Ticket) -> Option<Sleeper> {
        let place = self.place_of(ticket)?;
        Some(self.sleepers.remove(place)?.1)
    }

    /// The first leaves the line.
    pub fn call(&mut self) -> Option<Sleeper> {
        Some(self.sleepers.pop_front()?.1)
    }

    /// All leave the line.
    pub fn call_all(&mut self) -> impl Iterator<Item = Sleeper> + use<> {
        std::mem::take(&mut self.sleepers).into_iter().map(|(_, sleeper)| sleeper)
    }

    pub fn has(&self, ticket: Ticket) -> bool {
        self.place_of(ticket).is_some()
    }

    pub fn is_empty(&self) -> bool {
        self.sleepers.is_empty()
    }

    fn place_of(&self, ticket: Ticket) -> Option<usize> {
        self.sleepers.binary_search_by_key(&ticket, |&(ticket, _)| ticket).ok()
    }
}

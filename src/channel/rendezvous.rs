//! A queue of capacity 0: a push ends when a pop has taken its value. What a channel with `bounded(0)` is made of.
//!
//! Rules:
//!
//! 1. A waiting push has an *offer* in the queue, found again by its ticket. Whoever pops takes the oldest offer. A
//!    push whose offer is gone has succeeded; a push that gives up takes its offer back, in the same critical section
//!    in which it found it still there.
//! 2. `try_push` leaves an offer that nobody waits for, and only while there are more waiting pops than offers. A
//!    waiting pop goes away empty-handed only if there is no offer. So each such offer is taken, and when nobody is
//!    waiting to pop there is none.

use std::collections::VecDeque;

use super::deadline::{Deadline, Woken};
use super::error::{PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(crate) struct Rendezvous<T> {
    state: Mutex<State<T>>,
    offered: Condvar,
    taken: Condvar,
}

struct State<T> {
    /// The oldest in front, so sorted by ticket.
    offers: VecDeque<Offer<T>>,
    next_ticket: u64,
    closed: bool,
    pops_waiting: usize,
}

struct Offer<T> {
    ticket: u64,
    value: T,
}

impl<T> Rendezvous<T> {
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State { offers: VecDeque::new(), next_ticket: 0, closed: false, pops_waiting: 0 }),
            offered: Condvar::new(),
            taken: Condvar::new(),
        }
    }

    /// Hands `value` to a pop that waits for one. "Full": there is none.
    pub fn try_push(&self, value: T) -> Result<(), TryPushError<T>> {
        let mut state = self.lock();
        if state.closed {
            return Err(TryPushError::Closed(value));
        }
        if state.pops_waiting <= state.offers.len() {
            return Err(TryPushError::Full(value));
        }
        state.offer(value);
        drop(state);
        self.offered.notify_one();
        Ok(())
    }

    pub fn push_deadline(&self, value: T, deadline: Deadline) -> Result<(), PushTimeoutError<T>> {
        let mut state = self.lock();
        if state.closed {
            return Err(PushTimeoutError::Closed(value));
        }
        let ticket = state.offer(value);
        self.offered.notify_one();
        let mut woken = Woken::Perhaps;
        while let Some(position) = state.position_of(ticket) {
            if state.closed {
                return Err(PushTimeoutError::Closed(state.withdraw(position)));
            }
            if woken == Woken::TimedOut {
                return Err(PushTimeoutError::Timeout(state.withdraw(position)));
            }
            (state, woken) = deadline.wait(&self.taken, state);
        }
        Ok(())
    }

    pub fn try_pop(&self) -> Result<T, TryPopError> {
        let state = self.lock();
        let closed = state.closed;
        self.take(state).ok_or(if closed { TryPopError::Closed } else { TryPopError::Empty })
    }

    pub fn pop_deadline(&self, deadline: Deadline) -> Result<T, PopTimeoutError> {
        let mut state = self.lock();
        let mut woken = Woken::Perhaps;
        while state.offers.is_empty() {
            if state.closed {
                return Err(PopTimeoutError::Closed);
            }
            if woken == Woken::TimedOut {
                return Err(PopTimeoutError::Timeout);
            }
            state.pops_waiting += 1;
            (state, woken) = deadline.wait(&self.offered, state);
            state.pops_waiting -= 1;
        }
        Ok(self.take(state).expect("there is an offer and this thread has the lock"))
    }

    /// Makes waiting and later pushes fail, each with its value, and pops once the offers are gone.
    pub fn close(&self) {
        self.lock().closed = true;
        self.offered.notify_all();
        self.taken.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, mut state: MutexGuard<'_, State<T>>) -> Option<T> {
        let offer = state.offers.pop_front()?;
        drop(state);
        // All: only one of the waiting pushes made this offer, and the condition variable can't tell which.
        self.taken.notify_all();
        Some(offer.value)
    }
}

impl<T> State<T> {
    fn offer(&mut self, value: T) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.offers.push_back(Offer { ticket, value });
        ticket
    }

    fn position_of(&self, ticket: u64) -> Option<usize> {
        self.offers.binary_search_by_key(&ticket, |offer| offer.ticket).ok()
    }

    fn withdraw(&mut self, position: usize) -> T {
        self.offers.remove(position).expect("the offer was just found").value
    }
}

//! A queue of capacity 0: a push ends when a pop has taken its value.
//!
//! # Rules
//!
//! 1. A waiting push has an *offer* in the queue, found again by its ticket. Whoever pops takes the oldest offer. A push whose
//!    offer is gone has succeeded; one that gives up takes its offer back, in the same critical section in which it found it
//!    still there.
//! 2. Each new offer tells the first of the pops in line, which leaves it. Who is told takes the oldest offer, or tells another.
//! 3. `try_push` leaves an offer that nobody waits for, and only where there is a pop to tell.

use std::collections::VecDeque;
use std::iter;
use std::task::{Poll, Waker};

use super::line::{Line, Sleeper, Ticket};
use super::patience::{Idle, Patience};
use super::shared::Handles;
use crate::queue::{Closed, Deadline, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError, Woken, drop_all};
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

pub(super) struct Rendezvous<T> {
    state: Mutex<State<T>>,
    /// The ticket of the next offer, and that of the oldest, if there is one. For those who look without the lock; then they
    /// make sure with it, so these are Relaxed.
    next: AtomicUsize,
    oldest: AtomicUsize,
    pushes_idle: Idle,
    pops_idle: Idle,
    pub handles: Handles,
}

struct State<T> {
    /// The oldest in front, so sorted by ticket.
    offers: VecDeque<Offer<T>>,
    pops: Line,
    is_closed: bool,
}

struct Offer<T> {
    ticket: Ticket,
    value: T,
    push: Push,
}

/// What the push of an offer does meanwhile.
enum Push {
    /// There is none: it was a `try_push`.
    Ended,
    /// It looks now and then.
    Looks,
    Sleeps(Sleeper),
}

impl<T> Rendezvous<T> {
    pub fn new() -> Self {
        let state = State { offers: VecDeque::new(), pops: Line::default(), is_closed: false };
        Self {
            state: Mutex::new(state),
            next: AtomicUsize::new(0),
            oldest: AtomicUsize::new(0),
            pushes_idle: Idle::new(),
            pops_idle: Idle::new(),
            handles: Handles::new(),
        }
    }

    /// Hands `value` to a pop that waits for one. "Full": there is none.
    pub fn try_push(&self, value: T) -> Result<(), TryPushError<T>> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(TryPushError::Closed(value));
        }
        let Some(pop) = state.pops.call() else { return Err(TryPushError::Full(value)) };
        self.offer(&mut state, value, Push::Ended);
        drop(state);
        pop.wake();
        Ok(())
    }

    pub fn push(&self, value: T, deadline: Deadline) -> Result<(), PushTimeoutError<T>> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(PushTimeoutError::Closed(value));
        }
        let ticket = self.offer(&mut state, value, Push::Looks);
        if let Some(pop) = state.pops.call() {
            drop(state);
            pop.wake();
            state = self.lock();
        }
        let mut patience = Patience::new(deadline, &self.pushes_idle);
        let mut woken = Woken::Perhaps;
        while let Some(place) = state.place_of(ticket) {
            if state.is_closed {
                return Err(PushTimeoutError::Closed(self.withdraw(state, place)));
            }
            if woken == Woken::TimedOut {
                return Err(PushTimeoutError::Timeout(self.withdraw(state, place)));
            }
            if patience.is_left() {
                drop(state);
                // Relaxed: whether it was worth it is for the lock to say.
                patience.wait(|count| count == 1 && self.oldest.load(Relaxed) > ticket);
                state = self.lock();
            } else {
                let taken = Arc::new(Condvar::new());
                state.offers[place].push = Push::Sleeps(Sleeper::Thread(taken.clone()));
                (state, woken) = patience.sleep(|| deadline.wait(&taken, state));
            }
        }
        Ok(())
    }

    /// Pushes one after the other; what is not pushed when the queue is closed stays.
    pub fn push_many(&self, values: &mut VecDeque<T>) -> Result<(), Closed> {
        while let Some(value) = values.pop_front() {
            if let Err(PushTimeoutError::Closed(value) | PushTimeoutError::Timeout(value)) =
                self.push(value, Deadline::NEVER)
            {
                values.push_front(value);
                return Err(Closed(()));
            }
        }
        Ok(())
    }

    /// A task's push. `place` is where it is between two polls; the value is here meanwhile.
    pub fn poll_push(
        &self,
        value: &mut Option<T>,
        place: &mut Option<Ticket>,
        waker: &Waker,
    ) -> Poll<Result<(), Closed<T>>> {
        let task = Push::Sleeps(Sleeper::Task(waker.clone()));
        if let Some(value) = value.take() {
            let mut state = self.lock();
            if state.is_closed {
                return Poll::Ready(Err(Closed(value)));
            }
            *place = Some(self.offer(&mut state, value, task));
            let pop = state.pops.call();
            drop(state);
            if let Some(pop) = pop {
                pop.wake();
            }
            return Poll::Pending;
        }
        let ticket = place.expect("a push is polled until it is ready");
        let mut state = self.lock();
        let Some(offer) = state.place_of(ticket) else {
            *place = None;
            return Poll::Ready(Ok(()));
        };
        if state.is_closed {
            *place = None;
            return Poll::Ready(Err(Closed(self.withdraw(state, offer))));
        }
        let before = std::mem::replace(&mut state.offers[offer].push, task);
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// A task's push ends early; its value comes back if nobody has taken it.
    pub fn cancel_push(&self, place: &mut Option<Ticket>) -> Option<T> {
        let ticket = place.take()?;
        let state = self.lock();
        let offer = state.place_of(ticket)?;
        Some(self.withdraw(state, offer))
    }

    pub fn try_pop(&self) -> Result<T, TryPopError> {
        self.take(self.lock()).map_err(|state| if state.is_closed { TryPopError::Closed } else { TryPopError::Empty })
    }

    pub fn pop(&self, deadline: Deadline) -> Result<T, PopTimeoutError> {
        let mut state = self.lock();
        let mut patience = Patience::new(deadline, &self.pops_idle);
        let mut woken = Woken::Perhaps;
        loop {
            state = match self.take(state) {
                Ok(value) => return Ok(value),
                Err(state) if state.is_closed => return Err(PopTimeoutError::Closed),
                Err(_) if woken == Woken::TimedOut => return Err(PopTimeoutError::Timeout),
                Err(state) => state,
            };
            if patience.is_left() {
                drop(state);
                // Relaxed: whether it was worth it is for the lock to say.
                patience.wait(|count| count == 1 && self.next.load(Relaxed) != self.oldest.load(Relaxed));
                state = self.lock();
            } else {
                (state, woken) = patience.sleep(|| sleep(state, deadline));
            }
        }
    }

    /// The value of the oldest offer, if there is one.
    fn take<'a>(&self, mut state: MutexGuard<'a, State<T>>) -> Result<T, MutexGuard<'a, State<T>>> {
        let Some(offer) = state.offers.pop_front() else { return Err(state) };
        self.tell_what_is_oldest(&state);
        drop(state);
        if let Push::Sleeps(push) = offer.push {
            push.wake();
        }
        Ok(offer.value)
    }

    /// Waits for a value, and pops what is on offer, up to `limit`, which is 1 or more.
    pub fn pop_many(&self, values: &mut Vec<T>, limit: usize) -> Result<(), Closed> {
        values.push(self.pop(Deadline::NEVER).map_err(|_| Closed(()))?);
        values.extend(iter::from_fn(|| self.try_pop().ok()).take(limit - 1));
        Ok(())
    }

    /// A task's pop. `place` is where it is between two polls.
    pub fn poll_pop(&self, place: &mut Option<Ticket>, waker: &Waker) -> Poll<Result<T, Closed>> {
        let task = Sleeper::Task(waker.clone());
        let mut state = self.lock();
        let before = place.take().and_then(|ticket| state.pops.leave(ticket));
        let result = match self.take(state) {
            Ok(value) => Poll::Ready(Ok(value)),
            Err(state) if state.is_closed => Poll::Ready(Err(Closed(()))),
            Err(mut state) => {
                *place = Some(state.pops.join(task));
                Poll::Pending
            }
        };
        drop(before);
        result
    }

    /// A task's pop ends early; if it has been told of an offer, another is told.
    pub fn cancel_pop(&self, place: &mut Option<Ticket>) {
        let Some(ticket) = place.take() else { return };
        let mut state = self.lock();
        let left = state.pops.leave(ticket);
        let other = if left.is_none() && !state.offers.is_empty() { state.pops.call() } else { None };
        drop(state);
        if let Some(pop) = other {
            pop.wake();
        }
    }

    /// Makes waiting and later pushes fail, each with its value, and pops once the offers are gone.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let mut pops = state.pops.call_all();
        let sleeping = |offer: &mut Offer<T>| match std::mem::replace(&mut offer.push, Push::Looks) {
            Push::Sleeps(push) => Some(push),
            other => {
                offer.push = other;
                None
            }
        };
        let mut pushes: VecDeque<Sleeper> = state.offers.iter_mut().filter_map(sleeping).collect();
        drop(state);
        drop_all(|| pops.next().or_else(|| pushes.pop_front()).map(Sleeper::wake));
    }

    /// As [`close`](Self::close), and drops the offers whose pushes have ended. What else is on offer belongs to the pushes
    /// that wait; each takes its own back.
    pub fn close_and_drain(&self) {
        self.close();
        let mut state = self.lock();
        let (mut ended, waiting): (VecDeque<_>, VecDeque<_>) =
            state.offers.drain(..).partition(|offer| matches!(offer.push, Push::Ended));
        state.offers = waiting;
        self.tell_what_is_oldest(&state);
        drop(state);
        drop_all(|| ended.pop_front());
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offer(&self, state: &mut State<T>, value: T, push: Push) -> Ticket {
        // Relaxed: changed with the lock alone.
        let ticket = self.next.load(Relaxed);
        state.offers.push_back(Offer { ticket, value, push });
        self.next.store(ticket + 1, Relaxed);
        self.tell_what_is_oldest(state);
        ticket
    }

    fn withdraw(&self, mut state: MutexGuard<'_, State<T>>, place: usize) -> T {
        let offer = state.offers.remove(place).expect("the offer was just found");
        self.tell_what_is_oldest(&state);
        drop(state);
        offer.value
    }

    fn tell_what_is_oldest(&self, state: &State<T>) {
        // Relaxed: as above, and whoever looks without the lock makes sure with it.
        let oldest = state.offers.front().map_or_else(|| self.next.load(Relaxed), |offer| offer.ticket);
        self.oldest.store(oldest, Relaxed);
    }
}

impl<T> State<T> {
    fn place_of(&self, ticket: Ticket) -> Option<usize> {
        self.offers.binary_search_by_key(&ticket, |offer| offer.ticket).ok()
    }
}

/// Waits in line for an offer.
fn sleep<T>(mut state: MutexGuard<'_, State<T>>, deadline: Deadline) -> (MutexGuard<'_, State<T>>, Woken) {
    let told = Arc::new(Condvar::new());
    let ticket = state.pops.join(Sleeper::Thread(told.clone()));
    loop {
        let woken;
        (state, woken) = deadline.wait(&told, state);
        if !state.pops.has(ticket) {
            return (state, Woken::Perhaps);
        }
        if woken == Woken::TimedOut {
            state.pops.leave(ticket);
            return (state, Woken::TimedOut);
        }
    }
}

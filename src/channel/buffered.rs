//! A queue at whose ends threads wait.

use std::task::{Poll, Waker};

use super::line::Ticket;
use super::patience::Patience;
use super::waiters::Waiters;
use crate::queue::{
    CLOSED, Claim, Closed, Deadline, End, Ends, PopTimeoutError, PushTimeoutError, Refusal, TryPopError, TryPushError,
    Woken, drop_all,
};

pub(super) struct Buffered<Q> {
    pub queue: Q,
    /// Those who wait for `tail` to move.
    pops: Waiters,
    /// Those who wait for `head` to move.
    pushes: Waiters,
}

impl<Q: Ends> Buffered<Q> {
    pub fn new(queue: Q) -> Self {
        Self { queue, pops: Waiters::new(), pushes: Waiters::new() }
    }

    #[inline]
    pub fn try_push(&self, value: Q::Value) -> Result<(), TryPushError<Q::Value>> {
        match self.queue.claim_push() {
            Ok(claim) => {
                self.fill(claim, value);
                Ok(())
            }
            Err(Refusal::Full) => Err(TryPushError::Full(value)),
            Err(Refusal::Closed) => Err(TryPushError::Closed(value)),
        }
    }

    #[inline]
    pub fn push(&self, value: Q::Value, deadline: Deadline) -> Result<(), PushTimeoutError<Q::Value>> {
        match self.queue.claim_push().or_else(|why| self.wait_for_push(why, deadline)) {
            Ok(claim) => {
                self.fill(claim, value);
                Ok(())
            }
            Err(Refusal::Full) => Err(PushTimeoutError::Timeout(value)),
            Err(Refusal::Closed) => Err(PushTimeoutError::Closed(value)),
        }
    }

    #[cold]
    fn wait_for_push(&self, why: Refusal, deadline: Deadline) -> Result<Claim<'_, Q::Part>, Refusal> {
        let mut patience = Patience::new();
        let mut woken = Woken::Perhaps;
        let mut claim = Err(why);
        while matches!(claim, Err(Refusal::Full)) && woken == Woken::Perhaps {
            if !patience.wait(|count| self.queue.has_places(count)) {
                woken = self.pushes.sleep(self.queue.head(), deadline, |head| self.queue.must_push_wait(head));
                patience = Patience::new();
            }
            claim = self.queue.claim_push();
        }
        claim
    }

    #[inline]
    fn fill(&self, claim: Claim<'_, Q::Part>, value: Q::Value) {
        let is_awaited = claim.is_awaited();
        self.queue.fill(claim, value);
        if is_awaited {
            self.pops.tell_one(self.queue.tail());
        }
    }

    #[inline]
    pub fn try_pop(&self) -> Result<Q::Value, TryPopError> {
        Ok(self.empty(self.queue.claim_pop()?))
    }

    #[inline]
    pub fn pop(&self, deadline: Deadline) -> Result<Q::Value, PopTimeoutError> {
        match self.queue.claim_pop().or_else(|why| self.wait_for_pop(why, deadline)) {
            Ok(claim) => Ok(self.empty(claim)),
            Err(TryPopError::Empty) => Err(PopTimeoutError::Timeout),
            Err(TryPopError::Closed) => Err(PopTimeoutError::Closed),
        }
    }

    #[cold]
    fn wait_for_pop(&self, why: TryPopError, deadline: Deadline) -> Result<Claim<'_, Q::Part>, TryPopError> {
        let mut patience = Patience::new();
        let mut woken = Woken::Perhaps;
        let mut claim = Err(why);
        while matches!(claim, Err(TryPopError::Empty)) && woken == Woken::Perhaps {
            if !patience.wait(|count| self.queue.has_values(count)) {
                woken = self.pops.sleep(self.queue.tail(), deadline, |tail| self.queue.must_pop_wait(tail));
                patience = Patience::new();
            }
            claim = self.queue.claim_pop();
        }
        claim
    }

    #[inline]
    fn empty(&self, claim: Claim<'_, Q::Part>) -> Q::Value {
        let is_awaited = claim.is_awaited();
        let value = self.queue.empty(claim);
        if is_awaited {
            self.pushes.tell_one(self.queue.head());
        }
        value
    }

    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// A task's push. `place` is where it is in line between two polls; the value stays with it.
    pub fn poll_push(
        &self,
        value: &mut Option<Q::Value>,
        place: &mut Option<Ticket>,
        waker: &Waker,
    ) -> Poll<Result<(), Closed<Q::Value>>> {
        if let Some(ticket) = place.take() {
            self.pushes.leave(self.queue.head(), ticket);
        }
        // Before a place is claimed, which must then be filled.
        assert!(value.is_some(), "a push is polled until it is ready");
        loop {
            let claim = self.queue.claim_push();
            if let Err(Refusal::Full) = claim {
                *place = self.pushes.join(self.queue.head(), waker, |head| self.queue.must_push_wait(head));
                if place.is_some() {
                    return Poll::Pending;
                }
                continue;
            }
            let value = value.take().expect("it was there");
            return Poll::Ready(match claim {
                Ok(claim) => {
                    self.fill(claim, value);
                    Ok(())
                }
                Err(_) => Err(Closed(value)),
            });
        }
    }

    /// A task's push ends early. Its value is still with it.
    pub fn cancel_push(&self, place: &mut Option<Ticket>) -> Option<Q::Value> {
        self.pushes.cancel(self.queue.head(), place.take()?);
        None
    }

    /// A task's pop. `place` is where it is in line between two polls.
    pub fn poll_pop(&self, place: &mut Option<Ticket>, waker: &Waker) -> Poll<Result<Q::Value, Closed>> {
        if let Some(ticket) = place.take() {
            self.pops.leave(self.queue.tail(), ticket);
        }
        loop {
            match self.try_pop() {
                Ok(value) => return Poll::Ready(Ok(value)),
                Err(TryPopError::Closed) => return Poll::Ready(Err(Closed(()))),
                Err(TryPopError::Empty) => {}
            }
            *place = self.pops.join(self.queue.tail(), waker, |tail| self.queue.must_pop_wait(tail));
            if place.is_some() {
                return Poll::Pending;
            }
        }
    }

    /// A task's pop ends early.
    pub fn cancel_pop(&self, place: &mut Option<Ticket>) {
        if let Some(ticket) = place.take() {
            self.pops.cancel(self.queue.tail(), ticket);
        }
    }

    /// Ends the pushing, and the waiting.
    pub fn close(&self) {
        self.queue.tail().set(CLOSED);
        self.pops.tell_all(self.queue.tail());
        self.pushes.tell_all(self.queue.head());
    }

    /// Ends the pushing and drops what is in the queue.
    pub fn close_and_drain(&self) {
        self.close();
        drop_all(|| Some(self.queue.empty(self.queue.claim_pop().ok()?)));
    }
}

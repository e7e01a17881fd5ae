//! A queue at whose ends threads wait.

use std::collections::VecDeque;
use std::task::{Poll, Waker};

use super::line::Ticket;
use super::patience::Patience;
use super::shared::Handles;
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
    pub handles: Handles,
}

impl<Q: Ends> Buffered<Q> {
    pub fn new(queue: Q) -> Self {
        Self { queue, pops: Waiters::new(), pushes: Waiters::new(), handles: Handles::new() }
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
        let claim = || self.queue.claim_push();
        match claim().or_else(|why| self.wait_for_push(why, deadline, claim)) {
            Ok(claim) => {
                self.fill(claim, value);
                Ok(())
            }
            Err(Refusal::Full) => Err(PushTimeoutError::Timeout(value)),
            Err(Refusal::Closed) => Err(PushTimeoutError::Closed(value)),
        }
    }

    /// Pushes all of `values`, the front first; what is not pushed when the queue is closed stays.
    pub fn push_many(&self, values: &mut VecDeque<Q::Value>) -> Result<(), Closed> {
        while !values.is_empty() {
            let claim = || self.queue.claim_pushes(values.len());
            let claims =
                claim().or_else(|why| self.wait_for_push(why, Deadline::NEVER, claim)).map_err(|_| Closed(()))?;
            let told = claims.to_tell();
            self.queue.fill_all(claims, values);
            self.pops.tell(told, self.queue.tail());
        }
        Ok(())
    }

    /// Claims with `claim`, as soon as it does not find the queue full.
    #[cold]
    fn wait_for_push<C>(
        &self,
        why: Refusal,
        deadline: Deadline,
        claim: impl Fn() -> Result<C, Refusal>,
    ) -> Result<C, Refusal> {
        let mut patience = Patience::new(deadline, &self.pushes.idle);
        let mut woken = Woken::Perhaps;
        let mut claimed = Err(why);
        while matches!(claimed, Err(Refusal::Full)) && woken == Woken::Perhaps {
            if !patience.wait(|count| self.queue.has_places(count)) {
                let must_wait = |head| self.queue.must_push_wait(head);
                woken = patience.sleep(|| self.pushes.sleep(self.queue.head(), deadline, must_wait));
            }
            claimed = claim();
        }
        claimed
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
        let claim = || self.queue.claim_pop();
        match claim().or_else(|why| self.wait_for_pop(why, deadline, claim)) {
            Ok(claim) => Ok(self.empty(claim)),
            Err(TryPopError::Empty) => Err(PopTimeoutError::Timeout),
            Err(TryPopError::Closed) => Err(PopTimeoutError::Closed),
        }
    }

    /// Waits for a value, and pops what there is, up to `limit`, which is 1 or more.
    pub fn pop_many(&self, values: &mut Vec<Q::Value>, limit: usize) -> Result<(), Closed> {
        let claim = |most| self.queue.claim_pops(most);
        let mut left = limit;
        let mut claimed = claim(left).or_else(|why| self.wait_for_pop(why, Deadline::NEVER, || claim(left)));
        loop {
            let Ok(claims) = claimed else { return if left < limit { Ok(()) } else { Err(Closed(())) } };
            let (told, before) = (claims.to_tell(), values.len());
            self.queue.empty_all(claims, values);
            self.pushes.tell(told, self.queue.head());
            left -= values.len() - before;
            if left == 0 {
                return Ok(());
            }
            claimed = claim(left);
        }
    }

    /// Claims with `claim`, as soon as it does not find the queue empty.
    #[cold]
    fn wait_for_pop<C>(
        &self,
        why: TryPopError,
        deadline: Deadline,
        claim: impl Fn() -> Result<C, TryPopError>,
    ) -> Result<C, TryPopError> {
        let mut patience = Patience::new(deadline, &self.pops.idle);
        let mut woken = Woken::Perhaps;
        let mut claimed = Err(why);
        while matches!(claimed, Err(TryPopError::Empty)) && woken == Woken::Perhaps {
            if !patience.wait(|count| self.queue.has_values(count)) {
                let must_wait = |tail| self.queue.must_pop_wait(tail);
                woken = patience.sleep(|| self.pops.sleep(self.queue.tail(), deadline, must_wait));
            }
            claimed = claim();
        }
        claimed
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

//! A queue at whose ends threads wait.

use std::task::{Poll, Waker};

use super::line::Ticket;
use super::patience::Patience;
use super::waiters::Waiters;
use crate::queue::{
    CLOSED, Closed, Deadline, End, Ends, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError, Woken, drop_all,
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
        let awaited = self.queue.put(value)?;
        if awaited {
            self.pops.tell_one(self.queue.tail());
        }
        Ok(())
    }

    #[inline]
    pub fn push(&self, value: Q::Value, deadline: Deadline) -> Result<(), PushTimeoutError<Q::Value>> {
        match self.try_push(value) {
            Ok(()) => Ok(()),
            Err(TryPushError::Closed(value)) => Err(PushTimeoutError::Closed(value)),
            Err(TryPushError::Full(value)) => self.wait_and_push(value, deadline),
        }
    }

    #[cold]
    fn wait_and_push(&self, mut value: Q::Value, deadline: Deadline) -> Result<(), PushTimeoutError<Q::Value>> {
        let mut patience = Patience::new();
        let mut woken = Woken::Perhaps;
        while woken == Woken::Perhaps {
            if !patience.wait(|count| self.queue.has_places(count)) {
                woken = self.pushes.sleep(self.queue.head(), deadline, |head| self.queue.must_push_wait(head));
                patience = Patience::new();
            }
            match self.try_push(value) {
                Ok(()) => return Ok(()),
                Err(TryPushError::Closed(value)) => return Err(PushTimeoutError::Closed(value)),
                Err(TryPushError::Full(back)) => value = back,
            }
        }
        Err(PushTimeoutError::Timeout(value))
    }

    #[inline]
    pub fn try_pop(&self) -> Result<Q::Value, TryPopError> {
        let (value, awaited) = self.queue.take()?;
        if awaited {
            self.pushes.tell_one(self.queue.head());
        }
        Ok(value)
    }

    #[inline]
    pub fn pop(&self, deadline: Deadline) -> Result<Q::Value, PopTimeoutError> {
        match self.try_pop() {
            Ok(value) => Ok(value),
            Err(TryPopError::Closed) => Err(PopTimeoutError::Closed),
            Err(TryPopError::Empty) => self.wait_and_pop(deadline),
        }
    }

    #[cold]
    fn wait_and_pop(&self, deadline: Deadline) -> Result<Q::Value, PopTimeoutError> {
        let mut patience = Patience::new();
        let mut woken = Woken::Perhaps;
        while woken == Woken::Perhaps {
            if !patience.wait(|count| self.queue.has_values(count)) {
                woken = self.pops.sleep(self.queue.tail(), deadline, |tail| self.queue.must_pop_wait(tail));
                patience = Patience::new();
            }
            match self.try_pop() {
                Ok(value) => return Ok(value),
                Err(TryPopError::Closed) => return Err(PopTimeoutError::Closed),
                Err(TryPopError::Empty) => {}
            }
        }
        Err(PopTimeoutError::Timeout)
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
        loop {
            match self.try_push(value.take().expect("a push is polled until it is ready")) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(TryPushError::Closed(value)) => return Poll::Ready(Err(Closed(value))),
                Err(TryPushError::Full(back)) => *value = Some(back),
            }
            *place = self.pushes.join(self.queue.head(), waker, |head| self.queue.must_push_wait(head));
            if place.is_some() {
                return Poll::Pending;
            }
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
        drop_all(|| self.queue.take().ok());
    }
}

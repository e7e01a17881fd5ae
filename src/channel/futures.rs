//! Sending and receiving in tasks. The futures belong to no runtime; one channel serves threads and tasks at once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::error::{RecvError, SendError};
use super::handles::{Receiver, Sender};
use super::line::Ticket;

/// A send that a task waits for, made by [`Sender::send_async`].
///
/// To drop it is safe at any time: the value has either been sent or is dropped with it, and if it had been told that there is
/// room, another sender is told.
#[must_use = "a future does nothing unless it is awaited"]
pub struct SendFuture<'a, T> {
    sender: &'a Sender<T>,
    value: Option<T>,
    place: Option<Ticket>,
}

/// A receive that a task waits for, made by [`Receiver::recv_async`].
///
/// To drop it is safe at any time: a value is taken in the poll that returns it, and if this had been told of a value, another
/// receiver is told.
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecvFuture<'a, T> {
    receiver: &'a Receiver<T>,
    place: Option<Ticket>,
}

impl<'a, T> SendFuture<'a, T> {
    pub(super) fn new(sender: &'a Sender<T>, value: T) -> Self {
        Self { sender, value: Some(value), place: None }
    }
}

impl<'a, T> RecvFuture<'a, T> {
    pub(super) fn new(receiver: &'a Receiver<T>) -> Self {
        Self { receiver, place: None }
    }
}

// The value is moved, never pinned.
impl<T> Unpin for SendFuture<'_, T> {}

impl<T> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { sender, value, place } = &mut *self;
        sender.shared.poll_push(value, place, context.waker()).map_err(|error| SendError(error.0))
    }
}

impl<T> Future for RecvFuture<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { receiver, place } = &mut *self;
        receiver.shared.poll_pop(place, context.waker()).map_err(|_| RecvError)
    }
}

impl<T> Drop for SendFuture<'_, T> {
    fn drop(&mut self) {
        drop(self.sender.shared.cancel_push(&mut self.place));
    }
}

impl<T> Drop for RecvFuture<'_, T> {
    fn drop(&mut self) {
        self.receiver.shared.cancel_pop(&mut self.place);
    }
}

//! The ends of a channel as a `Stream` and a `Sink`, for those who combine futures.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::stream::{FusedStream, Stream};
use futures_sink::Sink;

use super::error::SendError;
use super::handles::{Receiver, Sender};
use super::line::Ticket;

/// What a channel's values are to come as, made by [`Receiver::into_stream`]. It ends when every sender is gone and the channel
/// is drained.
#[derive(Debug)]
pub struct ReceiverStream<T> {
    receiver: Receiver<T>,
    place: Option<Ticket>,
    has_ended: bool,
}

/// Where values for a channel are to go, made by [`Sender::into_sink`].
///
/// It is ready once the value before has been sent; so it holds one value more than the channel does. To close it drops the
/// sender.
#[derive(Debug)]
pub struct SenderSink<T> {
    sender: Option<Sender<T>>,
    value: Option<T>,
    place: Option<Ticket>,
}

// The values are moved, never pinned.
impl<T> Unpin for SenderSink<T> {}

impl<T> Receiver<T> {
    /// The values as a stream. Other receivers may take some of them.
    ///
    /// ```
    /// use futures_core::Stream;
    /// use raddle::channel::unbounded;
    /// use raddle::future::block_on;
    /// use std::{future::poll_fn, pin::Pin};
    ///
    /// # raddle::doctest(|| {
    /// let (sender, receiver) = unbounded();
    /// sender.send(1).unwrap();
    /// drop(sender);
    /// let mut stream = receiver.into_stream();
    /// let mut next = || block_on(poll_fn(|context| Pin::new(&mut stream).poll_next(context)));
    /// assert_eq!([next(), next()], [Some(1), None]);
    /// # });
    /// ```
    pub fn into_stream(self) -> ReceiverStream<T> {
        ReceiverStream { receiver: self, place: None, has_ended: false }
    }
}

impl<T> Stream for ReceiverStream<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let Self { receiver, place, has_ended } = &mut *self;
        if *has_ended {
            return Poll::Ready(None);
        }
        let value = ready!(receiver.shared.poll_pop(place, context.waker())).ok();
        *has_ended = value.is_none();
        Poll::Ready(value)
    }
}

impl<T> FusedStream for ReceiverStream<T> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

impl<T> Drop for ReceiverStream<T> {
    fn drop(&mut self) {
        self.receiver.shared.cancel_pop(&mut self.place);
    }
}

impl<T> Sender<T> {
    /// A sink for values.
    ///
    /// ```
    /// use futures_sink::Sink;
    /// use raddle::channel::unbounded;
    /// use raddle::future::block_on;
    /// use std::{future::poll_fn, pin::Pin};
    ///
    /// # raddle::doctest(|| {
    /// let (sender, receiver) = unbounded();
    /// let mut sink = sender.into_sink();
    /// block_on(poll_fn(|context| Pin::new(&mut sink).poll_ready(context))).unwrap();
    /// Pin::new(&mut sink).start_send(1).unwrap();
    /// block_on(poll_fn(|context| Pin::new(&mut sink).poll_close(context))).unwrap();
    /// assert_eq!(receiver.iter().collect::<Vec<_>>(), [1]);
    /// # });
    /// ```
    pub fn into_sink(self) -> SenderSink<T> {
        SenderSink { sender: Some(self), value: None, place: None }
    }
}

impl<T> Sink<T> for SenderSink<T> {
    type Error = SendError<T>;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        self.poll_flush(context)
    }

    /// # Panics
    ///
    /// When the value before has not been sent yet (`poll_ready` must have said that it was), or the sink was closed.
    fn start_send(mut self: Pin<&mut Self>, value: T) -> Result<(), SendError<T>> {
        assert!(self.value.is_none() && self.place.is_none(), "a sink that is not ready takes no value");
        assert!(self.sender.is_some(), "a closed sink takes no value");
        self.value = Some(value);
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let Self { sender, value, place } = &mut *self;
        if value.is_none() && place.is_none() {
            return Poll::Ready(Ok(()));
        }
        let sender = sender.as_ref().expect("a closed sink has sent its values");
        sender.shared.poll_push(value, place, context.waker()).map_err(|error| SendError(error.0))
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        ready!(self.as_mut().poll_flush(context))?;
        self.sender = None;
        Poll::Ready(Ok(()))
    }
}

impl<T> Drop for SenderSink<T> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            drop(sender.shared.cancel_push(&mut self.place));
        }
    }
}

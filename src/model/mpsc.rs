//! The ends of channels, as in [`std::sync::mpsc`].
//!
//! A channel made in a model is a [`Channel`] whose operations are events. One made outside of models is `std`'s, and stays
//! so: inside of a model it may be used, to bring out what was seen, but is no part of it.

use std::fmt;
use std::panic::Location;
use std::sync::mpsc::{self as real, RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use std::time::Duration;

use super::channel::{Channel, ModelReceiver, ModelSender};
use super::run::is_inside;

/// An end of a channel that was made outside of models, or in one.
enum End<Real, Model> {
    Real(Real),
    Model(Model),
}

/// The sending end of a channel without bound, as [`std::sync::mpsc::Sender`].
pub struct Sender<T>(End<real::Sender<T>, ModelSender<T>>);

/// The sending end of a bounded channel, as [`std::sync::mpsc::SyncSender`].
pub struct SyncSender<T>(End<real::SyncSender<T>, ModelSender<T>>);

/// The receiving end of a channel, as [`std::sync::mpsc::Receiver`].
pub struct Receiver<T>(End<real::Receiver<T>, ModelReceiver<T>>);

/// Makes a channel that always has room.
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    if is_inside() {
        let (sender, receiver) = Channel::ends(None, Location::caller());
        return (Sender(End::Model(sender)), Receiver(End::Model(receiver)));
    }
    let (sender, receiver) = real::channel();
    (Sender(End::Real(sender)), Receiver(End::Real(receiver)))
}

/// Makes a channel with room for `bound` messages; with 0, a send waits for a receive.
#[track_caller]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    if is_inside() {
        let (sender, receiver) = Channel::ends(Some(bound as u64), Location::caller());
        return (SyncSender(End::Model(sender)), Receiver(End::Model(receiver)));
    }
    let (sender, receiver) = real::sync_channel(bound);
    (SyncSender(End::Real(sender)), Receiver(End::Real(receiver)))
}

/// A real channel may be used in a model as long as that does not wait: nobody would run meanwhile.
#[cold]
fn would_wait() -> ! {
    panic!("raddle: a model waits for a channel that was made outside of it; make the channel in the model's closure")
}

impl<T> Sender<T> {
    /// Sends a message.
    ///
    /// # Errors
    ///
    /// The message, if there is no receiver any more.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        match &self.0 {
            End::Real(sender) => sender.send(value),
            End::Model(sender) => sender.channel.send(Location::caller(), value),
        }
    }
}

impl<T> SyncSender<T> {
    /// Waits until there is room, and sends a message. If the channel has none, waits until the message is received.
    ///
    /// # Errors
    ///
    /// The message, if there is no receiver any more.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        match &self.0 {
            End::Real(sender) if !is_inside() => sender.send(value),
            End::Real(sender) => match sender.try_send(value) {
                Ok(()) => Ok(()),
                Err(TrySendError::Disconnected(value)) => Err(SendError(value)),
                Err(TrySendError::Full(_)) => would_wait(),
            },
            End::Model(sender) => sender.channel.send_bounded(Location::caller(), value),
        }
    }

    /// Sends a message if there is room for it, or a receiver waiting.
    ///
    /// # Errors
    ///
    /// The message, if there is no room for it or no receiver any more.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        match &self.0 {
            End::Real(sender) => sender.try_send(value),
            End::Model(sender) => sender.channel.try_send(Location::caller(), value),
        }
    }
}

impl<T> Receiver<T> {
    /// Waits for a message.
    ///
    /// # Errors
    ///
    /// When there is none and no sender any more.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        match &self.0 {
            End::Real(receiver) if !is_inside() => receiver.recv(),
            End::Real(receiver) => match receiver.try_recv() {
                Ok(value) => Ok(value),
                Err(TryRecvError::Disconnected) => Err(RecvError),
                Err(TryRecvError::Empty) => would_wait(),
            },
            End::Model(receiver) => receiver.channel.recv(Location::caller()),
        }
    }

    /// Takes a message if there is one.
    ///
    /// # Errors
    ///
    /// When there is none: whether there are senders.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        match &self.0 {
            End::Real(receiver) => receiver.try_recv(),
            End::Model(receiver) => receiver.channel.try_recv(Location::caller()),
        }
    }

    /// Waits for a message, for no longer than `timeout`. In a model no time passes: every such wait may time out, and may
    /// not.
    ///
    /// # Errors
    ///
    /// When there is none: whether there are senders.
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        match &self.0 {
            End::Real(receiver) => receiver.recv_timeout(timeout),
            End::Model(receiver) => receiver.channel.recv_timeout(Location::caller()),
        }
    }

    /// The messages to come, until there is no sender any more.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// The messages that are there.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Self(match &self.0 {
            End::Real(sender) => End::Real(sender.clone()),
            End::Model(sender) => End::Model(sender.another()),
        })
    }
}

impl<T> Clone for SyncSender<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Self(match &self.0 {
            End::Real(sender) => End::Real(sender.clone()),
            End::Model(sender) => End::Model(sender.another()),
        })
    }
}

/// What [`Receiver::iter`] gives, as [`std::sync::mpsc::Iter`].
#[derive(Debug)]
pub struct Iter<'receiver, T> {
    receiver: &'receiver Receiver<T>,
}

/// What [`Receiver::try_iter`] gives, as [`std::sync::mpsc::TryIter`].
#[derive(Debug)]
pub struct TryIter<'receiver, T> {
    receiver: &'receiver Receiver<T>,
}

/// The messages to come, as [`std::sync::mpsc::IntoIter`].
#[derive(Debug)]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<'receiver, T> IntoIterator for &'receiver Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'receiver, T>;

    fn into_iter(self) -> Iter<'receiver, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

//! Channels whose sending and receiving are events.
//!
//! One location says how many messages are in the channel and which of its ends are gone. Every send, receive, and end of
//! an end reads and writes it in one step, so its coherence order is the order of the messages; the messages themselves
//! are real, in that order too. The sends and receives of a channel are all ordered among each other, so a send that
//! comes before a receive of an earlier message and one that comes after it are two executions.
//!
//! A send into a channel of capacity 0 makes an offer and waits for the receiver's answer, which has a location of its own,
//! written once. The senders are counted at another location, which only clones and drops touch.
//!
//! A receive sees all that happened before the send, and in a bounded channel a send sees all that happened before the
//! receive that made room for it. No time passes in a model: `recv_timeout` receives what some execution has it find, and
//! its time is over in the others.

use std::collections::VecDeque;
use std::panic::Location;
use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::atomic::{Seen, read_at};
use super::event::{Event, Kind, Operands, Operation, Order};
use super::object::Object;
use super::run::is_inside;
use super::step::{Outcome, Request, perform};

/// The messages in the channel, or the offers if its capacity is 0: these bits count them.
const MESSAGES: u64 = (1 << 32) - 1;
/// The receiver waits for an offer; in channels of capacity 0 alone.
const RECEIVER_WAITS: u64 = 1 << 32;
/// There is no sender any more.
const SENDERS_GONE: u64 = 1 << 33;
/// There is no receiver any more.
const RECEIVER_GONE: u64 = 1 << 34;

/// Answers to an offer.
const TAKEN: u64 = 1;
const REFUSED: u64 = 2;

type Site = &'static Location<'static>;

fn messages(old: u64) -> u64 {
    old & MESSAGES
}

fn put(old: u64) -> Option<u64> {
    (old & RECEIVER_GONE == 0).then_some(old + 1)
}

fn take(old: u64) -> Option<u64> {
    (messages(old) > 0).then(|| (old - 1) & !RECEIVER_WAITS)
}

fn begin_to_wait(old: u64) -> Option<u64> {
    take(old).or_else(|| (old & SENDERS_GONE == 0).then_some(old | RECEIVER_WAITS))
}

/// True if a receive has found a message.
pub(super) fn has_received(event: &Event) -> bool {
    messages(event.seen) > 0
}

/// True if a receive has found none and waits for an offer: it comes to an end in another event.
pub(super) fn only_begins(event: &Event) -> bool {
    event.writes && event.value & RECEIVER_WAITS != 0
}

/// The message has a place, or nobody wants it.
fn can_put(old: u64, capacity: u64) -> bool {
    messages(old) < capacity || old & RECEIVER_GONE != 0
}

/// There is a message, or there will be none.
fn can_take(old: u64) -> bool {
    messages(old) > 0 || old & SENDERS_GONE != 0
}

static SEND: Operation = Operation::new("send", |old, _| put(old));
static SEND_BOUNDED: Operation = Operation::new("send", |old, _| put(old)).awaiting(can_put);
static TRY_SEND: Operation = Operation::new(
    "try_send",
    |old, Operands { a: capacity, .. }| if can_put(old, capacity) { put(old) } else { None },
);
static TRY_OFFER: Operation = Operation::new("try_send", |old, _| {
    let is_wanted = old & RECEIVER_WAITS != 0 && messages(old) == 0;
    if is_wanted { put(old) } else { None }
});
static WAIT_FOR_ANSWER: Operation = Operation::new("send", |_, _| None)
    .awaiting(|answer, _| answer != 0)
    .never("nobody receives the message any more")
    .signalling(|answer| if answer == REFUSED { "its message is refused" } else { "its message is taken" });
static ANSWER: Operation = Operation::new("answer", |_, _| None).signalling(|_| "");
static RECV: Operation = Operation::new("recv", |old, _| take(old))
    .awaiting(|old, _| can_take(old))
    .never("nobody sends a message any more");
static TRY_RECV: Operation = Operation::new("try_recv", |old, _| take(old));
static RECV_TIMEOUT: Operation = Operation::new("recv_timeout", |old, _| take(old));
static BEGIN_RECV: Operation = Operation::new("recv", |old, _| begin_to_wait(old));
static BEGIN_RECV_TIMEOUT: Operation = Operation::new("recv_timeout", |old, _| begin_to_wait(old));
static END_RECV_TIMEOUT: Operation = Operation::new("recv_timeout", |old, _| take(old).or(Some(old & !RECEIVER_WAITS)));
static LEAVE_SENDERS: Operation = Operation::new("the last sender is dropped", |old, _| Some(old | SENDERS_GONE));
static LEAVE_RECEIVER: Operation = Operation::new("the receiver is dropped", |old, _| Some(old | RECEIVER_GONE));
static CLONE: Operation = Operation::new("clone", |old, _| Some(old + 1));
static DROP: Operation = Operation::new("drop", |old, _| Some(old.wrapping_sub(1)));

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is on its way, and where it is answered in a channel of capacity 0. In `std`'s types: it is no part of the model.
struct Message<T> {
    value: Mutex<Option<T>>,
    answer: Object,
}

/// A channel of a model.
pub(super) struct Channel<T> {
    object: Object,
    senders: Object,
    /// For how many messages there is room; nothing if for any number.
    capacity: Option<u64>,
    messages: Mutex<VecDeque<Arc<Message<T>>>>,
}

impl<T> Channel<T> {
    /// The ends of a channel, with room for so many messages or for any number, that was made at `site`.
    pub fn ends(capacity: Option<u64>, site: Site) -> (ModelSender<T>, ModelReceiver<T>) {
        let channel = Self::new(capacity);
        (ModelSender { channel: channel.clone(), site }, ModelReceiver { channel, site })
    }

    fn new(capacity: Option<u64>) -> Arc<Self> {
        Arc::new(Self { object: Object::new(), senders: Object::new(), capacity, messages: Mutex::default() })
    }

    fn seen(&self) -> Seen<'_> {
        (&self.object, "channel", 0)
    }

    fn step(&self, site: Site, operation: &'static Operation, orders: [Order; 2]) -> Outcome {
        assert!(is_inside(), "raddle: a channel that was made in a model is used outside of it");
        read_at(site, self.seen(), operation, [self.capacity.unwrap_or(0), 0], orders)
    }

    /// Performs `operation` and sends `value` if it says so. Gives it back otherwise, and what there was.
    fn send_by(&self, site: Site, operation: &'static Operation, value: T) -> Result<Arc<Message<T>>, (u64, T)> {
        let order = if self.capacity.is_some() { Order::ACQ_REL } else { Order::RELEASE };
        let outcome = self.step(site, operation, [order, Order::RELAXED]);
        if !outcome.wrote {
            return Err((outcome.seen, value));
        }
        let message = Arc::new(Message { value: Mutex::new(Some(value)), answer: Object::new() });
        // No other thread has run since the operation, so messages are in the order of their operations.
        lock(&self.messages).push_back(message.clone());
        Ok(message)
    }

    /// Sends a message unless there is no receiver.
    pub fn send(&self, site: Site, value: T) -> Result<(), SendError<T>> {
        self.send_by(site, &SEND, value).map(drop).map_err(|(_, value)| SendError(value))
    }

    /// Sends a message if there is room.
    pub fn try_send(&self, site: Site, value: T) -> Result<(), TrySendError<T>> {
        let operation = if self.capacity == Some(0) { &TRY_OFFER } else { &TRY_SEND };
        self.send_by(site, operation, value).map(drop).map_err(|(old, value)| {
            if old & RECEIVER_GONE != 0 { TrySendError::Disconnected(value) } else { TrySendError::Full(value) }
        })
    }

    /// Waits until there is room, or without any until the message is received, and sends it.
    pub fn send_bounded(&self, site: Site, value: T) -> Result<(), SendError<T>> {
        if self.capacity != Some(0) {
            return self.send_by(site, &SEND_BOUNDED, value).map(drop).map_err(|(_, value)| SendError(value));
        }
        let message = self.send_by(site, &SEND, value).map_err(|(_, value)| SendError(value))?;
        let answer = (&message.answer, "SyncSender", 0);
        if read_at(site, answer, &WAIT_FOR_ANSWER, [0, 0], [Order::ACQUIRE; 2]).seen == REFUSED {
            let value = lock(&message.value).take();
            return value.map_or(Ok(()), |value| Err(SendError(value)));
        }
        Ok(())
    }

    /// Performs `operation` and receives what it says.
    fn receive(&self, site: Site, operation: &'static Operation) -> Result<T, TryRecvError> {
        let order = if self.capacity.is_some() { Order::ACQ_REL } else { Order::ACQUIRE };
        let outcome = self.step(site, operation, [order, Order::ACQUIRE]);
        // As in `send`. When the execution is over there may be none although there should be.
        let message = if messages(outcome.seen) > 0 { lock(&self.messages).pop_front() } else { None };
        if let Some(message) = message {
            if self.capacity == Some(0) {
                message.answer(TAKEN, site);
            }
            let value = lock(&message.value).take();
            return value.ok_or(TryRecvError::Disconnected);
        }
        Err(if outcome.seen & SENDERS_GONE != 0 { TryRecvError::Disconnected } else { TryRecvError::Empty })
    }

    /// Takes a message if there is one.
    pub fn try_recv(&self, site: Site) -> Result<T, TryRecvError> {
        self.receive(site, &TRY_RECV)
    }

    /// Waits for a message.
    pub fn recv(&self, site: Site) -> Result<T, RecvError> {
        if self.capacity == Some(0) {
            match self.receive(site, &BEGIN_RECV) {
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Err(RecvError),
                Ok(value) => return Ok(value),
            }
        }
        self.receive(site, &RECV).map_err(|_| RecvError)
    }

    /// Takes a message if there is one, and may have waited for it.
    pub fn recv_timeout(&self, site: Site) -> Result<T, RecvTimeoutError> {
        let mut result = Err(TryRecvError::Empty);
        if self.capacity == Some(0) {
            result = self.receive(site, &BEGIN_RECV_TIMEOUT);
        }
        if let Err(TryRecvError::Empty) = result {
            let operation = if self.capacity == Some(0) { &END_RECV_TIMEOUT } else { &RECV_TIMEOUT };
            result = self.receive(site, operation);
        }
        result.map_err(|error| match error {
            TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            TryRecvError::Empty => {
                super::spin::wait_for_others(site);
                RecvTimeoutError::Timeout
            }
        })
    }

    /// The receiver is dropped, and with it what is left.
    fn leave_receiver(&self, site: Site) {
        if !is_inside() {
            return;
        }
        self.step(site, &LEAVE_RECEIVER, [Order::ACQ_REL; 2]);
        let left = std::mem::take(&mut *lock(&self.messages));
        for message in left {
            if self.capacity == Some(0) {
                // The sender gets its value back.
                message.answer(REFUSED, site);
            } else {
                let value = lock(&message.value).take();
                drop(value);
            }
        }
    }
}

impl<T> Message<T> {
    fn answer(&self, answer: u64, site: Site) {
        perform(&Request {
            kind: Kind::Write,
            operation: &ANSWER,
            a: answer,
            b: 0,
            order: Order::RELEASE,
            order_if_not: Order::RELEASE,
            object: Some((&self.answer, "SyncSender", 0)),
            site,
        });
    }
}

/// One of the senders of a channel of a model.
pub(super) struct ModelSender<T> {
    pub channel: Arc<Channel<T>>,
    /// Where it was made; a destructor does not know where it is called.
    site: Site,
}

impl<T> ModelSender<T> {
    fn count(&self, site: Site, operation: &'static Operation, order: Order) -> u64 {
        read_at(site, (&self.channel.senders, "Sender", 1), operation, [0, 0], [order; 2]).seen
    }

    /// One more.
    #[track_caller]
    pub fn another(&self) -> Self {
        let site = Location::caller();
        assert!(is_inside(), "raddle: a channel that was made in a model is used outside of it");
        // Relaxed: who has a sender to clone knows that there is one.
        self.count(site, &CLONE, Order::RELAXED);
        Self { channel: self.channel.clone(), site }
    }
}

impl<T> Drop for ModelSender<T> {
    fn drop(&mut self) {
        // AcqRel: what the senders did happens before the last one says that there is none.
        if is_inside() && self.count(self.site, &DROP, Order::ACQ_REL) == 1 {
            self.channel.step(self.site, &LEAVE_SENDERS, [Order::RELEASE; 2]);
        }
    }
}

/// The receiver of a channel of a model.
pub(super) struct ModelReceiver<T> {
    pub channel: Arc<Channel<T>>,
    /// Where it was made; a destructor does not know where it is called.
    site: Site,
}

impl<T> Drop for ModelReceiver<T> {
    fn drop(&mut self) {
        self.channel.leave_receiver(self.site);
    }
}

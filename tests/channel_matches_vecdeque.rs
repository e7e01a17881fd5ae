//! In one thread a channel gives the answers of a `VecDeque` with two counts of handles, whatever the calls and the
//! capacity; each call that would not wait is made, and disconnection is met from both sides.

// Outside a model: loom has nothing to explore in one thread.
#![cfg(not(loom))]

mod generated;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use raddle::channel::{
    Receiver, RecvError, RecvTimeoutError, SendTimeoutError, Sender, TryRecvError, TrySendError, bounded, unbounded,
};

/// More handles of a kind than this show nothing new.
const HANDLES_MAX: usize = 3;

/// What a call does when it can't be done at once.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Patience {
    None,
    ZeroDuration,
    DeadlineInThePast,
    Endless,
}

const PATIENCE: [Patience; 4] =
    [Patience::None, Patience::ZeroDuration, Patience::DeadlineInThePast, Patience::Endless];

/// A call, with the index of the handle that makes it.
#[derive(Clone, Copy, Debug)]
enum Call {
    Send(usize, Patience),
    Receive(usize, Patience),
    /// `send_many` of so many values, which are numbered as if each were a call.
    SendMany(usize, usize),
    /// `recv_many` up to so many.
    ReceiveMany(usize, usize),
    /// `iter().next()`
    IterNext(usize),
    /// `try_iter()`, to its end.
    TryIter(usize),
    /// `iter()`, to its end.
    Iter(usize),
    /// `into_iter()`, to its end; this handle is gone.
    IntoIter(usize),
    CloneSender(usize),
    CloneReceiver(usize),
    DropSender(usize),
    DropReceiver(usize),
    /// Without any handle nothing else can be done.
    OpenAnother,
}

#[derive(Clone, Debug, PartialEq)]
enum Ret {
    Sent,
    Full(u32),
    SendTimedOut(u32),
    SendDisconnected(u32),
    Received(u32),
    Empty,
    ReceiveTimedOut,
    ReceiveDisconnected,
    Iterated(Vec<u32>),
    /// What is left of a batch.
    Left(Vec<u32>),
    Done,
}

/// A channel when one call runs at a time. Values are numbered in the order of the calls that send them.
#[derive(Clone, Debug)]
struct Spec {
    capacity: Option<usize>,
    values: VecDeque<u32>,
    senders: usize,
    receivers: usize,
    sends: u32,
    /// What the last call returned.
    ret: Ret,
}

impl Spec {
    fn new(capacity: Option<usize>) -> Self {
        Self { capacity, values: VecDeque::new(), senders: 1, receivers: 1, sends: 0, ret: Ret::Done }
    }

    fn is_full(&self) -> bool {
        self.capacity == Some(self.values.len())
    }

    /// Performs `call`; `None` if it would block, or has no handle to be made with.
    fn step(&mut self, call: Call) -> Option<()> {
        let has_handle = match call {
            Call::Send(handle, _)
            | Call::SendMany(handle, _)
            | Call::CloneSender(handle)
            | Call::DropSender(handle) => handle < self.senders,
            Call::Receive(handle, _)
            | Call::ReceiveMany(handle, _)
            | Call::IterNext(handle)
            | Call::TryIter(handle)
            | Call::Iter(handle)
            | Call::IntoIter(handle)
            | Call::CloneReceiver(handle)
            | Call::DropReceiver(handle) => handle < self.receivers,
            Call::OpenAnother => self.senders == 0 && self.receivers == 0,
        };
        if !has_handle {
            return None;
        }
        self.ret = match call {
            Call::Send(_, patience) => self.send(patience)?,
            Call::Receive(_, patience) => self.receive(patience)?,
            Call::SendMany(_, count) => self.send_many(count)?,
            Call::ReceiveMany(_, limit) => self.receive_many(limit)?,
            Call::IterNext(_) => self.receive(Patience::Endless)?,
            Call::TryIter(_) => Ret::Iterated(self.values.drain(..).collect()),
            Call::Iter(_) if self.senders == 0 => Ret::Iterated(self.values.drain(..).collect()),
            Call::IntoIter(_) if self.senders == 0 => {
                self.receivers -= 1;
                Ret::Iterated(self.values.drain(..).collect())
            }
            Call::Iter(_) | Call::IntoIter(_) => return None,
            Call::OpenAnother => {
                *self = Self { sends: self.sends, ..Self::new(self.capacity) };
                Ret::Done
            }
            Call::CloneSender(_) => count(&mut self.senders)?,
            Call::CloneReceiver(_) => count(&mut self.receivers)?,
            Call::DropSender(_) => {
                self.senders -= 1;
                Ret::Done
            }
            Call::DropReceiver(_) => {
                self.receivers -= 1;
                if self.receivers == 0 {
                    self.values.clear();
                }
                Ret::Done
            }
        };
        Some(())
    }

    fn send(&mut self, patience: Patience) -> Option<Ret> {
        let value = self.sends;
        self.sends += 1;
        if self.receivers == 0 {
            return Some(Ret::SendDisconnected(value));
        }
        if self.is_full() {
            return match patience {
                Patience::None => Some(Ret::Full(value)),
                Patience::ZeroDuration | Patience::DeadlineInThePast => Some(Ret::SendTimedOut(value)),
                Patience::Endless => None,
            };
        }
        self.values.push_back(value);
        Some(Ret::Sent)
    }

    fn send_many(&mut self, count: usize) -> Option<Ret> {
        let first = self.sends;
        self.sends += u32::try_from(count).expect("a small batch");
        let batch = first..self.sends;
        if self.receivers == 0 {
            return Some(Ret::Left(batch.collect()));
        }
        if self.capacity.is_some_and(|capacity| self.values.len() + count > capacity) {
            return None;
        }
        self.values.extend(batch);
        Some(Ret::Left(vec![]))
    }

    fn receive_many(&mut self, limit: usize) -> Option<Ret> {
        if limit > 0 && self.values.is_empty() {
            return (self.senders == 0).then_some(Ret::ReceiveDisconnected);
        }
        let count = limit.min(self.values.len());
        Some(Ret::Iterated(self.values.drain(..count).collect()))
    }

    fn receive(&mut self, patience: Patience) -> Option<Ret> {
        if let Some(value) = self.values.pop_front() {
            return Some(Ret::Received(value));
        }
        if self.senders == 0 {
            return Some(Ret::ReceiveDisconnected);
        }
        match patience {
            Patience::None => Some(Ret::Empty),
            Patience::ZeroDuration | Patience::DeadlineInThePast => Some(Ret::ReceiveTimedOut),
            Patience::Endless => None,
        }
    }
}

fn count(handles: &mut usize) -> Option<Ret> {
    *handles = Some(*handles + 1).filter(|&handles| handles <= HANDLES_MAX)?;
    Some(Ret::Done)
}

fn every_call() -> Vec<Call> {
    let of_handle = |handle| {
        let waiting = PATIENCE.into_iter().flat_map(move |patience| {
            // Twice: the calls that move values are what the others are there for.
            [Call::Send(handle, patience), Call::Receive(handle, patience)].repeat(2)
        });
        waiting.chain([
            Call::SendMany(handle, 0),
            Call::SendMany(handle, 2),
            Call::SendMany(handle, 70),
            Call::ReceiveMany(handle, 0),
            Call::ReceiveMany(handle, 2),
            Call::ReceiveMany(handle, usize::MAX),
            Call::IterNext(handle),
            Call::TryIter(handle),
            Call::Iter(handle),
            Call::IntoIter(handle),
            Call::CloneSender(handle),
            Call::CloneReceiver(handle),
            Call::DropSender(handle),
            Call::DropReceiver(handle),
        ])
    };
    (0..HANDLES_MAX).flat_map(of_handle).chain([Call::OpenAnother]).collect()
}

struct Channel {
    senders: Vec<Sender<u32>>,
    receivers: Vec<Receiver<u32>>,
}

impl Channel {
    fn open(capacity: Option<usize>) -> Self {
        let (sender, receiver) = capacity.map_or_else(unbounded, bounded);
        Self { senders: vec![sender], receivers: vec![receiver] }
    }

    fn call(&mut self, call: Call, sends: u32, capacity: Option<usize>) -> Ret {
        match call {
            Call::Send(handle, patience) => send(&self.senders[handle], patience, sends - 1),
            Call::SendMany(handle, count) => {
                let first = sends - u32::try_from(count).expect("a small batch");
                let mut batch: VecDeque<u32> = (first..sends).collect();
                assert_eq!(self.senders[handle].send_many(&mut batch).is_ok(), batch.is_empty());
                Ret::Left(batch.into())
            }
            Call::ReceiveMany(handle, limit) => {
                let mut values = vec![u32::MAX];
                match self.receivers[handle].recv_many(&mut values, limit) {
                    Ok(count) => {
                        assert_eq!((values.remove(0), count), (u32::MAX, values.len()));
                        Ret::Iterated(values)
                    }
                    Err(RecvError) => Ret::ReceiveDisconnected,
                }
            }
            Call::Receive(handle, patience) => receive(&self.receivers[handle], patience),
            Call::IterNext(handle) => {
                self.receivers[handle].iter().next().map_or(Ret::ReceiveDisconnected, Ret::Received)
            }
            Call::TryIter(handle) => Ret::Iterated(self.receivers[handle].try_iter().collect()),
            Call::Iter(handle) => Ret::Iterated(self.receivers[handle].iter().collect()),
            Call::IntoIter(handle) => Ret::Iterated(self.receivers.remove(handle).into_iter().collect()),
            Call::CloneSender(handle) => {
                self.senders.push(self.senders[handle].clone());
                Ret::Done
            }
            Call::CloneReceiver(handle) => {
                self.receivers.push(self.receivers[handle].clone());
                Ret::Done
            }
            Call::DropSender(handle) => {
                drop(self.senders.remove(handle));
                Ret::Done
            }
            Call::DropReceiver(handle) => {
                drop(self.receivers.remove(handle));
                Ret::Done
            }
            Call::OpenAnother => {
                *self = Self::open(capacity);
                Ret::Done
            }
        }
    }
}

fn send(sender: &Sender<u32>, patience: Patience, value: u32) -> Ret {
    let timed = match patience {
        Patience::None => {
            return match sender.try_send(value) {
                Ok(()) => Ret::Sent,
                Err(TrySendError::Full(value)) => Ret::Full(value),
                Err(TrySendError::Disconnected(value)) => Ret::SendDisconnected(value),
            };
        }
        Patience::Endless => {
            return sender.send(value).map_or_else(|error| Ret::SendDisconnected(error.0), |()| Ret::Sent);
        }
        Patience::ZeroDuration => sender.send_timeout(value, Duration::ZERO),
        Patience::DeadlineInThePast => sender.send_deadline(value, Instant::now()),
    };
    match timed {
        Ok(()) => Ret::Sent,
        Err(SendTimeoutError::Timeout(value)) => Ret::SendTimedOut(value),
        Err(SendTimeoutError::Disconnected(value)) => Ret::SendDisconnected(value),
    }
}

fn receive(receiver: &Receiver<u32>, patience: Patience) -> Ret {
    let timed = match patience {
        Patience::None => {
            return match receiver.try_recv() {
                Ok(value) => Ret::Received(value),
                Err(TryRecvError::Empty) => Ret::Empty,
                Err(TryRecvError::Disconnected) => Ret::ReceiveDisconnected,
            };
        }
        Patience::Endless => return receiver.recv().map_or(Ret::ReceiveDisconnected, Ret::Received),
        Patience::ZeroDuration => receiver.recv_timeout(Duration::ZERO),
        Patience::DeadlineInThePast => receiver.recv_deadline(Instant::now()),
    };
    match timed {
        Ok(value) => Ret::Received(value),
        Err(RecvTimeoutError::Timeout) => Ret::ReceiveTimedOut,
        Err(RecvTimeoutError::Disconnected) => Ret::ReceiveDisconnected,
    }
}

struct Matches;

impl ReferenceStateMachine for Matches {
    type State = Spec;
    type Transition = Call;

    fn init_state() -> BoxedStrategy<Spec> {
        select(vec![Some(0), Some(1), Some(2), Some(3), None]).prop_map(Spec::new).boxed()
    }

    fn transitions(spec: &Spec) -> BoxedStrategy<Call> {
        let mut calls = every_call();
        calls.retain(|call| Self::preconditions(spec, call));
        select(calls).boxed()
    }

    fn apply(mut spec: Spec, call: &Call) -> Spec {
        spec.step(*call).expect("only calls that do not block are made");
        spec
    }

    fn preconditions(spec: &Spec, call: &Call) -> bool {
        spec.clone().step(*call).is_some()
    }
}

impl StateMachineTest for Matches {
    type SystemUnderTest = Channel;
    type Reference = Self;

    fn init_test(spec: &Spec) -> Channel {
        Channel::open(spec.capacity)
    }

    fn apply(mut channel: Channel, spec: &Spec, call: Call) -> Channel {
        // Of the spec after the call: a call that sends has taken the last numbers.
        let ret = channel.call(call, spec.sends, spec.capacity);
        assert_eq!(ret, spec.ret, "{call:?}");
        channel
    }

    fn check_invariants(channel: &Channel, spec: &Spec) {
        assert_eq!((channel.senders.len(), channel.receivers.len()), (spec.senders, spec.receivers));
        let expected = (spec.values.len(), spec.values.is_empty(), spec.is_full(), spec.capacity);
        for sender in &channel.senders {
            assert_eq!((sender.len(), sender.is_empty(), sender.is_full(), sender.capacity()), expected);
            assert!(sender.same_channel(&channel.senders[0]));
        }
        for receiver in &channel.receivers {
            assert_eq!((receiver.len(), receiver.is_empty(), receiver.is_full(), receiver.capacity()), expected);
            assert!(receiver.same_channel(&channel.receivers[0]));
        }
    }
}

prop_state_machine! {
    #![proptest_config(generated::config())]

    #[test]
    fn a_channel_matches_a_vecdeque(sequential 1..80 => Matches);
}

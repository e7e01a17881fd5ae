//! Does a channel give the answers of a `VecDeque` with two counts of handles, in one thread?

#![no_main]

use std::collections::VecDeque;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use raddle::channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError, TrySendError, bounded,
    unbounded,
};

/// A call; numbers choose the handle that makes it.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Call {
    TrySend(u8),
    Send(u8),
    SendTimeout(u8),
    TryRecv(u8),
    Recv(u8),
    RecvTimeout(u8),
    TryIter(u8),
    CloneSender(u8),
    CloneReceiver(u8),
    DropSender(u8),
    DropReceiver(u8),
}

#[derive(Arbitrary, Debug)]
struct Scenario {
    /// None: unbounded.
    capacity: Option<u8>,
    calls: Vec<Call>,
}

/// Boxed, so that the address sanitizer sees a value that is read twice or not at all.
type Value = Box<usize>;

struct Channel {
    senders: Vec<Sender<Value>>,
    receivers: Vec<Receiver<Value>>,
    // The spec: what is in the channel, and how much may be.
    values: VecDeque<Value>,
    capacity: Option<usize>,
}

/// The index of the handle that `number` chooses; none are left: `None`.
fn chosen<T>(handles: &[T], number: u8) -> Option<usize> {
    usize::from(number).checked_rem(handles.len())
}

impl Channel {
    fn is_full(&self) -> bool {
        self.capacity == Some(self.values.len())
    }

    /// Sends through `sender` what has to be the answer of the spec as well; skips a call that would block.
    fn send(&mut self, call: Call, sender: usize, number: usize) {
        let (sender, value) = (&self.senders[sender], Value::new(number));
        let (full, disconnected) = (self.is_full(), self.receivers.is_empty());
        match call {
            Call::Send(_) if full && !disconnected => return,
            Call::Send(_) => {
                let expected = if disconnected { Err(SendError(value.clone())) } else { Ok(()) };
                assert_eq!(sender.send(value), expected);
            }
            Call::SendTimeout(_) => {
                let expected = match (disconnected, full) {
                    (true, _) => Err(SendTimeoutError::Disconnected(value.clone())),
                    (false, true) => Err(SendTimeoutError::Timeout(value.clone())),
                    (false, false) => Ok(()),
                };
                assert_eq!(sender.send_timeout(value, Duration::ZERO), expected);
            }
            _ => {
                let expected = match (disconnected, full) {
                    (true, _) => Err(TrySendError::Disconnected(value.clone())),
                    (false, true) => Err(TrySendError::Full(value.clone())),
                    (false, false) => Ok(()),
                };
                assert_eq!(sender.try_send(value), expected);
            }
        }
        if !disconnected && !full {
            self.values.push_back(Value::new(number));
        }
    }

    /// Receives through `receiver`, likewise.
    fn receive(&mut self, call: Call, receiver: usize) {
        let receiver = &self.receivers[receiver];
        let disconnected = self.senders.is_empty();
        match call {
            Call::Recv(_) if self.values.is_empty() && !disconnected => {}
            Call::Recv(_) => assert_eq!(receiver.recv(), self.values.pop_front().ok_or(RecvError)),
            Call::RecvTimeout(_) => {
                let none = if disconnected { RecvTimeoutError::Disconnected } else { RecvTimeoutError::Timeout };
                assert_eq!(receiver.recv_timeout(Duration::ZERO), self.values.pop_front().ok_or(none));
            }
            Call::TryIter(_) => assert!(receiver.try_iter().eq(self.values.drain(..))),
            _ => {
                let none = if disconnected { TryRecvError::Disconnected } else { TryRecvError::Empty };
                assert_eq!(receiver.try_recv(), self.values.pop_front().ok_or(none));
            }
        }
    }

    fn perform(&mut self, call: Call, number: usize) {
        match call {
            Call::TrySend(chooses)
            | Call::Send(chooses)
            | Call::SendTimeout(chooses)
            | Call::CloneSender(chooses)
            | Call::DropSender(chooses) => {
                let Some(sender) = chosen(&self.senders, chooses) else { return };
                match call {
                    Call::CloneSender(_) => self.senders.push(self.senders[sender].clone()),
                    Call::DropSender(_) => drop(self.senders.swap_remove(sender)),
                    _ => self.send(call, sender, number),
                }
            }
            Call::TryRecv(chooses)
            | Call::Recv(chooses)
            | Call::RecvTimeout(chooses)
            | Call::TryIter(chooses)
            | Call::CloneReceiver(chooses)
            | Call::DropReceiver(chooses) => {
                let Some(receiver) = chosen(&self.receivers, chooses) else { return };
                match call {
                    Call::CloneReceiver(_) => self.receivers.push(self.receivers[receiver].clone()),
                    Call::DropReceiver(_) => drop(self.receivers.swap_remove(receiver)),
                    _ => self.receive(call, receiver),
                }
                if self.receivers.is_empty() {
                    self.values.clear();
                }
            }
        }
    }

    fn check(&self) {
        let expected = (self.values.len(), self.values.is_empty(), self.is_full(), self.capacity);
        for sender in &self.senders {
            assert_eq!((sender.len(), sender.is_empty(), sender.is_full(), sender.capacity()), expected);
        }
        for receiver in &self.receivers {
            assert_eq!((receiver.len(), receiver.is_empty(), receiver.is_full(), receiver.capacity()), expected);
        }
    }
}

fuzz_target!(|scenario: Scenario| {
    let capacity = scenario.capacity.map(usize::from);
    let (sender, receiver) = capacity.map_or_else(unbounded, bounded);
    let mut channel = Channel { senders: vec![sender], receivers: vec![receiver], values: VecDeque::new(), capacity };
    for (number, &call) in scenario.calls.iter().enumerate() {
        channel.perform(call, number);
        channel.check();
    }
});

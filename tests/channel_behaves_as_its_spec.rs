//! In every small program of its calls the channel does what a list with a limit does, waits where that would, and ends when
//! the last sender or the last receiver goes.
//!
//! A send through a channel of capacity 0 and the receive that takes its value need each other at the same time, so no spec
//! whose calls run one at a time explains a program in which one of them waits. Explained are the programs that have a
//! receive for each send, as those of a list with one place: order, loss, duplicates and wake-ups. That a send ends only when
//! its value was taken, `try_send`, and disconnection at capacity 0 are for `channel_keeps_its_contract.rs`.

#![cfg(not(any(loom, raddle_std)))]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use raddle::channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError, TrySendError, bounded,
    unbounded,
};
use raddle::check::{Check, Invocation, Scenario, Size, Spec, Subject, scenarios};
use raddle::model::Coverage;

type Ends = (Sender<u32>, Receiver<u32>);

raddle::spec! {
    mod one_place: Ends = bounded(1), like VecDeque<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(value).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn try_send(value: fresh) -> bool = |(sender, _)| sender.try_send(value).is_ok(),
        |list| Some(list.is_empty() && { list.push_back(value); true });
    fn recv() -> u32 = |(_, receiver)| receiver.recv().unwrap(), |list| list.pop_front();
    fn try_recv() -> Option<u32> = |(_, receiver)| receiver.try_recv().ok(), |list| Some(list.pop_front());
    fn len() -> usize = |(sender, _)| sender.len(), |list| Some(list.len());
}

raddle::spec! {
    mod no_limit: Ends = unbounded(), like VecDeque<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(value).unwrap(), |list| Some(list.push_back(value));
    fn recv() -> u32 = |(_, receiver)| receiver.recv().unwrap(), |list| list.pop_front();
    fn is_empty() -> bool = |(_, receiver)| receiver.is_empty(), |list| Some(list.is_empty());
}

raddle::spec! {
    mod rendezvous: Ends = bounded(0), like Option<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(value).unwrap(),
        |place| place.is_none().then(|| *place = Some(value));
    fn recv() -> u32 = |(_, receiver)| receiver.recv().unwrap(), |place| place.take();
}

/// What came of a send, and the value that was given back.
#[derive(Clone, Debug, PartialEq)]
enum Sent {
    Yes,
    Full(u32),
    TimedOut(u32),
    Disconnected(u32),
    /// There was no handle to send through.
    Gone,
}

/// What came of a receive.
#[derive(Clone, Debug, PartialEq)]
enum Received {
    Value(u32),
    Empty,
    TimedOut,
    Disconnected,
    /// There was no handle to receive through.
    Gone,
}

/// A handle, until it is dropped.
struct Handle<T>(RefCell<Option<T>>);

// SAFETY: by the methods' roles one thread at a time uses it: one of the scenario's, and before and after it the main thread.
unsafe impl<T: Send> Sync for Handle<T> {}

impl<T> Handle<T> {
    fn new(handle: T) -> Self {
        Self(RefCell::new(Some(handle)))
    }

    fn or<R>(&self, gone: R, call: impl FnOnce(&T) -> R) -> R {
        self.0.borrow().as_ref().map_or(gone, call)
    }

    fn drop(&self) {
        drop(self.0.take());
    }
}

fn sent(result: Result<(), SendError<u32>>) -> Sent {
    result.map_or_else(|SendError(value)| Sent::Disconnected(value), |()| Sent::Yes)
}

fn tried_to_send(result: Result<(), TrySendError<u32>>) -> Sent {
    match result {
        Ok(()) => Sent::Yes,
        Err(TrySendError::Full(value)) => Sent::Full(value),
        Err(TrySendError::Disconnected(value)) => Sent::Disconnected(value),
    }
}

fn sent_in_time(result: Result<(), SendTimeoutError<u32>>) -> Sent {
    match result {
        Ok(()) => Sent::Yes,
        Err(SendTimeoutError::Timeout(value)) => Sent::TimedOut(value),
        Err(SendTimeoutError::Disconnected(value)) => Sent::Disconnected(value),
    }
}

fn received(result: Result<u32, RecvError>) -> Received {
    result.map_or(Received::Disconnected, Received::Value)
}

fn tried_to_receive(result: Result<u32, TryRecvError>) -> Received {
    match result {
        Ok(value) => Received::Value(value),
        Err(TryRecvError::Empty) => Received::Empty,
        Err(TryRecvError::Disconnected) => Received::Disconnected,
    }
}

fn received_in_time(result: Result<u32, RecvTimeoutError>) -> Received {
    match result {
        Ok(value) => Received::Value(value),
        Err(RecvTimeoutError::Timeout) => Received::TimedOut,
        Err(RecvTimeoutError::Disconnected) => Received::Disconnected,
    }
}

/// A list with one place, and which of two handles are gone. Its calls wait where they return `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Place {
    value: Option<u32>,
    gone: [bool; 2],
}

impl Place {
    fn put(&mut self, value: u32) -> Option<Sent> {
        self.value.is_none().then(|| {
            self.value = Some(value);
            Sent::Yes
        })
    }

    fn take(&mut self) -> Option<Received> {
        self.value.take().map(Received::Value)
    }

    /// What a call does through a handle that may be gone.
    fn through<R>(&mut self, handle: usize, gone: R, call: impl FnOnce(&mut Self) -> Option<R>) -> Option<R> {
        if self.gone[handle] { Some(gone) } else { call(self) }
    }

    /// Where there are two senders: the end comes when both are gone, and the value was taken.
    fn recv_from_two(&mut self) -> Option<Received> {
        self.take().or_else(|| (self.gone == [true; 2]).then_some(Received::Disconnected))
    }

    /// Where there are two receivers.
    fn send_to_two(&mut self, value: u32) -> Option<Sent> {
        if self.gone == [true; 2] { Some(Sent::Disconnected(value)) } else { self.put(value) }
    }

    /// The last of two takes with it what is left.
    fn drop_receiver(&mut self, number: usize) {
        self.gone[number] = true;
        if self.gone == [true; 2] {
            self.value = None;
        }
    }

    /// Where there is one sender, which is the first handle, and one receiver, which is the second.
    fn send_to_one(&mut self, value: u32) -> Option<Sent> {
        let cut = self.gone[1];
        self.through(0, Sent::Gone, |place| if cut { Some(Sent::Disconnected(value)) } else { place.put(value) })
    }

    fn recv_from_one(&mut self) -> Option<Received> {
        let cut = self.gone[0];
        let end = || cut.then_some(Received::Disconnected);
        self.through(1, Received::Gone, |place| place.take().or_else(end))
    }
}

/// No time passes on the engine: a wait may be over at any moment.
const TIME: Duration = Duration::from_secs(1);

/// Two senders, and a receiver that stays.
type TwoSenders = ([Handle<Sender<u32>>; 2], Receiver<u32>);

fn two_senders() -> TwoSenders {
    let (sender, receiver) = bounded(1);
    ([sender.clone(), sender].map(Handle::new), receiver)
}

raddle::spec! {
    mod senders_go: TwoSenders = two_senders(), like Place;
    fn send(value: fresh) -> Sent as one = |(senders, _)| senders[0].or(Sent::Gone, |sender| sent(sender.send(value))),
        |place| place.through(0, Sent::Gone, |place| place.put(value));
    fn drop_one() -> () as one = |(senders, _)| senders[0].drop(), |place| Some(place.gone[0] = true);
    fn send_other(value: fresh) -> Sent as other =
        |(senders, _)| senders[1].or(Sent::Gone, |sender| sent(sender.send(value))),
        |place| place.through(1, Sent::Gone, |place| place.put(value));
    fn drop_other() -> () as other = |(senders, _)| senders[1].drop(), |place| Some(place.gone[1] = true);
    fn recv() -> Received = |(_, receiver)| received(receiver.recv()), |place| place.recv_from_two();
    fn try_recv() -> Received = |(_, receiver)| tried_to_receive(receiver.try_recv()),
        |place| Some(place.recv_from_two().unwrap_or(Received::Empty));
    fn recv_timeout() -> Received = |(_, receiver)| received_in_time(receiver.recv_timeout(TIME)),
        |place| place.recv_from_two(),
        or |place| place.clone().recv_from_two().is_none().then_some(Received::TimedOut);
}

/// A sender that stays, and two receivers.
type TwoReceivers = (Sender<u32>, [Handle<Receiver<u32>>; 2]);

fn two_receivers() -> TwoReceivers {
    let (sender, receiver) = bounded(1);
    (sender, [receiver.clone(), receiver].map(Handle::new))
}

raddle::spec! {
    mod receivers_go: TwoReceivers = two_receivers(), like Place;
    fn recv() -> Received as one =
        |(_, receivers)| receivers[0].or(Received::Gone, |receiver| received(receiver.recv())),
        |place| place.through(0, Received::Gone, Place::take);
    fn drop_one() -> () as one = |(_, receivers)| receivers[0].drop(), |place| Some(place.drop_receiver(0));
    fn recv_other() -> Received as other =
        |(_, receivers)| receivers[1].or(Received::Gone, |receiver| received(receiver.recv())),
        |place| place.through(1, Received::Gone, Place::take);
    fn drop_other() -> () as other = |(_, receivers)| receivers[1].drop(), |place| Some(place.drop_receiver(1));
    fn send(value: fresh) -> Sent = |(sender, _)| sent(sender.send(value)), |place| place.send_to_two(value);
    fn try_send(value: fresh) -> Sent = |(sender, _)| tried_to_send(sender.try_send(value)),
        |place| Some(place.send_to_two(value).unwrap_or(Sent::Full(value)));
    fn send_timeout(value: fresh) -> Sent = |(sender, _)| sent_in_time(sender.send_timeout(value, TIME)),
        |place| place.send_to_two(value),
        or |place| place.clone().send_to_two(value).is_none().then_some(Sent::TimedOut(value));
    fn len() -> usize = |(sender, _)| sender.len(), |place| Some(usize::from(place.value.is_some()));
}

/// One of each.
type BothGo = (Handle<Sender<u32>>, Handle<Receiver<u32>>);

fn both_go() -> BothGo {
    let (sender, receiver) = bounded(1);
    (Handle::new(sender), Handle::new(receiver))
}

raddle::spec! {
    mod both_ends_go: BothGo = both_go(), like Place;
    fn send(value: fresh) -> Sent as sender =
        |(sender, _)| sender.or(Sent::Gone, |sender| sent(sender.send(value))), |place| place.send_to_one(value);
    fn send_timeout(value: fresh) -> Sent as sender =
        |(sender, _)| sender.or(Sent::Gone, |sender| sent_in_time(sender.send_timeout(value, TIME))),
        |place| place.send_to_one(value),
        or |place| place.clone().send_to_one(value).is_none().then_some(Sent::TimedOut(value));
    fn drop_sender() -> () as sender = |(sender, _)| sender.drop(), |place| Some(place.gone[0] = true);
    fn recv() -> Received as receiver =
        |(_, receiver)| receiver.or(Received::Gone, |receiver| received(receiver.recv())),
        |place| place.recv_from_one();
    fn recv_timeout() -> Received as receiver =
        |(_, receiver)| receiver.or(Received::Gone, |receiver| received_in_time(receiver.recv_timeout(TIME))),
        |place| place.recv_from_one(),
        or |place| place.clone().recv_from_one().is_none().then_some(Received::TimedOut);
    fn drop_receiver() -> () as receiver = |(_, receiver)| receiver.drop(), |place| Some(place.gone[1] = true);
}

/// Runs a check, which must cover as many programs.
#[track_caller]
fn covers<S: Subject>(programs: u64, check: Check<S>) {
    let report = check.run();
    assert_eq!((report.coverage, report.scenarios), (Coverage::Complete, programs));
}

/// Every program of these methods up to a size.
fn programs_of<S: Subject>(methods: &[&str], size: Size) -> Check<S> {
    let methods: Vec<_> = S::Spec::methods().into_iter().filter(|method| methods.contains(&method.name)).collect();
    scenarios(&methods, size).fold(Check::new(), |check, scenario| check.scenario(&scenario.to_string()))
}

#[test]
fn the_channel_with_one_place() {
    covers(5155, Check::<one_place::Subject>::new().threads(3).calls(4).spurious_wakeups(0));
    let check = programs_of::<one_place::Subject>(&["send", "recv"], Size::new(2, 6));
    covers(1831, check.spurious_wakeups(0));
    let tight = "thread 1 | send(1)  send(2)\nthread 2 | recv()\nthread 3 | recv()\nclosing  | len()";
    covers(1, Check::<one_place::Subject>::new().scenario(tight));
}

#[test]
fn the_channel_without_a_limit() {
    covers(763, Check::<no_limit::Subject>::new().threads(3).calls(4).spurious_wakeups(0));
    let check = programs_of::<no_limit::Subject>(&["send", "recv"], Size::new(3, 5));
    covers(711, check.spurious_wakeups(0));
}

#[test]
fn the_channel_whose_senders_go() {
    covers(1022, Check::<senders_go::Subject>::new().threads(3).calls(3).spurious_wakeups(0));
    let check = programs_of::<senders_go::Subject>(&["send", "drop_one", "drop_other", "recv"], Size::new(3, 4));
    covers(1215, check.spurious_wakeups(0));
}

#[test]
fn the_channel_whose_receivers_go() {
    covers(1570, Check::<receivers_go::Subject>::new().threads(3).calls(3).spurious_wakeups(0));
    let check =
        programs_of::<receivers_go::Subject>(&["recv", "drop_one", "drop_other", "send", "len"], Size::new(3, 4));
    covers(3510, check.spurious_wakeups(0));
}

#[test]
fn the_channel_both_of_whose_ends_go() {
    covers(3588, Check::<both_ends_go::Subject>::new().threads(2).calls(4));
    let methods = ["send", "drop_sender", "recv", "drop_receiver"];
    covers(4088, programs_of::<both_ends_go::Subject>(&methods, Size::new(2, 5)));
}

#[test]
fn the_channel_without_a_place_where_each_send_has_a_receive() {
    let of = |method: &'static str| move |call: &Invocation| call.method == method;
    let are_balanced = |scenario: &Scenario| {
        let Scenario { setup, threads, closing, .. } = scenario;
        let one_sided = |calls: &Vec<_>| calls.iter().all(of("send")) || calls.iter().all(of("recv"));
        let sends = threads.iter().flatten().filter(|call| of("send")(call)).count();
        2 * sends == scenario.calls() && setup.is_empty() && closing.is_empty() && threads.iter().all(one_sided)
    };
    let scenarios = scenarios(&rendezvous::Spec::methods(), Size::new(4, 6)).filter(are_balanced);
    let check = Check::<rendezvous::Subject>::new().spurious_wakeups(0);
    covers(11, scenarios.fold(check, |check, scenario| check.scenario(&scenario.to_string())));
}

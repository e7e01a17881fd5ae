//! Tasks and threads share a channel, in every execution: it does what a list with one place does, and a future that is dropped
//! takes nothing with it.

#![cfg(not(any(loom, raddle_std)))]

mod outcomes;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use outcomes::Outcomes;
use raddle::channel::{Receiver, RecvError, Sender, TryRecvError, bounded, unbounded};
use raddle::check::{Check, Subject};
use raddle::future::block_on;
use raddle::model::Coverage;
use raddle::thread;

type Ends = (Sender<u32>, Receiver<u32>);

/// What a future says when it is polled once; then it is dropped.
fn polled_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

raddle::spec! {
    mod one_place: Ends = bounded(1), like VecDeque<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(value).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn send_async(value: fresh) -> () = |(sender, _)| block_on(sender.send_async(value)).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn recv() -> u32 = |(_, receiver)| receiver.recv().unwrap(), |list| list.pop_front();
    fn recv_async() -> u32 = |(_, receiver)| block_on(receiver.recv_async()).unwrap(), |list| list.pop_front();
}

raddle::spec! {
    mod impatient: Ends = bounded(1), like VecDeque<u32>;
    fn send_async(value: fresh) -> () = |(sender, _)| block_on(sender.send_async(value)).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn send_or_not(value: fresh) -> bool = |(sender, _)| polled_once(sender.send_async(value)).is_some(),
        |list| Some(list.is_empty() && { list.push_back(value); true });
    fn recv_async() -> u32 = |(_, receiver)| block_on(receiver.recv_async()).unwrap(), |list| list.pop_front();
    fn recv_or_not() -> Option<u32> = |(_, receiver)| polled_once(receiver.recv_async()).map(Result::unwrap),
        |list| Some(list.pop_front());
}

raddle::spec! {
    mod no_limit: Ends = unbounded(), like VecDeque<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(value).unwrap(), |list| Some(list.push_back(value));
    fn recv_async() -> u32 = |(_, receiver)| block_on(receiver.recv_async()).unwrap(), |list| list.pop_front();
    fn recv_or_not() -> Option<u32> = |(_, receiver)| polled_once(receiver.recv_async()).map(Result::unwrap),
        |list| Some(list.pop_front());
}

/// Runs a check, which must cover as many programs.
#[track_caller]
fn covers<S: Subject>(programs: u64, check: Check<S>) {
    let report = check.spurious_wakeups(0).run();
    assert_eq!((report.coverage, report.scenarios), (Coverage::Complete, programs));
}

#[test]
fn tasks_and_threads_wait_for_each_other() {
    covers(2218, Check::<one_place::Subject>::new().threads(3).calls(4));
}

#[test]
fn tasks_that_are_dropped_pass_on_what_they_were_told() {
    covers(2218, Check::<impatient::Subject>::new().threads(3).calls(4));
}

#[test]
fn tasks_wait_for_a_channel_without_a_limit() {
    covers(763, Check::<no_limit::Subject>::new().threads(3).calls(4));
}

/// Whether a receive that comes meanwhile gets the value.
#[test]
fn at_capacity_0_a_send_that_is_dropped_takes_its_offer_with_it() {
    let outcomes = Outcomes::of(|| {
        let (sender, receiver) = bounded(0);
        let receiving = thread::spawn(move || (receiver.try_recv(), receiver));
        assert_eq!(polled_once(sender.send_async(1)), None);
        let (received, receiver) = receiving.join().unwrap();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        received
    });
    outcomes.are([Ok(1), Err(TryRecvError::Empty)]);
}

/// What the receive that is dropped gets, and the one that waits beside it.
#[test]
fn at_capacity_0_a_receive_that_is_dropped_passes_on_what_it_was_told() {
    let outcomes = Outcomes::of(|| {
        let (sender, receiver) = bounded(0);
        let sending = thread::spawn(move || sender.send(1).unwrap());
        let dropping = thread::spawn({
            let receiver = receiver.clone();
            move || polled_once(receiver.recv_async())
        });
        let waiting = thread::spawn(move || receiver.recv());
        sending.join().unwrap();
        (dropping.join().unwrap(), waiting.join().unwrap())
    });
    outcomes.are([(None, Ok(1)), (Some(Err(RecvError)), Ok(1)), (Some(Ok(1)), Err(RecvError))]);
}

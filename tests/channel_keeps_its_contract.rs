//! The channel keeps its contract in every interleaving: see `raddle::channel`, whose rules the tests name.

mod outcomes;

use std::collections::VecDeque;

use outcomes::Outcomes;
use raddle::cell::UnsafeCell;
use raddle::channel::{Receiver, RecvError, SendError, Sender, TryRecvError, TrySendError, bounded, unbounded};
use raddle::sync::Arc;
use raddle::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use raddle::thread;

type Channel<T> = fn() -> (Sender<T>, Receiver<T>);

fn of_capacity_0<T>() -> (Sender<T>, Receiver<T>) {
    bounded(0)
}

fn of_capacity_1<T>() -> (Sender<T>, Receiver<T>) {
    bounded(1)
}

fn all<T>() -> [Channel<T>; 3] {
    [of_capacity_0, of_capacity_1, unbounded]
}

/// Rules 1, 2, 3 and 5, and both orders of starting: two senders, two receivers that go on until the end.
// loom has no end of it, here and below.
#[cfg(not(loom))]
#[test]
fn two_senders_and_two_receivers_share_two_values_and_end() {
    for channel in all() {
        for receivers_first in [false, true] {
            let outcomes = Outcomes::sampled(20_000, move || {
                let (sender, receiver) = channel();
                let senders = [(1, sender.clone()), (2, sender)];
                let receivers = [receiver.clone(), receiver];
                let send = |(value, sender): (u8, Sender<u8>)| thread::spawn(move || sender.send(value).unwrap());
                let receive = |receiver: Receiver<u8>| thread::spawn(move || receiver.iter().collect::<Vec<_>>());
                let (senders, receivers) = if receivers_first {
                    let receivers = receivers.map(receive);
                    (senders.map(send), receivers)
                } else {
                    (senders.map(send), receivers.map(receive))
                };
                for sender in senders {
                    sender.join().unwrap();
                }
                receivers.map(|receiver| receiver.join().unwrap())
            });
            outcomes.are([
                [vec![1, 2], vec![]],
                [vec![2, 1], vec![]],
                [vec![], vec![1, 2]],
                [vec![], vec![2, 1]],
                [vec![1], vec![2]],
                [vec![2], vec![1]],
            ]);
        }
    }
}

/// Rule 1.
#[cfg(not(loom))]
#[test]
fn each_senders_values_arrive_in_its_order() {
    for channel in all() {
        let outcomes = Outcomes::sampled(20_000, move || {
            let (sender, receiver) = channel();
            let two = thread::spawn({
                let sender = sender.clone();
                move || [1, 2].map(|value| sender.send(value).unwrap())
            });
            let one = thread::spawn(move || sender.send(9).unwrap());
            let received = thread::spawn(move || receiver.into_iter().collect::<Vec<u8>>());
            two.join().unwrap();
            one.join().unwrap();
            received.join().unwrap()
        });
        outcomes.are([vec![1, 2, 9], vec![1, 9, 2], vec![9, 1, 2]]);
    }
}

/// Rule 3.
#[test]
fn what_was_sent_before_the_last_sender_went_is_received_before_disconnected() {
    let outcomes = Outcomes::with_preemptions(1, || {
        let (sender, receiver) = unbounded();
        let sending = thread::spawn(move || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        });
        let receiving = thread::spawn(move || {
            let first = receiver.try_recv();
            let rest: Vec<u8> = receiver.iter().collect();
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
            (first, rest)
        });
        sending.join().unwrap();
        receiving.join().unwrap()
    });
    outcomes.are([(Err(TryRecvError::Empty), vec![1, 2]), (Ok(1), vec![2])]);
}

/// Rule 5.
#[test]
fn a_batch_wakes_all_those_whom_it_serves() {
    let of_capacity_2: Channel<u8> = || bounded(2);
    for channel in [of_capacity_2, unbounded] {
        let outcomes = Outcomes::with_preemptions(1, move || {
            let (sender, receiver) = channel();
            let receivers =
                [receiver.clone(), receiver].map(|receiver| thread::spawn(move || receiver.recv().unwrap()));
            let sending = thread::spawn(move || sender.send_many(&mut [1, 2].into()).map(|()| sender));
            let received = receivers.map(|receiver| receiver.join().unwrap());
            sending.join().unwrap().unwrap();
            received
        });
        outcomes.are([[1, 2], [2, 1]]);
    }
    let outcomes = Outcomes::with_preemptions(1, move || {
        let (sender, receiver) = of_capacity_2();
        sender.send_many(&mut [1, 2].into()).unwrap();
        let senders = [(3, sender.clone()), (4, sender)]
            .map(|(value, sender)| thread::spawn(move || sender.send(value).unwrap()));
        let receiving = thread::spawn(move || {
            let mut values = Vec::new();
            receiver.recv_many(&mut values, 2).unwrap();
            (values, receiver)
        });
        for sender in senders {
            sender.join().unwrap();
        }
        receiving.join().unwrap().0
    });
    outcomes.are([vec![1, 2]]);
}

/// Rules 1, 2 and 4.
#[test]
fn a_batch_waits_for_room_and_leaves_what_nobody_can_receive() {
    let at_capacity_0 = [(1, vec![2, 3]), (2, vec![3])];
    let at_capacity_1 = [(1, vec![2, 3]), (1, vec![3]), (2, vec![3]), (2, vec![])];
    for (channel, expected) in [(of_capacity_0 as Channel<u8>, &at_capacity_0[..]), (of_capacity_1, &at_capacity_1)] {
        let outcomes = Outcomes::with_preemptions(2, move || {
            let (sender, receiver) = channel();
            let sending = thread::spawn(move || {
                let mut batch = VecDeque::from([1, 2, 3]);
                (sender.send_many(&mut batch), batch)
            });
            let receiving = thread::spawn(move || {
                let mut values = Vec::new();
                receiver.recv_many(&mut values, 2).unwrap();
                values
            });
            let received: Vec<u8> = receiving.join().unwrap();
            let (sent, left) = sending.join().unwrap();
            assert_eq!(sent.is_ok(), left.is_empty());
            assert_eq!(received, [1, 2][..received.len()]);
            (received.len(), left.into_iter().collect::<Vec<_>>())
        });
        outcomes.are(expected.iter().cloned());
    }
}

/// Rules 3 and 5.
#[test]
fn the_last_sender_wakes_every_blocked_receiver() {
    for channel in all::<u8>() {
        let outcomes = Outcomes::with_preemptions(1, move || {
            let (sender, receiver) = channel();
            let receivers = [receiver.clone(), receiver]
                .map(|receiver| thread::spawn(move || (receiver.try_recv().unwrap_err(), receiver.recv())));
            let leaving = thread::spawn(move || drop(sender));
            leaving.join().unwrap();
            receivers.map(|receiver| {
                let (before, received) = receiver.join().unwrap();
                assert_eq!(received, Err(RecvError));
                before.is_disconnected()
            })
        });
        outcomes.are([[false, false], [false, true], [true, false], [true, true]]);
    }
}

/// Rule 3: of two senders that go at the same time, one is the last.
#[test]
fn two_senders_that_go_at_once_disconnect_the_channel() {
    let outcomes = Outcomes::of(|| {
        let (sender, receiver) = unbounded::<u8>();
        let senders = [sender.clone(), sender].map(|sender| thread::spawn(move || drop(sender)));
        let receiving = thread::spawn(move || (receiver.try_recv().unwrap_err(), receiver.recv()));
        for sender in senders {
            sender.join().unwrap();
        }
        let (before, received) = receiving.join().unwrap();
        assert_eq!(received, Err(RecvError));
        before
    });
    outcomes.are([TryRecvError::Empty, TryRecvError::Disconnected]);
}

/// Rules 4 and 5.
#[test]
fn the_last_receiver_gives_every_blocked_sender_its_value_back() {
    for channel in [of_capacity_0, of_capacity_1] {
        let outcomes = Outcomes::with_preemptions(1, move || {
            let (sender, receiver) = channel();
            let room = sender.capacity().unwrap();
            for value in 0..room {
                sender.send(value).unwrap();
            }
            let senders = [(7, sender.clone()), (8, sender)].map(|(value, sender)| {
                thread::spawn(move || {
                    let before = sender.try_send(value).unwrap_err();
                    assert_eq!(sender.send(value), Err(SendError(value)));
                    before.is_disconnected()
                })
            });
            let leaving = thread::spawn(move || drop(receiver));
            leaving.join().unwrap();
            senders.map(|sender| sender.join().unwrap())
        });
        outcomes.are([[false, false], [false, true], [true, false], [true, true]]);
    }
}

/// Rule 4: a value that is sent while the last receiver goes is either given back or dropped with the rest.
#[test]
fn what_is_sent_while_the_last_receiver_goes_is_dropped_once() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            // Relaxed, here and below: read after the threads were joined.
            self.0.fetch_add(1, Relaxed);
        }
    }
    for channel in [of_capacity_1, unbounded] {
        let outcomes = Outcomes::of(move || {
            let drops = Arc::new(AtomicUsize::new(0));
            let (sender, receiver) = channel();
            let sending = thread::spawn({
                let drops = drops.clone();
                move || {
                    let sent = sender.send(Counted(drops.clone()));
                    let returned = sent.is_err();
                    drop(sent);
                    (sender, returned)
                }
            });
            let leaving = thread::spawn(move || drop(receiver));
            let (sender, returned) = sending.join().unwrap();
            leaving.join().unwrap();
            assert_eq!(drops.load(Relaxed), 1, "the receiver's end drops what is left, though a sender remains");
            assert!(sender.is_empty());
            returned
        });
        outcomes.are([false, true]);
    }
}

/// Both ends go while the channel is not empty: its content is dropped by the receiver's or the sender's side, once.
#[test]
fn both_ends_that_go_at_once_drop_the_content_once() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            // Relaxed, here and below: read after the threads were joined.
            self.0.fetch_add(1, Relaxed);
        }
    }
    let outcomes = Outcomes::of(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = unbounded();
        assert!(sender.send(Counted(drops.clone())).is_ok());
        let sender_first = Arc::new(AtomicUsize::new(0));
        let leaving = [
            thread::spawn({
                let order = sender_first.clone();
                move || {
                    drop(sender);
                    order.fetch_add(1, Relaxed)
                }
            }),
            thread::spawn({
                let order = sender_first.clone();
                move || {
                    drop(receiver);
                    order.fetch_add(1, Relaxed)
                }
            }),
        ];
        let order = leaving.map(|thread| thread.join().unwrap());
        assert_eq!(drops.load(Relaxed), 1);
        order
    });
    outcomes.are([[0, 1], [1, 0]]);
}

/// Rule 2: a full channel takes no more than it holds.
#[test]
fn of_two_tries_for_the_last_place_one_succeeds() {
    let outcomes = Outcomes::of(|| {
        let (sender, receiver) = bounded(1);
        let senders =
            [(1, sender.clone()), (2, sender)].map(|(value, sender)| thread::spawn(move || sender.try_send(value)));
        let sent = senders.map(|sender| sender.join().unwrap());
        let received: Vec<u8> = receiver.try_iter().collect();
        assert_eq!(received.len(), 1);
        sent
    });
    outcomes.are([[Ok(()), Err(TrySendError::Full(2))], [Err(TrySendError::Full(1)), Ok(())]]);
}

/// Rule 8: `try_send` succeeds only for a receiver that waits, and that receiver gets the value.
#[test]
fn at_capacity_0_try_send_meets_a_waiting_receiver_or_fails() {
    let outcomes = Outcomes::of(|| {
        let (sender, receiver) = bounded(0);
        let receiving = thread::spawn(move || receiver.recv());
        let sending = thread::spawn(move || sender.try_send(1));
        let sent = sending.join().unwrap();
        let received = receiving.join().unwrap();
        assert_eq!(received, if sent.is_ok() { Ok(1) } else { Err(RecvError) });
        sent
    });
    outcomes.are([Ok(()), Err(TrySendError::Full(1))]);
}

/// Rule 8: a send has not returned before its value was taken.
#[test]
fn at_capacity_0_a_send_ends_after_its_receive_began() {
    let outcomes = Outcomes::of(|| {
        let (sender, receiver) = bounded(0);
        let receiving = Arc::new(AtomicUsize::new(0));
        let sender = thread::spawn({
            let receiving = receiving.clone();
            move || {
                // Relaxed, all: the channel orders the second load after the store.
                let before = receiving.load(Relaxed);
                sender.send(()).unwrap();
                assert_eq!(receiving.load(Relaxed), 1);
                before
            }
        });
        let receiver = thread::spawn(move || {
            receiving.store(1, Relaxed);
            receiver.recv().unwrap();
        });
        receiver.join().unwrap();
        sender.join().unwrap()
    });
    outcomes.are([0, 1]);
}

/// A value comes with everything that its sender did before.
#[test]
fn a_value_brings_what_was_written_before_it_was_sent() {
    /// Plain memory that two threads use in turn.
    struct Note(UnsafeCell<u32>);
    // SAFETY: the threads below hand it over through the channel; loom checks that they do.
    unsafe impl Sync for Note {}

    for channel in all() {
        let outcomes = Outcomes::of(move || {
            let (sender, receiver) = channel();
            let note = Arc::new(Note(UnsafeCell::new(0)));
            let sending = thread::spawn({
                let note = note.clone();
                move || {
                    note.0.with_mut(|note| {
                        // SAFETY: the other thread reads only after it has received.
                        unsafe { *note = 42 }
                    });
                    sender.send(()).unwrap();
                }
            });
            let receiving = thread::spawn(move || {
                let waited = receiver.try_recv().is_err();
                if waited {
                    receiver.recv().unwrap();
                }
                let read = note.0.with(|note| {
                    // SAFETY: the write came before the send, and nobody writes after it.
                    unsafe { *note }
                });
                assert_eq!(read, 42);
                waited
            });
            sending.join().unwrap();
            receiving.join().unwrap()
        });
        outcomes.are([false, true]);
    }
}

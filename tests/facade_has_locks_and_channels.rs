//! The facade's `RwLock` and `mpsc` do on every backend what `std`'s do: who may have a lock together, what a channel
//! hands over, and what its ends hear of each other.

mod outcomes;

use outcomes::Outcomes;
use raddle::cell::UnsafeCell;
use raddle::sync::mpsc::{self, Receiver, Sender};
use raddle::sync::{Arc, RwLock};
use raddle::thread;

#[test]
fn a_writer_is_alone() {
    let outcomes = Outcomes::of(|| {
        let lock = Arc::new(RwLock::new((0, 0)));
        let writer = thread::spawn({
            let lock = lock.clone();
            move || {
                let mut pair = lock.write().unwrap();
                pair.0 += 1;
                thread::yield_now();
                pair.1 += 1;
            }
        });
        let reader = thread::spawn({
            let lock = lock.clone();
            move || *lock.read().unwrap()
        });
        writer.join().unwrap();
        reader.join().unwrap()
    });
    outcomes.are([(0, 0), (1, 1)]);
}

#[test]
fn what_is_read_under_the_lock_was_written_under_it() {
    /// A place that the lock guards from outside.
    struct Guarded(RwLock<()>, UnsafeCell<u8>);
    // SAFETY: the cell is used by those alone who have the lock, for writing if they write.
    unsafe impl Sync for Guarded {}
    let outcomes = Outcomes::of(|| {
        let guarded = Arc::new(Guarded(RwLock::new(()), UnsafeCell::new(0)));
        let writer = thread::spawn({
            let guarded = guarded.clone();
            move || {
                let _guard = guarded.0.write().unwrap();
                // SAFETY: this thread has the lock for writing.
                guarded.1.with_mut(|value| unsafe { *value = 1 });
            }
        });
        let read = || {
            let _guard = guarded.0.read().unwrap();
            // SAFETY: this thread has the lock.
            guarded.1.with(|value| unsafe { *value })
        };
        let seen = [read(), read()];
        writer.join().unwrap();
        seen
    });
    outcomes.are([[0, 0], [0, 1], [1, 1]]);
}

/// Each sender's values in a thread of their own; the last sender is dropped with the last thread.
fn send_all<const N: usize>(sender: Sender<u8>, values: [&'static [u8]; N]) -> [thread::JoinHandle<()>; N] {
    values.map(|values| {
        let sender = sender.clone();
        thread::spawn(move || values.iter().for_each(|&value| sender.send(value).unwrap()))
    })
}

/// The values that were sent to a receiver. loom does not say when the last sender is gone, so they are counted.
fn receive(receiver: &Receiver<u8>, count: usize) -> Vec<u8> {
    (0..count).map(|_| receiver.recv().unwrap()).collect()
}

#[test]
fn messages_arrive_in_each_senders_order() {
    let outcomes = Outcomes::of(|| {
        let (sender, receiver) = mpsc::channel();
        let senders = send_all(sender, [&[1, 2], &[10]]);
        let received = receive(&receiver, 3);
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        received
    });
    outcomes.are([vec![1, 2, 10], vec![1, 10, 2], vec![10, 1, 2]]);
}

#[test]
fn a_message_brings_what_its_sender_wrote() {
    let outcomes = Outcomes::of(|| {
        let (sender, receiver) = mpsc::channel();
        let place = Arc::new(Place(UnsafeCell::new(0)));
        let writer = thread::spawn({
            let place = place.clone();
            move || {
                // SAFETY: the other thread reads when it has received the message.
                place.0.with_mut(|value| unsafe { *value = 1 });
                sender.send(()).unwrap();
            }
        });
        receiver.recv().unwrap();
        // SAFETY: the writer wrote before it sent.
        let seen = place.0.with(|value| unsafe { *value });
        writer.join().unwrap();
        seen
    });
    outcomes.are([1]);
}

/// A place that threads hand to each other by messages.
struct Place(UnsafeCell<u8>);
// SAFETY: the models order all accesses by messages.
unsafe impl Sync for Place {}

/// What loom has not: poisoned locks, ends of channels that hear of each other, bounds, timeouts; and attempts, which it has
/// but of which it explores some outcomes only.
#[cfg(not(loom))]
mod beyond_loom {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::time::Duration;

    use super::*;
    use raddle::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
    use raddle::sync::{BACKEND, Backend, TryLockError};

    #[test]
    fn readers_can_read_together() {
        let outcomes = Outcomes::of(|| {
            let lock = Arc::new(RwLock::new(()));
            let reader = thread::spawn({
                let lock = lock.clone();
                move || {
                    let guard = lock.read().unwrap();
                    let writes = matches!(lock.try_write(), Err(TryLockError::WouldBlock));
                    drop(guard);
                    writes
                }
            });
            let guard = lock.try_read();
            let together = guard.is_ok();
            drop(guard);
            assert!(reader.join().unwrap(), "nobody writes while somebody reads");
            together
        });
        outcomes.are([true]);
    }

    #[test]
    fn an_attempt_fails_while_a_writer_is_there() {
        let outcomes = Outcomes::of(|| {
            let lock = Arc::new(RwLock::new(0));
            let writer = thread::spawn({
                let lock = lock.clone();
                move || *lock.write().unwrap() += 1
            });
            let attempts = [lock.try_read().ok().map(|guard| *guard), lock.try_write().ok().map(|guard| *guard)];
            writer.join().unwrap();
            assert_eq!(*lock.read().unwrap(), 1);
            attempts
        });
        // The writer comes once; before that the value is 0, after that 1.
        outcomes.are([
            [Some(0), Some(0)],
            [Some(0), None],
            [Some(0), Some(1)],
            [None, None],
            [None, Some(1)],
            [Some(1), Some(1)],
        ]);
    }

    #[test]
    fn try_recv_takes_what_is_there() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::channel();
            let thread = thread::spawn(move || {
                sender.send(1).unwrap();
                sender
            });
            let first = receiver.try_recv().ok();
            let _sender = thread.join().unwrap();
            assert_eq!(first.or_else(|| receiver.try_recv().ok()), Some(1), "a send that is known of is seen");
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
            first
        });
        outcomes.are([None, Some(1)]);
    }

    #[test]
    fn a_panicking_writer_poisons_the_lock_and_a_reader_does_not() {
        Outcomes::of(|| {
            let mut lock = RwLock::new(1);
            let panics = |lock: &RwLock<u8>, writes: bool| {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    let _guards = if writes { (None, lock.write().ok()) } else { (lock.read().ok(), None) };
                    resume_unwind(Box::new("in the lock"));
                }));
                assert!(result.is_err());
            };
            panics(&lock, false);
            assert!(!lock.is_poisoned());
            thread::scope(|scope| {
                scope.spawn(|| panics(&lock, true));
            });
            assert!(lock.is_poisoned());
            assert_eq!(*lock.read().unwrap_err().into_inner(), 1);
            assert!(matches!(lock.try_write(), Err(TryLockError::Poisoned(_))));
            assert!(lock.get_mut().is_err());
            assert!(lock.is_poisoned(), "what its owner found stays");
            lock.clear_poison();
            *lock.get_mut().unwrap() += 1;
            assert_eq!(
                format!("{lock:?}"),
                "RwLock { data: 2, poisoned: false, .. }".replace("poisoned: false, ", shown())
            );
            lock.into_inner().unwrap()
        })
        .are([2]);
    }

    /// Whether a lock is poisoned is shown by `std`'s alone.
    fn shown() -> &'static str {
        if BACKEND == Backend::Std { "poisoned: false, " } else { "" }
    }

    #[test]
    fn the_messages_end_with_the_last_sender() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::channel();
            let senders = send_all(sender, [&[1], &[2]]);
            let received: Vec<u8> = receiver.iter().collect();
            assert_eq!(receiver.recv(), Err(RecvError), "the end is for ever");
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
            assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Disconnected));
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            received
        });
        outcomes.are([vec![1, 2], vec![2, 1]]);
    }

    #[test]
    fn a_send_without_receiver_gives_the_message_back() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::channel();
            let dropper = thread::spawn(move || drop(receiver));
            let first = sender.send(1);
            dropper.join().unwrap();
            assert_eq!(sender.send(2), Err(SendError(2)));
            first.is_ok()
        });
        outcomes.are([false, true]);
    }

    #[test]
    fn messages_left_are_dropped_with_the_receiver() {
        Outcomes::of(|| {
            let (sender, receiver) = mpsc::channel();
            let value = std::sync::Arc::new(());
            sender.send(value.clone()).unwrap();
            thread::spawn(move || drop(receiver)).join().unwrap();
            std::sync::Arc::strong_count(&value)
        })
        .are([1]);
    }

    #[test]
    fn recv_timeout_receives_or_times_out() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::channel();
            let thread = thread::spawn(move || {
                sender.send(1).unwrap();
                sender
            });
            let first = receiver.recv_timeout(Duration::from_micros(1));
            let _sender = thread.join().unwrap();
            assert_eq!(first.or_else(|_| receiver.recv_timeout(Duration::from_micros(1))), Ok(1));
            first == Err(RecvTimeoutError::Timeout)
        });
        outcomes.are([false, true]);
    }

    #[test]
    fn try_iter_gives_what_is_there_and_into_iter_all() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::channel();
            sender.send(1).unwrap();
            let thread = thread::spawn(move || sender.send(2).unwrap());
            let there: Vec<u8> = receiver.try_iter().collect();
            let rest: Vec<u8> = receiver.into_iter().collect();
            thread.join().unwrap();
            [there, rest]
        });
        outcomes.are([[vec![1], vec![2]], [vec![1, 2], vec![]]]);
    }

    #[test]
    fn a_bounded_channel_makes_senders_wait() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::sync_channel(1);
            let place = Arc::new(Place(UnsafeCell::new(0)));
            let thread = thread::spawn({
                let place = place.clone();
                move || {
                    sender.send(1).unwrap();
                    sender.send(2).unwrap();
                    // SAFETY: the second message has had a place, so the first was received, and the place written before.
                    let seen = place.0.with(|value| unsafe { *value });
                    (seen, sender.try_send(3).is_ok())
                }
            });
            // SAFETY: the other thread reads when a message has been received.
            place.0.with_mut(|value| unsafe { *value = 1 });
            let received = [receiver.recv(), receiver.recv()];
            assert_eq!(received, [Ok(1), Ok(2)]);
            let (seen, had_place) = thread.join().unwrap();
            assert_eq!(seen, 1);
            assert_eq!(receiver.recv().is_ok(), had_place);
            had_place
        });
        outcomes.are([false, true]);
    }

    #[test]
    fn a_bounded_channel_says_that_it_is_full() {
        Outcomes::of(|| {
            let (sender, receiver) = mpsc::sync_channel(1);
            assert_eq!(sender.try_send(1), Ok(()));
            assert_eq!(sender.clone().try_send(2), Err(TrySendError::Full(2)));
            thread::spawn(move || drop(receiver)).join().unwrap();
            assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
            assert_eq!(sender.send(4), Err(SendError(4)));
        })
        .are([()]);
    }

    #[test]
    fn a_sender_that_waits_for_room_hears_that_the_receiver_is_gone() {
        Outcomes::of(|| {
            let (sender, receiver) = mpsc::sync_channel(1);
            sender.send(1).unwrap();
            let dropper = thread::spawn(move || drop(receiver));
            assert_eq!(sender.send(2), Err(SendError(2)));
            dropper.join().unwrap();
        })
        .are([()]);
    }

    #[test]
    fn a_channel_without_room_hands_over() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::sync_channel(0);
            let place = Arc::new(Place(UnsafeCell::new(0)));
            let threads = [1, 2].map(|value| {
                let (sender, place) = (sender.clone(), place.clone());
                thread::spawn(move || {
                    sender.send(value).unwrap();
                    // SAFETY: the receiver has come for the message, and wrote before that.
                    place.0.with(|value| unsafe { *value })
                })
            });
            // SAFETY: the other threads read when their message has been received.
            place.0.with_mut(|value| unsafe { *value = 1 });
            let received = [receiver.recv().unwrap(), receiver.recv().unwrap()];
            assert_eq!(threads.map(|thread| thread.join().unwrap()), [1, 1]);
            received
        });
        outcomes.are([[1, 2], [2, 1]]);
    }

    #[test]
    fn an_attempt_to_hand_over_succeeds_if_the_receiver_waits() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::sync_channel(0);
            let attempt = thread::spawn(move || sender.try_send(1).is_ok());
            let received = receiver.recv();
            assert_eq!(attempt.join().unwrap(), received.is_ok());
            received.ok()
        });
        outcomes.are([Some(1), None]);
    }

    #[test]
    fn a_receiver_that_waits_for_a_while_can_be_handed_to() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::sync_channel(0);
            let attempt = thread::spawn(move || (sender.try_send(1).is_ok(), sender));
            let received = receiver.recv_timeout(Duration::from_micros(10));
            let (was_taken, _sender) = attempt.join().unwrap();
            assert_eq!(was_taken, received.is_ok());
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
            received.ok()
        });
        outcomes.are([Some(1), None]);
    }

    #[test]
    fn a_message_that_nobody_came_for_goes_back_to_its_sender() {
        let outcomes = Outcomes::of(|| {
            let (sender, receiver) = mpsc::sync_channel(0);
            let taker = thread::spawn(move || receiver.try_recv().ok());
            let sent = sender.send(1);
            let taken = taker.join().unwrap();
            assert_eq!(sent.is_ok(), taken.is_some());
            sent.map_err(|SendError(value)| value)
        });
        outcomes.are([Ok(()), Err(1)]);
    }
}

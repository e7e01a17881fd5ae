//! To switch between crossbeam-channel and `raddle::channel` is to change a `use`: the same tests, word for word, hold
//! for both, down to what errors and handles print.
//!
//! Left out is how many values a bounded channel holds once the last receiver is gone: both drop what was left, and
//! crossbeam still counts it.

// One thread, and crossbeam's channel beside ours: nothing for loom to explore.
#![cfg(not(loom))]

/// The tests, for the channel at the path.
macro_rules! a_channel {
    ($module:ident, $($path:tt)*) => {
        mod $module {
            use std::error::Error;
            use std::fmt::Debug;
            use std::iter::FusedIterator;
            use std::panic::{RefUnwindSafe, UnwindSafe};
            use std::time::{Duration, Instant};

            use $($path)*::{
                IntoIter, Iter, Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryIter,
                TryRecvError, TrySendError, bounded, unbounded,
            };

            /// Comparable with nothing, printable by nobody.
            struct Opaque;

            const NO_TIME: Duration = Duration::ZERO;
            const NEXT_TO_NO_TIME: Duration = Duration::from_millis(1);

            fn soon() -> Instant {
                Instant::now() + NEXT_TO_NO_TIME
            }

            #[test]
            fn the_functions_have_these_signatures() {
                let _: fn(usize) -> (Sender<Opaque>, Receiver<Opaque>) = bounded;
                let _: fn() -> (Sender<Opaque>, Receiver<Opaque>) = unbounded;

                let _: fn(&Sender<Opaque>, Opaque) -> Result<(), SendError<Opaque>> = Sender::send;
                let _: fn(&Sender<Opaque>, Opaque) -> Result<(), TrySendError<Opaque>> = Sender::try_send;
                let _: fn(&Sender<Opaque>, Opaque, Duration) -> Result<(), SendTimeoutError<Opaque>> =
                    Sender::send_timeout;
                let _: fn(&Sender<Opaque>, Opaque, Instant) -> Result<(), SendTimeoutError<Opaque>> =
                    Sender::send_deadline;
                let _: fn(&Sender<Opaque>) -> usize = Sender::len;
                let _: fn(&Sender<Opaque>) -> bool = Sender::is_empty;
                let _: fn(&Sender<Opaque>) -> bool = Sender::is_full;
                let _: fn(&Sender<Opaque>) -> Option<usize> = Sender::capacity;
                let _: fn(&Sender<Opaque>, &Sender<Opaque>) -> bool = Sender::same_channel;

                let _: fn(&Receiver<Opaque>) -> Result<Opaque, RecvError> = Receiver::recv;
                let _: fn(&Receiver<Opaque>) -> Result<Opaque, TryRecvError> = Receiver::try_recv;
                let _: fn(&Receiver<Opaque>, Duration) -> Result<Opaque, RecvTimeoutError> = Receiver::recv_timeout;
                let _: fn(&Receiver<Opaque>, Instant) -> Result<Opaque, RecvTimeoutError> = Receiver::recv_deadline;
                let _: fn(&Receiver<Opaque>) -> usize = Receiver::len;
                let _: fn(&Receiver<Opaque>) -> bool = Receiver::is_empty;
                let _: fn(&Receiver<Opaque>) -> bool = Receiver::is_full;
                let _: fn(&Receiver<Opaque>) -> Option<usize> = Receiver::capacity;
                let _: fn(&Receiver<Opaque>, &Receiver<Opaque>) -> bool = Receiver::same_channel;
                let _: for<'a> fn(&'a Receiver<Opaque>) -> Iter<'a, Opaque> = Receiver::iter;
                let _: for<'a> fn(&'a Receiver<Opaque>) -> TryIter<'a, Opaque> = Receiver::try_iter;
                let _: fn(Receiver<Opaque>) -> IntoIter<Opaque> = Receiver::into_iter;
            }

            #[test]
            fn handles_and_errors_cross_threads_and_panics() {
                /// Can be sent, not shared: all that a value must be able to do.
                type Sendable = std::cell::Cell<u8>;
                fn crosses<T: Send + Sync + UnwindSafe + RefUnwindSafe>() {}
                fn can_be_sent<T: Send>() {}
                fn is_an_error<T: Error + 'static>() {}

                crosses::<Sender<Sendable>>();
                crosses::<Receiver<Sendable>>();
                can_be_sent::<Iter<'_, Sendable>>();
                can_be_sent::<TryIter<'_, Sendable>>();
                can_be_sent::<IntoIter<Sendable>>();
                is_an_error::<SendError<Sendable>>();
                is_an_error::<TrySendError<Sendable>>();
                is_an_error::<SendTimeoutError<Sendable>>();
                is_an_error::<RecvError>();
                is_an_error::<TryRecvError>();
                is_an_error::<RecvTimeoutError>();
            }

            #[test]
            fn handles_are_cloned_whatever_they_carry() {
                let (sender, receiver) = unbounded::<Opaque>();
                let (other_sender, other_receiver) = (sender.clone(), receiver.clone());
                assert!(sender.same_channel(&other_sender) && receiver.same_channel(&other_receiver));

                let (sender_elsewhere, receiver_elsewhere) = unbounded();
                assert!(!sender.same_channel(&sender_elsewhere) && !receiver.same_channel(&receiver_elsewhere));
            }

            #[test]
            fn a_bounded_channel_knows_its_fill() {
                let (sender, receiver) = bounded(2);
                let fill = || {
                    let fill = (sender.len(), sender.is_empty(), sender.is_full());
                    assert_eq!(fill, (receiver.len(), receiver.is_empty(), receiver.is_full()));
                    fill
                };
                assert_eq!((sender.capacity(), receiver.capacity()), (Some(2), Some(2)));
                assert_eq!(fill(), (0, true, false));
                sender.send(1).unwrap();
                assert_eq!(fill(), (1, false, false));
                sender.send(2).unwrap();
                assert_eq!(fill(), (2, false, true));
                assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
                assert_eq!(receiver.recv(), Ok(1));
                assert_eq!(fill(), (1, false, false));
            }

            #[test]
            fn an_unbounded_channel_is_never_full() {
                let (sender, receiver) = unbounded();
                (0..1000).for_each(|value| sender.send(value).unwrap());
                assert_eq!((sender.len(), sender.is_empty(), sender.is_full()), (1000, false, false));
                assert_eq!((receiver.len(), receiver.is_empty(), receiver.is_full()), (1000, false, false));
                assert_eq!((sender.capacity(), receiver.capacity()), (None, None));
                assert!(receiver.try_iter().eq(0..1000));
                assert!(receiver.is_empty());
            }

            #[test]
            fn a_rendezvous_channel_is_always_both_empty_and_full() {
                let (sender, receiver) = bounded(0);
                assert_eq!((sender.len(), sender.is_empty(), sender.is_full()), (0, true, true));
                assert_eq!((receiver.len(), receiver.is_empty(), receiver.is_full()), (0, true, true));
                assert_eq!((sender.capacity(), receiver.capacity()), (Some(0), Some(0)));
                assert_eq!(sender.try_send('a'), Err(TrySendError::Full('a')));
                assert_eq!(sender.send_timeout('a', NEXT_TO_NO_TIME), Err(SendTimeoutError::Timeout('a')));
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
                assert_eq!(receiver.recv_timeout(NEXT_TO_NO_TIME), Err(RecvTimeoutError::Timeout));
            }

            #[test]
            fn a_rendezvous_hands_over_one_value_for_each_receive() {
                let (sender, receiver) = bounded(0);
                std::thread::scope(|scope| {
                    scope.spawn(move || (0..100).for_each(|value| sender.send(value).unwrap()));
                    assert!(receiver.iter().eq(0..100));
                });
            }

            #[test]
            fn a_rendezvous_is_refused_once_the_other_side_is_gone() {
                let (sender, receiver) = bounded(0);
                drop(receiver);
                assert_eq!(sender.send(1), Err(SendError(1)));
                assert_eq!(sender.try_send(1), Err(TrySendError::Disconnected(1)));
                assert_eq!(sender.send_timeout(1, NO_TIME), Err(SendTimeoutError::Disconnected(1)));

                let (sender, receiver) = bounded::<u8>(0);
                drop(sender);
                assert_eq!(receiver.recv(), Err(RecvError));
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
                assert_eq!(receiver.recv_timeout(NO_TIME), Err(RecvTimeoutError::Disconnected));
            }

            #[test]
            fn timed_sends_give_up_and_give_back() {
                let (sender, receiver) = bounded(1);
                assert_eq!(sender.send_timeout(1, NO_TIME), Ok(()));
                assert_eq!(sender.send_timeout(2, NO_TIME), Err(SendTimeoutError::Timeout(2)));
                assert_eq!(sender.send_timeout(2, NEXT_TO_NO_TIME), Err(SendTimeoutError::Timeout(2)));
                assert_eq!(sender.send_deadline(2, soon()), Err(SendTimeoutError::Timeout(2)));
                assert_eq!(receiver.recv(), Ok(1));
                // There is room: that the deadline is over does not matter.
                assert_eq!(sender.send_deadline(3, Instant::now()), Ok(()));
                drop(receiver);
                assert_eq!(sender.send_timeout(4, NEXT_TO_NO_TIME), Err(SendTimeoutError::Disconnected(4)));
                assert_eq!(sender.send_deadline(4, soon()), Err(SendTimeoutError::Disconnected(4)));
            }

            #[test]
            fn timed_receives_give_up() {
                let (sender, receiver) = bounded(1);
                assert_eq!(receiver.recv_timeout(NO_TIME), Err(RecvTimeoutError::Timeout));
                assert_eq!(receiver.recv_timeout(NEXT_TO_NO_TIME), Err(RecvTimeoutError::Timeout));
                assert_eq!(receiver.recv_deadline(soon()), Err(RecvTimeoutError::Timeout));
                sender.send(1).unwrap();
                // There is a value: that the deadline is over does not matter.
                assert_eq!(receiver.recv_deadline(Instant::now()), Ok(1));
                sender.send(2).unwrap();
                drop(sender);
                assert_eq!(receiver.recv_timeout(NEXT_TO_NO_TIME), Ok(2));
                assert_eq!(receiver.recv_timeout(NEXT_TO_NO_TIME), Err(RecvTimeoutError::Disconnected));
                assert_eq!(receiver.recv_deadline(soon()), Err(RecvTimeoutError::Disconnected));
            }

            #[test]
            fn a_timeout_too_long_for_the_clock_is_for_ever() {
                let (sender, receiver) = bounded(1);
                assert_eq!(sender.send_timeout(1, Duration::MAX), Ok(()));
                assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(1));
            }

            #[test]
            fn without_senders_receivers_drain_and_then_see_it() {
                let (sender, receiver) = bounded(2);
                let other = sender.clone();
                sender.send(1).unwrap();
                drop(sender);
                other.send(2).unwrap();
                drop(other);
                assert_eq!(receiver.recv(), Ok(1));
                assert_eq!(receiver.try_recv(), Ok(2));
                assert_eq!(receiver.recv(), Err(RecvError));
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
                assert_eq!(receiver.iter().next(), None);
            }

            #[test]
            fn without_receivers_senders_get_their_values_back() {
                let (sender, receiver) = bounded(2);
                let other = receiver.clone();
                sender.send(1).unwrap();
                drop(receiver);
                sender.send(2).unwrap();
                assert_eq!((sender.len(), sender.is_full()), (2, true));
                drop(other);
                assert_eq!(sender.send(3), Err(SendError(3)));
                assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
            }

            #[test]
            fn the_iterators_end_where_they_should() {
                fn is_fused(_: &impl FusedIterator) {}
                let (sender, receiver) = unbounded();
                (1..=6).for_each(|value| sender.send(value).unwrap());
                assert_eq!(receiver.iter().next(), Some(1));
                assert_eq!(receiver.try_iter().take(2).collect::<Vec<_>>(), [2, 3]);
                for value in &receiver {
                    assert_eq!(value, 4);
                    break;
                }
                assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [5, 6]);
                assert_eq!(receiver.try_iter().next(), None);
                (7..=9).for_each(|value| sender.send(value).unwrap());
                drop(sender);
                is_fused(&receiver.iter());
                assert_eq!(receiver.iter().next(), Some(7));
                let mut rest = receiver.into_iter();
                is_fused(&rest);
                assert_eq!((rest.next(), rest.next(), rest.next(), rest.next()), (Some(8), Some(9), None, None));
            }

            #[test]
            fn an_iterator_that_owns_the_receiver_disconnects_when_it_goes() {
                let (sender, receiver) = unbounded();
                let values = receiver.into_iter();
                sender.send(1).unwrap();
                drop(values);
                assert_eq!(sender.send(2), Err(SendError(2)));
            }

            #[test]
            fn errors_give_the_value_back_and_tell_why() {
                assert_eq!(SendError(1).into_inner(), 1);

                let (full, disconnected) = (TrySendError::Full(1), TrySendError::Disconnected(2));
                assert!(full.is_full() && !full.is_disconnected());
                assert!(disconnected.is_disconnected() && !disconnected.is_full());
                assert_eq!((full.into_inner(), disconnected.into_inner()), (1, 2));

                let (timeout, disconnected) = (SendTimeoutError::Timeout(1), SendTimeoutError::Disconnected(2));
                assert!(timeout.is_timeout() && !timeout.is_disconnected());
                assert!(disconnected.is_disconnected() && !disconnected.is_timeout());
                assert_eq!((timeout.into_inner(), disconnected.into_inner()), (1, 2));

                let (empty, disconnected) = (TryRecvError::Empty, TryRecvError::Disconnected);
                assert!(empty.is_empty() && !empty.is_disconnected());
                assert!(disconnected.is_disconnected() && !disconnected.is_empty());

                let (timeout, disconnected) = (RecvTimeoutError::Timeout, RecvTimeoutError::Disconnected);
                assert!(timeout.is_timeout() && !timeout.is_disconnected());
                assert!(disconnected.is_disconnected() && !disconnected.is_timeout());
            }

            #[test]
            fn errors_are_copied_and_compared_as_their_values_are() {
                fn is_plain<T: Copy + Eq + Debug>() {}
                is_plain::<SendError<u8>>();
                is_plain::<TrySendError<u8>>();
                is_plain::<SendTimeoutError<u8>>();
                is_plain::<RecvError>();
                is_plain::<TryRecvError>();
                is_plain::<RecvTimeoutError>();
            }

            #[test]
            fn the_errors_of_waiting_calls_become_those_of_the_others() {
                assert_eq!(TrySendError::from(SendError(1)), TrySendError::Disconnected(1));
                assert_eq!(SendTimeoutError::from(SendError(1)), SendTimeoutError::Disconnected(1));
                assert_eq!(TryRecvError::from(RecvError), TryRecvError::Disconnected);
                assert_eq!(RecvTimeoutError::from(RecvError), RecvTimeoutError::Disconnected);
            }

            #[test]
            fn errors_say_it_in_these_words() {
                assert_eq!(SendError(Opaque).to_string(), "sending on a disconnected channel");
                assert_eq!(TrySendError::Full(Opaque).to_string(), "sending on a full channel");
                assert_eq!(TrySendError::Disconnected(Opaque).to_string(), "sending on a disconnected channel");
                assert_eq!(SendTimeoutError::Timeout(Opaque).to_string(), "timed out waiting on send operation");
                assert_eq!(SendTimeoutError::Disconnected(Opaque).to_string(), "sending on a disconnected channel");
                assert_eq!(RecvError.to_string(), "receiving on an empty and disconnected channel");
                assert_eq!(TryRecvError::Empty.to_string(), "receiving on an empty channel");
                assert_eq!(TryRecvError::Disconnected.to_string(), "receiving on an empty and disconnected channel");
                assert_eq!(RecvTimeoutError::Timeout.to_string(), "timed out waiting on receive operation");
                assert_eq!(RecvTimeoutError::Disconnected.to_string(), "channel is empty and disconnected");
            }

            #[test]
            fn errors_are_debugged_without_their_value() {
                /// Crossbeam's errors debug a string, so that theirs come in quotes, and ours do not.
                fn unquoted(error: impl Debug) -> String {
                    format!("{error:?}").replace('"', "")
                }
                assert_eq!(unquoted(SendError(Opaque)), "SendError(..)");
                assert_eq!(unquoted(TrySendError::Full(Opaque)), "Full(..)");
                assert_eq!(unquoted(TrySendError::Disconnected(Opaque)), "Disconnected(..)");
                assert_eq!(unquoted(SendTimeoutError::Timeout(Opaque)), "SendTimeoutError(..)");
                assert_eq!(unquoted(SendTimeoutError::Disconnected(Opaque)), "SendTimeoutError(..)");
                assert_eq!(unquoted(RecvError), "RecvError");
                assert_eq!(unquoted([TryRecvError::Empty, TryRecvError::Disconnected]), "[Empty, Disconnected]");
                let recv_timeout = [RecvTimeoutError::Timeout, RecvTimeoutError::Disconnected];
                assert_eq!(unquoted(recv_timeout), "[Timeout, Disconnected]");
            }

            #[test]
            fn messages_are_padded_like_strings() {
                assert_eq!(format!("{:.7}|", TrySendError::Full(Opaque)), "sending|");
                assert_eq!(format!("{:>50}", RecvError), "    receiving on an empty and disconnected channel");
                assert_eq!(format!("{:>20?}", bounded::<Opaque>(0).0), "       Sender { .. }");
            }

            #[test]
            fn handles_and_iterators_are_debugged_whatever_they_carry() {
                let (sender, receiver) = bounded::<Opaque>(1);
                assert_eq!(format!("{sender:?} {receiver:?}"), "Sender { .. } Receiver { .. }");
                assert_eq!(format!("{:?} {:?}", receiver.iter(), receiver.try_iter()), "Iter { .. } TryIter { .. }");
                assert_eq!(format!("{:?}", receiver.into_iter()), "IntoIter { .. }");
            }
        }
    };
}

a_channel!(of_crossbeam, crossbeam::channel);
a_channel!(of_raddle, raddle::channel);

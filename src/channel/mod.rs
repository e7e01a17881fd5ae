//! When do we stop? The producer–consumer protocol: senders, receivers, and what happens when either are gone.
//!
//! The names, signatures and errors are those of `crossbeam-channel`, so that switching is a change of `use`:
//!
//! ```
//! use raddle::channel::unbounded;
//! use raddle::thread;
//!
//! raddle::model(|| {
//!     let (sender, receiver) = unbounded();
//!     let producers = [1, 2].map(|value| {
//!         let sender = sender.clone();
//!         thread::spawn(move || sender.send(value).unwrap())
//!     });
//!     drop(sender); // or the loop below would wait for it for ever
//!
//!     let mut received: Vec<i32> = receiver.iter().collect();
//!     received.sort(); // the producers are not ordered among themselves
//!     assert_eq!(received, [1, 2]);
//!     for producer in producers {
//!         producer.join().unwrap();
//!     }
//! });
//! ```
//!
//! # Contract
//!
//! 1. **Order.** A channel is a linearizable first-in-first-out queue. So the values of one sender arrive in the order
//!    in which it sent them.
//! 2. **No value is lost, none arrives twice.** What `send` accepted is received once, or dropped once: with the channel
//!    or by rule 4. A failed send gives its value back.
//! 3. **The last sender goes:** receivers get what is left in the channel, then [`RecvError`] (in the other calls:
//!    `Disconnected`).
//! 4. **The last receiver goes:** what is left in the channel is dropped at once, in the thread that dropped the
//!    receiver; sends get their value back in [`SendError`] (in the other calls: `Disconnected`).
//! 5. **Nobody is left waiting.** Each blocked call is woken by whatever lets it finish: a value, room, disconnection.
//! 6. **Timeouts lose nothing.** A timed call that gives up has sent or received nothing. It returns when its time is
//!    over, as soon as the system schedules it and not before; one that finds its value or room at that last moment
//!    takes it.
//! 7. **A thread that panics** drops its handles like one that returns: the others carry on, and see the channel
//!    disconnected if it had the last handle. No lock is poisoned. Values that others have sent stay.
//! 8. **Capacity 0** is a rendezvous: a send ends when its value has been taken, and `try_send` succeeds only if a
//!    receiver is waiting.
//!
//! # What is checked
//!
//! In every execution, in `tests/channel_behaves_as_its_spec.rs`: every program of up to
//!
//! - 3 threads and 5 calls of `send`, `try_send`, `recv`, `try_recv` and `len` at capacity 1; 3 threads and 6 calls of `send`,
//!   `recv` and `is_empty` without a limit;
//! - 3 threads and 4 calls at capacity 1 in which two senders send and are dropped and others receive: waiting, trying, for a
//!   limited time; and as many in which two receivers receive and are dropped and others send;
//! - 2 threads and 5 calls at capacity 1 in which the only sender and the only receiver are dropped;
//! - 4 threads and 6 calls of `send` and `recv` at capacity 0, of which there are as many of the one as of the other and no
//!   thread makes both.
//!
//! All but the programs of 2 threads are checked without wake-ups for no reason. Timed calls give up just where they would have
//! to wait (rule 6). What no sequential specification says, the rest of rule 8
//! and what becomes of values that are dropped, is in `tests/channel_keeps_its_contract.rs`.
//!
//! The files:
//!
//! - `handles.rs`: [`Sender`] and [`Receiver`].
//! - `iter.rs`: receiving in a `for` loop.
//! - `error.rs`: why a call did not send or receive.
//! - `shared.rs`: what the handles share: the queue, and how many of each are left.

mod error;
mod handles;
mod iter;
mod shared;

pub use error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
pub use handles::{Receiver, Sender, bounded, unbounded};
pub use iter::{IntoIter, Iter, TryIter};

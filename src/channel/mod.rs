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
//!     let producer = thread::spawn(move || {
//!         sender.send(1).unwrap();
//!         sender.send(2).unwrap();
//!     });
//!     // Until the sender is gone, which went with its thread.
//!     assert_eq!(receiver.iter().collect::<Vec<_>>(), [1, 2]);
//!     producer.join().unwrap();
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
//! 9. **Threads and tasks** use one channel, each as they like. A future that is dropped has sent or received nothing, and what
//!    it was told of, another is told.
//!
//! # How it waits
//!
//! A blocked call first pauses and looks, for some microseconds, then lets other threads run and looks, for about as long as it
//! would take to be woken (30 µs), and then sleeps. It never spins for longer than that, and where values have come rarely it
//! sleeps at once. When they come quickly, a receiver that has caught up with the senders lets up to 128 of them gather before it
//! goes on, if that takes no longer than four microseconds: so the processors hand each cache line over once for many values. At
//! low rates, and through small channels, each value is taken as soon as it comes.
//!
//! # What is checked
//!
//! In every execution, in `tests/channel_behaves_as_its_spec.rs`: every program of up to
//!
//! - 3 threads and 4 calls of `send`, `try_send`, `recv`, `try_recv` and `len` at capacity 1, and 2 threads and 6 calls of `send`
//!   and `recv`; without a limit 3 threads and 4 calls of `send`, `recv` and `is_empty`, and 5 of `send` and `recv`;
//! - 3 threads and 3 calls at capacity 1 in which two senders send and are dropped and others receive: waiting, trying, for a
//!   limited time; and as many in which two receivers receive and are dropped and others send; and 4 calls of the most common
//!   kinds;
//! - 2 threads and 4 calls at capacity 1 in which the only sender and the only receiver are dropped, and 5 without timeouts;
//! - 4 threads and 6 calls of `send` and `recv` at capacity 0, of which there are as many of the one as of the other and no
//!   thread makes both;
//!
//! and in `tests/channel_serves_tasks.rs` every program of up to 3 threads and 4 calls in which threads and tasks send and receive
//! at capacity 1, or tasks that are dropped if they are not ready; and likewise without a limit.
//!
//! All but the programs of 2 threads are checked without wake-ups for no reason. Timed calls give up just where they would have
//! to wait (rule 6). What no sequential specification says, the rest of rule 8, batches, and what becomes of values that are
//! dropped, is in `tests/channel_keeps_its_contract.rs`. Every memory ordering is needed by some program, which
//! `tests/orderings_of_the_queues_are_needed.rs` finds.
//!
//! The files:
//!
//! - `handles.rs`: [`Sender`] and [`Receiver`].
//! - `futures.rs`, `stream.rs`: sending and receiving in tasks.
//! - `iter.rs`: receiving in a `for` loop.
//! - `error.rs`: why a call did not send or receive.
//! - `shared.rs`: what the handles share: the queue, and how many of each are left.
//! - `buffered.rs`: a queue at whose ends threads and tasks wait.
//! - `rendezvous.rs`: the queue of capacity 0: a push meets a pop.
//! - `waiters.rs`, `line.rs`: who sleeps, in which order, and who is told.
//! - `patience.rs`: how long a thread tries before it sleeps.

mod buffered;
mod error;
mod futures;
mod handles;
mod iter;
mod line;
mod patience;
mod rendezvous;
mod shared;
#[cfg(feature = "futures")]
mod stream;
mod waiters;

pub use error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
pub use futures::{RecvFuture, SendFuture};
pub use handles::{Receiver, Sender, bounded, unbounded};
pub use iter::{IntoIter, Iter, TryIter};
#[cfg(feature = "futures")]
pub use stream::{ReceiverStream, SenderSink};

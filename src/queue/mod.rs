//! How do values move from one thread to another? Three bounded first-in-first-out queues.
//!
//! | queue | producers × consumers | waits | speed and memory |
//! | --- | --- | --- | --- |
//! | [`MutexQueue`] | any × any | blocking and timed operations, can be closed | a lock per operation; memory as used |
//! | [`RingQueue`] | any × any | never | one compare-and-swap per operation; memory for `capacity` values |
//! | [`SpscRing`] | 1 × 1 | never, and each operation ends in bounded steps | no read-modify-write; likewise |
//!
//! All have `try_push`, `try_pop`, `len`, `capacity`, `is_empty` and `is_full`; a push that fails gives the value
//! back. Values left in a queue are dropped with it, each exactly once, also when the destructor of one of them panics.
//! `len`, `is_empty` and `is_full` tell what was true at some moment of the call; another thread can change it before
//! the answer is looked at, so nothing that must be right may be decided on it.
//!
//! The files:
//!
//! - `mutex.rs`: [`MutexQueue`], a monitor around a `VecDeque`.
//! - `rendezvous.rs`: the queue of capacity 0 for the channel: a push meets a pop.
//! - `ring.rs`: [`RingQueue`], Vyukov's bounded ring.
//! - `spsc.rs`: [`SpscRing`] with its handles [`Producer`] and [`Consumer`].
//! - `deadline.rs`: how long a blocking operation waits.
//! - `error.rs`: why an operation did not happen.
//! - `leftovers.rs`: dropping what is left.

mod deadline;
mod error;
mod leftovers;
mod mutex;
mod rendezvous;
mod ring;
mod spsc;

pub(crate) use deadline::Deadline;
pub use error::{Closed, Full, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};
pub use mutex::MutexQueue;
pub(crate) use rendezvous::Rendezvous;
pub use ring::RingQueue;
pub use spsc::{Consumer, Producer, SpscRing};

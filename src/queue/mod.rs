//! How do values move from one thread to another? Four first-in-first-out queues.
//!
//! | queue | producers × consumers | waits | speed and memory |
//! | --- | --- | --- | --- |
//! | [`MutexQueue`] | any × any | blocking and timed operations, can be closed | a lock per operation; memory as used |
//! | [`RingQueue`] | any × any | never | one compare-and-swap per operation; memory for `capacity` values |
//! | [`ListQueue`] | any × any | never, and is never full | one compare-and-swap per operation; memory in blocks, as used |
//! | [`SpscRing`] | 1 × 1 | never, and each operation ends in bounded steps | no read-modify-write; likewise |
//!
//! All have `try_pop`, `len` and `is_empty`, and those with a limit `try_push`, `capacity` and `is_full`; a push that fails gives
//! the value back. Values left in a queue are dropped with it, each exactly once, also when the destructor of one of them panics.
//! `len`, `is_empty` and `is_full` tell what was true at some moment of the call; another thread can change it before
//! the answer is looked at, so nothing that must be right may be decided on it.
//!
//! The files:
//!
//! - `mutex.rs`: [`MutexQueue`], a monitor around a `VecDeque`.
//! - `list.rs`: [`ListQueue`], a list of blocks with a lock for each end.
//! - `ring.rs`: [`RingQueue`], Vyukov's bounded ring.
//! - `position.rs`: the word that says where an end of these two is, and who waits there.
//! - `prefetch.rs`: asking for cache lines before they are written.
//! - `spsc.rs`: [`SpscRing`] with its handles [`Producer`] and [`Consumer`].
//! - `deadline.rs`: how long a blocking operation waits.
//! - `error.rs`: why an operation did not happen.
//! - `leftovers.rs`: dropping what is left.

mod deadline;
mod error;
mod leftovers;
mod list;
mod mutex;
mod position;
mod prefetch;
mod ring;
mod spsc;

pub(crate) use deadline::{Deadline, Woken};
pub use error::{Closed, Full, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};
pub(crate) use leftovers::drop_all;
pub use list::ListQueue;
pub use mutex::MutexQueue;
pub(crate) use position::{AWAITED, CLOSED, Claim, End, Ends, Refusal};
pub use ring::RingQueue;
pub use spsc::{Consumer, Producer, SpscRing};

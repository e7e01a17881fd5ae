//! What are the synchronisation primitives in this build?
//!
//! The items here, and those of [`raddle::thread`](crate::thread), [`raddle::cell`](crate::cell) and
//! [`raddle::hint`](crate::hint), have the names and the meaning of their namesakes in [`std`];
//! [`raddle::alloc`](crate::alloc) has loom's `Track`, a value that must be dropped. Code that takes its
//! primitives from here instead of from `std` can be checked by every engine; nothing else about it changes.
//!
//! This file is the only place that chooses the backend:
//!
//! | build | backend | what the items are |
//! | --- | --- | --- |
//! | `RUSTFLAGS="--cfg loom"` | [`Backend::Loom`] | loom's, and our own on top of loom's where it has none |
//! | `RUSTFLAGS="--cfg raddle_std"` | [`Backend::Std`] | `std`'s own types, re-exported: no wrapper, no cost |
//! | feature `model` | [`Backend::Model`] | the engine's; outside of a model they behave as `std`'s |
//! | otherwise | [`Backend::Std`] | as above |
//!
//! Some things differ from `std`:
//!
//! - [`hint::spin_until`](crate::hint::spin_until) is our own: a loop that waits, and says so to an engine.
//! - [`cell::UnsafeCell`](crate::cell::UnsafeCell) lends its pointer to a closure (`with`, `with_mut`), so that an
//!   engine sees where each access begins and ends.
//! - `new` is `const` wherever `std`'s is, except under loom, whose objects belong to one execution.
//! - Under loom, [`Arc`] does not coerce to `Arc<dyn Trait>` and has no `Weak`, `into_inner`, `make_mut` nor
//!   `unwrap_or_clone`; locks are never poisoned: a thread that panics ends the model. A scoped thread's panic is handed to whoever joins it, as in `std`.
//! - On the engine a static [`OnceLock`] or [`LazyLock`] keeps the value of every execution in memory. A [`LazyLock`] that
//!   several executions use must have the type `LazyLock<T>`, as statics have: no other initializer can be called again.
//! - On the engine [`Arc`] does not coerce to `Arc<dyn Trait>` either; `Arc::from_std` takes a `std` one that was
//!   coerced. No time passes: every timed wait may time out, and may not.
//! - On the engine and under loom a value of an [`Arc`], or in an [`alloc::Track`](crate::alloc::Track), that is not gone
//!   when an execution is complete is a leak. On the engine, what a static may own is not: in an execution that uses a
//!   static lock, cell or [`OnceLock`] of a type with a destructor, or leaves a pointer in a static `AtomicPtr`, nothing is
//!   a leak. A pointer that a static keeps in any other way is not seen.
//! - Under loom no time passes: `sleep` and `park_timeout` return after a yield, and `wait_timeout` never times out.

#[cfg(loom)]
#[path = "on_loom/mod.rs"]
pub(crate) mod backend;

#[cfg(all(feature = "model", not(loom), not(raddle_std)))]
#[path = "on_model/mod.rs"]
pub(crate) mod backend;

#[cfg(any(raddle_std, not(feature = "model")))]
#[cfg(not(loom))]
#[path = "on_std/mod.rs"]
pub(crate) mod backend;

#[cfg(any(loom, all(feature = "model", not(raddle_std))))]
mod composed;

#[cfg(not(loom))]
mod parker;
mod track;

pub use backend::BACKEND;
pub use backend::sync::*;

/// What the facade is made of in a build.
///
/// A test that must behave differently where an engine is exhaustive asks [`BACKEND`]; no `cfg` is needed.
///
/// ```
/// use raddle::sync::{BACKEND, Backend};
///
/// let exhaustive = BACKEND != Backend::Std;
/// println!("this build runs on {BACKEND}, exhaustive: {exhaustive}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// `std`'s types; models run on real threads.
    Std,
    /// loom's types; models run on loom.
    Loom,
    /// The engine's types; models run on the engine.
    Model,
}

impl std::fmt::Display for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Backend::Std => "std",
            Backend::Loom => "loom",
            Backend::Model => "model",
        })
    }
}

//! Tests that find the races in concurrent Rust code, and a producer–consumer channel that passes them.
//!
//! # A test
//!
//! Write the code against [`raddle::sync`](sync), [`raddle::thread`](thread), [`raddle::cell`](cell) and
//! [`raddle::hint`](hint) instead of `std`'s modules of these names, and hand [`model()`](fn@model) a closure that uses it from
//! several threads:
//!
//! ```
//! use raddle::queue::RingQueue;
//! use raddle::sync::Arc;
//! use raddle::thread;
//!
//! raddle::model(|| {
//!     let queue = Arc::new(RingQueue::new(1));
//!     let producers = [1, 2].map(|value| {
//!         let queue = queue.clone();
//!         thread::spawn(move || queue.try_push(value).is_ok())
//!     });
//!     let accepted = producers.map(|producer| producer.join().unwrap());
//!     assert!(accepted[0] != accepted[1], "there is one place");
//! });
//! ```
//!
//! The closure runs on the engine that belongs to the build. With the feature `model`, which is for tests, it is raddle's
//! own: every execution that the memory model allows, each once, on all cores. With `RUSTFLAGS="--cfg loom"` it is
//! [loom](https://docs.rs/loom), and with `RUSTFLAGS="--cfg raddle_std"`, or without the feature, real threads, many
//! times. The code under test is the same in all, and in a release build the facade is `std`, re-exported.
//!
//! # What there is
//!
//! | module | the question that it answers |
//! | --- | --- |
//! | [`sync`], [`thread`], [`cell`], [`hint`], [`alloc`] | what are the primitives in this build? (the *facade*) |
//! | [`future`] | how is a future waited for in a test? |
//! | [`queue`] | how do values move? |
//! | [`channel`] | when do producers and consumers stop? |
//! | [`model()`](fn@model) | what runs a test? |
//! | `model`, the module | what can the threads do, and what may they see? (the *engine*, feature `model`) |
//! | `check` | was that right, and can you show me? (the *harness*, feature `check`) |
//! | `catalogue` | what does wrong look like? (feature `catalogue`) |
//!
//! # Features
//!
//! None is on by default, and without any the only dependency is `crossbeam-utils`. `model` is the engine, for a
//! dev-dependency, and `check` the engine and the harness. `futures` makes the channel's ends a `Stream` and a `Sink`. `cli` is
//! the command line: the lecture's demo, `cargo demo`. `catalogue` is textbook mutants, each beside its fix; with `cli` and
//! `check` they are hunted, `cargo hunt`.

#[cfg(feature = "catalogue")]
pub mod catalogue;
pub mod channel;
#[cfg(feature = "check")]
pub mod check;
pub mod future;
#[cfg(all(feature = "cli", feature = "check", feature = "catalogue"))]
#[doc(hidden)]
pub mod hunt;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod lecture;
#[cfg(feature = "model")]
pub mod model;
pub mod queue;
pub mod sync;

mod engine;

pub use engine::{doctest, model};
pub use sync::backend::{alloc, cell, hint, thread, thread_local};

/// The README's examples, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! Which execution graphs does a small program have? All of them, found without cleverness: what the engine finds must
//! be the same set.
//!
//! - `program`: the language of the programs, which has one operation for each kind of event.
//! - `notation`: the same in few words, for programs that are written by hand.
//! - `layout`: the nodes that the graphs of a program can have.
//! - `graph`: an execution graph, and all ways to add one more event to it.
//! - `relation`: relations between events as rows of bits, and the operators that axioms are written with.
//! - `axioms`: RC11 and sequential consistency, word for word as published.
//! - `enumerate`: the blind search over all graphs.
//! - `random`: programs drawn from a seed.
//!
//! Nothing here comes from the engine, so that the two can't be wrong in the same way.

#![allow(dead_code, unused_imports, reason = "each test file uses its part of this one")]

mod axioms;
mod enumerate;
mod graph;
mod layout;
pub mod notation;
mod program;
mod random;
mod relation;

pub use axioms::{Axiom, Memory};
pub use enumerate::{Enumeration, enumerate, enumerate_without};
pub use graph::{EventId, Links, Outcome, Skeleton};
pub use program::{Op, Program};
pub use random::{random_program, shifted_program};

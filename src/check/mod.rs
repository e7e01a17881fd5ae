//! Was that right, and can you show me? The harness.
//!
//! - `spec.rs`: what the structure should do, and which calls can be made.
//! - `spec_macro.rs`: the macro [`spec!`](crate::spec!), which writes a spec and a subject from a list of methods.
//! - `scenario.rs`: which calls are made, by whom, and in which order at least.
//! - `enumerate.rs`: all scenarios up to a size, smallest first.
//! - `random.rs`: larger scenarios, drawn by proptest.
//! - `history.rs`: what was called, what came of it, and what came before what.
//! - `criterion.rs`: which orders of the calls can explain a history.
//! - `search.rs`: whether there is one that does.
//! - `verdict.rs`: whether a history is right.
//! - `witness.rs`: why no order explains it.
//! - `monitor.rs`: whether a long history of a queue is right, without a search.
//! - `queue_verdict.rs`: what the monitor looks at, and what it answers.

mod criterion;
mod enumerate;
mod history;
mod monitor;
mod queue_verdict;
mod random;
mod scenario;
mod search;
mod spec;
mod spec_macro;
mod verdict;
mod witness;

pub use criterion::Criterion;
pub use enumerate::{Size, count_scenarios, scenarios};
pub use history::{History, Operation, Outcome};
pub use monitor::{judge_bounded_queue, judge_queue};
pub use queue_verdict::{Named, Passage, QueueCall, QueueOperation, QueueVerdict, QueueViolation};
pub use random::random_scenarios;
pub use scenario::{After, Invocation, Position, Scenario, ScenarioError};
pub use spec::{Argument, Method, Spec, Subject};
pub use verdict::{Verdict, judge};
pub use witness::{Replayed, Witness};

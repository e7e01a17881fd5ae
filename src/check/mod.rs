//! Was that right, and can you show me? The harness.
//!
//! What can be called, and what should come of it:
//!
//! - `spec.rs`: what the structure should do, and which calls can be made.
//! - `spec_macro.rs`: the macro [`spec!`](crate::spec!), which writes a spec and a subject from a list of methods.
//! - `scenario.rs`: which calls are made, by whom, and in which order at least.
//! - `enumerate.rs`: all scenarios up to a size, smallest first.
//! - `random.rs`: larger scenarios, drawn by proptest.
//!
//! What came of it:
//!
//! - `request.rs`: what is to be checked, and how far.
//! - `report.rs`: what came out, and how much that says.
//! - `engine.rs`: how scenarios are run on the engine, and which is the smallest that fails.
//! - `elsewhere.rs`: how they are run on loom and on real threads.
//! - `recording.rs`: how a scenario is run, and what is recorded of it.
//! - `regressions.rs`: which scenarios have failed before.
//! - `token.rs`: how one word names an execution of a scenario.
//!
//! How it is told:
//!
//! - `explain.rs`: how a counterexample is told.
//! - `folding.rs`: which events matter, and how they are shown beside the calls.
//! - `html.rs`, `report.html`: how it looks in a browser.
//! - `drawing.rs`: how an execution is drawn.
//!
//! Whether it was right:
//!
//! - `history.rs`: what was called, what came of it, and what came before what.
//! - `criterion.rs`: which orders of the calls can explain a history.
//! - `search.rs`: whether there is one that does.
//! - `verdict.rs`: whether a history is right.
//! - `witness.rs`: why no order explains it.
//! - `judged.rs`: whether the executions of a scenario were right.
//! - `monitor.rs`: whether a long history of a queue is right, without a search.
//! - `queue_verdict.rs`: what the monitor looks at, and what it answers.
//!
//! On real threads, at length:
//!
//! - `recorder.rs`: what real threads called, when, and what came of it.
//! - `clock.rs`: which of two calls on real threads was first.
//! - `stress.rs`: whether a queue stays one when real threads push and pop as fast as they can.

mod clock;
mod criterion;
mod drawing;
mod elsewhere;
mod engine;
mod enumerate;
mod explain;
mod folding;
mod history;
pub mod html;
mod judged;
mod monitor;
mod queue_verdict;
mod random;
mod recorder;
mod recording;
mod regressions;
mod report;
mod request;
mod scenario;
mod search;
mod spec;
mod spec_macro;
mod stress;
mod token;
mod verdict;
mod witness;

pub use clock::{Clock, TimeSource};
pub use criterion::Criterion;
pub use enumerate::{Size, count_scenarios, scenarios};
pub use explain::{CallEvents, Explanation, Part, ShownCall};
pub use history::{History, Operation, Outcome};
pub(crate) use html::page_if_asked;
pub use monitor::{judge_bounded_queue, judge_queue};
pub use queue_verdict::{Named, Passage, QueueCall, QueueOperation, QueueVerdict, QueueViolation};
pub use random::random_scenarios;
pub use recorder::{Log, Record, Recorder};
pub use report::{Covered, Report, Violation};
pub use request::Check;
pub use scenario::{After, Invocation, Position, Scenario, ScenarioError};
pub use spec::{Argument, Method, Spec, Subject};
pub use stress::{Stress, StressReport};
pub use verdict::{Verdict, judge};
pub use witness::{Replayed, Witness};

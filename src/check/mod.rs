//! Was that right, and can you show me? The harness.
//!
//! - `spec.rs`: what the structure should do, and which calls can be made.
//! - `scenario.rs`: which calls are made, by whom, and in which order at least.
//! - `history.rs`: what was called, what came of it, and what came before what.

mod history;
mod scenario;
mod spec;

pub use history::{History, Operation, Outcome};
pub use scenario::{After, Invocation, Position, Scenario, ScenarioError};
pub use spec::{Argument, Method, Spec, Subject};

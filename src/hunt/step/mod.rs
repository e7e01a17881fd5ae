//! How does one walk through a counterexample, a step at a time?
//!
//! `walk` is what there is at each step, `stepper` is where somebody is and where the keys lead, `draw` is how that looks,
//! `terminal` shows it until somebody has seen enough, and `plain` is the same as text.

mod draw;
mod plain;
mod stepper;
mod terminal;
mod walk;

pub use draw::draw;
pub use plain::plain;
pub use stepper::{Next, Stepper};
pub use walk::Walk;

pub(super) use terminal::{is_on_terminal, on_terminal};

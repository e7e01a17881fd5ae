//! What `check::judge` is held against: specs, histories drawn from a seed, and the definitions, taken literally.

mod definitions;
mod histories;
mod specs;

pub use definitions::{Best, best, explains, left_at_last, must_precede, states_after};
pub use histories::{Draw, draw, has_no_intervals};
pub use specs::{Bounded, Cells, CellsCall, Failing, Queue, QueueCall, QueueRet};

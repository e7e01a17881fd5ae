//! What did the lecture show? Its program in each of its forms, on this crate's threads and channel.
//!
//! Two producers generate squares, a consumer processes them:
//!
//! - `sequential` does one thing after the other, `tasks` is the async form, `threads` the one with the channel, and
//!   `list` the one with the bug and the repair that was made on stage, both on a `shared_list`.
//! - `plan` says who does what and how long it takes, `part` is what all forms have in common, `stop` is how they
//!   learn that it is over, and `interrupts` is how the audience says so.
//! - `event` is what there is to tell, `output` the one place that writes, `summary` what a run came to, and `table`
//!   and `timeline` show that.
//! - `args` is what can be asked for, `demo` does it, `status` is what a command tells the shell.

pub mod args;
pub mod demo;
pub mod shared_list;

pub(crate) mod event;
pub(crate) mod interrupts;
mod list;
pub(crate) mod output;
mod part;
mod plan;
mod sequential;
mod status;
pub(crate) mod stop;
mod summary;
mod table;
mod tasks;
mod threads;
mod timeline;

pub use status::Status;

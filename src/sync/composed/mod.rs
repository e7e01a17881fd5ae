//! What engines lack, written on what they have.

mod once_lock;
mod scope;

pub use once_lock::OnceLock;
pub use scope::{Scope, ScopedJoinHandle, scope};

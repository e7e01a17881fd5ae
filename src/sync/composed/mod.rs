//! What engines lack, written on what they have.

mod lazy_lock;
mod once_lock;
mod scope;

pub use lazy_lock::LazyLock;
pub use once_lock::OnceLock;
pub use scope::{Scope, ScopedJoinHandle, scope};

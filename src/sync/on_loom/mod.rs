//! The loom backend: loom's items under the facade's paths, and what loom has not.

use std::time::Duration;

use super::Backend;
use crate::engine::Settings;

pub mod alloc;
mod barrier;
mod condvar;
mod once;
mod parker;
pub mod thread;

/// What the facade is made of in this build.
pub const BACKEND: Backend = Backend::Loom;

/// Nothing is lost by sleeping at once.
pub(crate) const WAKE_UP: Duration = Duration::ZERO;

pub use loom::thread_local;

pub(crate) use once::Slot;
pub(crate) use parker::Parker;

/// Declares a constructor, which is not `const`: loom's objects belong to one execution.
macro_rules! constructor {
    ($(#[$meta:meta])* pub fn $name:ident($($arguments:tt)*) -> $type:ty $body:block) => {
        $(#[$meta])*
        #[track_caller]
        pub fn $name($($arguments)*) -> $type $body
    };
}
pub(crate) use constructor;

/// Memory that threads share without atomics: loom checks every access for data races.
pub mod cell {
    pub use loom::cell::{Cell, UnsafeCell};
}

/// Hints to the processor; a spin is a yield to loom's scheduler.
pub mod hint {
    pub use loom::hint::spin_loop;

    #[doc = include_str!("../spin_until.md")]
    pub fn spin_until<R>(attempt: impl Fn() -> Option<R>) -> R {
        loop {
            if let Some(result) = attempt() {
                return result;
            }
            spin_loop();
        }
    }
}

/// loom's counterparts of the items of [`std::sync`].
pub mod sync {
    pub use super::barrier::{Barrier, BarrierWaitResult};
    pub use super::condvar::Condvar;
    pub use super::once::{Once, OnceState};
    pub use crate::sync::composed::{LazyLock, OnceLock};
    pub use loom::sync::{
        Arc, Mutex, MutexGuard, Notify, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult,
    };
    pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

    /// loom's channels: without bound, and their ends do not hear of each other.
    pub mod mpsc {
        pub use loom::sync::mpsc::{Receiver, Sender, channel};
        pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
    }

    /// loom's atomics: every ordering but `SeqCst` accesses, which it treats as `AcqRel`.
    pub mod atomic {
        pub use loom::sync::atomic::*;
        pub use std::sync::atomic::compiler_fence;
    }
}

/// Runs a documentation example.
pub(crate) fn run_once(example: impl Fn() + Send + Sync + 'static) {
    loom::model(example);
}

/// Runs `model` in every execution that loom distinguishes; loom's own `LOOM_*` variables apply.
pub(crate) fn explore(_settings: &Settings, model: impl Fn() + Send + Sync + 'static) {
    loom::model(model);
}

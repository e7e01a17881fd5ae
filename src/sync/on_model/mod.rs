//! The engine's backend: our own primitives, whose operations the engine sees. Outside of a model they are `std`'s.

use std::time::Duration;

use super::Backend;
use crate::engine::Settings;
use crate::model;

/// What the facade is made of in this build.
pub const BACKEND: Backend = Backend::Model;

/// Nothing is lost by sleeping at once.
pub(crate) const WAKE_UP: Duration = Duration::ZERO;

pub use crate::model_thread_local as thread_local;

pub(crate) use crate::model::once::Slot;

pub(crate) use crate::sync::parker::Parker;

/// Declares a constructor, which is `const` as `std`'s.
macro_rules! constructor {
    ($(#[$meta:meta])* pub fn $name:ident($($arguments:tt)*) -> $type:ty $body:block) => {
        $(#[$meta])*
        pub const fn $name($($arguments)*) -> $type $body
    };
}
pub(crate) use constructor;

/// Memory that threads share without atomics, every use of which is checked for data races.
pub mod cell {
    pub use crate::model::cell::{Cell, UnsafeCell};
}

/// Values that must be dropped: one that is not is a leak.
pub mod alloc {
    pub use crate::model::track::Track;
}

/// Hints to the processor; in a model a spin waits for other threads.
pub mod hint {
    pub use crate::model::hint::{spin_loop, spin_until};
}

/// Threads, as in [`std::thread`].
pub mod thread {
    pub use crate::model::thread::{
        AccessError, Builder, JoinHandle, LocalKey, Result, Thread, ThreadId, available_parallelism, current,
        panicking, park, park_timeout, sleep, spawn, yield_now,
    };
    pub use crate::sync::composed::{Scope, ScopedJoinHandle, scope};

    /// What knows whether a thread has ended, unless it is none of a model.
    pub(crate) type End = Thread;
}

/// The engine's counterparts of the items of [`std::sync`].
pub mod sync {
    pub use crate::model::arc::{Arc, Weak};
    pub use crate::model::barrier::{Barrier, BarrierWaitResult};
    pub use crate::model::condvar::{Condvar, WaitTimeoutResult};
    pub use crate::model::mutex::{Mutex, MutexGuard};
    pub use crate::model::once::{Once, OnceState};
    pub use crate::model::rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
    pub use crate::sync::composed::{LazyLock, OnceLock};
    pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

    /// Channels whose operations the engine sees.
    pub mod mpsc {
        pub use crate::model::mpsc::{IntoIter, Iter, Receiver, Sender, SyncSender, TryIter, channel, sync_channel};
        pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
    }

    /// Atomics whose operations the engine sees.
    pub mod atomic {
        pub use crate::model::atomic::{
            AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8, AtomicU16,
            AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
        };
    }
}

/// Runs a documentation example, in every execution that it has.
pub(crate) fn run_once(example: impl Fn() + Send + Sync + 'static) {
    let report = model::Checker::new().explore(example);
    assert!(report.violation.is_none(), "{report}");
}

/// Checks `model` as the environment says, and says how far.
#[track_caller]
pub(crate) fn explore(settings: &Settings, model: impl Fn() + Send + Sync + 'static) {
    let report = model::Checker::from_settings(settings).check(model);
    println!("raddle: {report}");
}

//! How does an object of the facade know which location it is?
//!
//! Objects are made by `const` functions and live in statics, so none can be registered when it is made. Each carries a
//! tag instead, zero when it is new, which is set when the first event of an execution touches the object: the number of
//! the execution and that of the location in it. A tag of another execution counts as none, so that statics start afresh.
//!
//! An object that outlives executions, a static or one that the model's closure owns, can be in use by several workers at
//! once. A static gets no tag, any other such object keeps the one that it got first, and each execution remembers them by
//! their addresses.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::value::is_static;

const LOCATION_BITS: u32 = 20;
/// More objects than this in one execution can't be told apart.
pub(super) const LOCATIONS_MAX: u32 = 1 << LOCATION_BITS;

/// The tag of an object whose value was used outside of all executions, as if by one with number 0, which there is not.
const OUTSIDE: u64 = 1;

/// The tag of an object: zero, or an execution's number and below it the location's.
#[derive(Debug, Default)]
pub(crate) struct Object {
    tag: AtomicU64,
}

/// Gives every execution of the process a number of its own, from 1.
static EXECUTIONS: AtomicU64 = AtomicU64::new(1);
/// How many numbers a worker takes at a time.
const BATCH: u64 = 1024;

/// The executions that run right now, for objects that are used outside.
static RUNNING: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// Which locations the objects of one execution are.
#[derive(Debug, Default)]
pub(super) struct Identities {
    execution: u64,
    batch_end: u64,
    /// By address: objects with the tag of another execution.
    long_lived: HashMap<usize, u32>,
}

impl Identities {
    /// The number of the execution, which no other one of the process has.
    pub fn execution(&self) -> u64 {
        self.execution
    }

    /// Forgets everything: a new execution begins.
    pub fn begin(&mut self) {
        self.execution += 1;
        if self.execution >= self.batch_end {
            self.leave();
            // Relaxed: only the number matters; nothing is published with it.
            let batch = EXECUTIONS.fetch_add(BATCH, Relaxed);
            (self.execution, self.batch_end) = (batch, batch + BATCH);
            RUNNING.lock().expect("nothing panics while it is held").push(batch);
        }
        self.long_lived.clear();
    }

    fn leave(&mut self) {
        if self.batch_end != 0 {
            let batch = self.batch_end - BATCH;
            RUNNING.lock().expect("nothing panics while it is held").retain(|&other| other != batch);
        }
    }

    /// Which location the object is, if it is one yet.
    #[inline]
    pub fn of(&self, object: &Object) -> Option<u32> {
        // Relaxed, here and below: a tag of this execution was set on this real thread; of any other it matters only that
        // it is another.
        let tag = object.tag.load(Relaxed);
        if tag >> LOCATION_BITS == self.execution {
            return Some((tag & u64::from(LOCATIONS_MAX - 1)) as u32);
        }
        if tag == 0 && (self.long_lived.is_empty() || !is_static(address(object))) {
            return None;
        }
        self.long_lived.get(&address(object)).copied()
    }

    /// True if the object belongs to this execution alone, or to none yet.
    pub fn is_own(&self, object: &Object) -> bool {
        // Relaxed: as above.
        let tag = object.tag.load(Relaxed);
        tag >> LOCATION_BITS == self.execution || (tag == 0 && !is_static(address(object)))
    }

    /// The object is this location from now on. True if it outlives the execution.
    pub fn bind(&mut self, object: &Object, location: u32) -> bool {
        let tag = self.execution << LOCATION_BITS | u64::from(location);
        // Relaxed: as above.
        let is_long_lived =
            is_static(address(object)) || object.tag.compare_exchange(0, tag, Relaxed, Relaxed).is_err();
        if is_long_lived {
            self.long_lived.insert(address(object), location);
        }
        is_long_lived
    }

    /// The object's value has been taken out of the execution's hands; what follows is another location.
    pub fn unbind(&mut self, object: &mut Object) {
        *object.tag.get_mut() = 0;
        self.long_lived.remove(&address(object));
    }
}

impl Drop for Identities {
    fn drop(&mut self) {
        self.leave();
    }
}

fn address(object: &Object) -> usize {
    std::ptr::from_ref(object).addr()
}

impl Object {
    pub const fn new() -> Self {
        Self { tag: AtomicU64::new(0) }
    }

    /// The object's value is used outside of all executions, and may be changed.
    pub fn note_use_outside(&self) {
        // Relaxed: whoever uses the value in a model afterwards has been told so by the user's own means. A tag of an
        // execution stays: the object outlives that one as well.
        let _ = self.tag.compare_exchange(0, OUTSIDE, Relaxed, Relaxed);
    }

    pub fn is_used_outside(&self) -> bool {
        // Relaxed: as above.
        self.tag.load(Relaxed) == OUTSIDE
    }

    /// For use outside of all executions.
    ///
    /// # Panics
    ///
    /// When the object belongs to an execution that is running: a thread which the model did not start uses it.
    #[inline]
    pub fn check_outside(&self) {
        // Relaxed: a thread that got the object from a model sees the tag by whatever it got it through.
        if self.tag.load(Relaxed) != 0 {
            self.check_not_running();
        }
    }

    #[cold]
    fn check_not_running(&self) {
        // Relaxed: as above.
        let execution = self.tag.load(Relaxed) >> LOCATION_BITS;
        let is_running = RUNNING
            .lock()
            .expect("nothing panics while it is held")
            .iter()
            .any(|&batch| (batch..batch + BATCH).contains(&execution));
        assert!(
            !is_running,
            "raddle: an object of a running model is used in a thread that the model did not start; start its threads with \
             raddle::thread::spawn or raddle::thread::scope"
        );
    }
}

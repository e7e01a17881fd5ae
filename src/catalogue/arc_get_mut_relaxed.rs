//! "I am the only owner" is about the others' past: all that they did with the value must have happened before.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::cell::UnsafeCell;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};

pub(super) const ENTRY: Entry = Entry {
    name: "arc-get-mut-relaxed",
    title: "A counted value is changed or freed by the last owner, who has not acquired what the others did",
    lesson: "To count down publishes one's last use, so it is Release. To conclude from the count that one is alone is to \
             acquire all of these.",
    source: "rust-lang/rust issue 51780 (Arc::get_mut, found by a proof) and 117485; servo pull request 21186",
    file: file!(),
    code: include_str!("arc_get_mut_relaxed.rs"),
    variants: &[
        Variant {
            name: "arc-get-mut-relaxed",
            fault: "The owner that finds itself alone does not acquire what the former owners did.",
            remedy: "The load that decides is Acquire.",
            threads: 2,
            calls: 3,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || get_mut_model(get_mut_relaxed::get_mut),
            fixed: || get_mut_model(get_mut_acquire::get_mut),
            buggy_module: "get_mut_relaxed",
            fixed_module: "get_mut_acquire",
        },
        Variant {
            name: "arc-drop-no-fence",
            fault: "The last owner frees the value without acquiring what the others did.",
            remedy: "A fence makes the last owner acquire it.",
            threads: 2,
            calls: 4,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || leave_model(leave_without_fence::leave),
            fixed: || leave_model(leave::leave),
            buggy_module: "leave_without_fence",
            fixed_module: "leave",
        },
        Variant {
            name: "arc-drop-relaxed",
            fault: "An owner that goes does not publish its last use, so the fence of the last one acquires nothing.",
            remedy: "The count goes down with Release.",
            threads: 2,
            calls: 4,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || leave_model(leave_relaxed::leave),
            fixed: || leave_model(leave::leave),
            buggy_module: "leave_relaxed",
            fixed_module: "leave",
        },
    ],
};

/// A number that is counted how many own it. Freeing it sets it to 0 here, so that using it late harms nobody.
struct Counted {
    owners: AtomicUsize,
    value: UnsafeCell<u32>,
}

// SAFETY: relies on owners to only read, and on the last one to write after all reads of the others. The wrong variants
// do not order these.
unsafe impl Sync for Counted {}

impl Counted {
    fn with_two_owners() -> Self {
        Self { owners: AtomicUsize::new(2), value: UnsafeCell::new(7) }
    }

    fn read(&self) -> u32 {
        self.value.with(|value| {
            // SAFETY: the caller is an owner; nobody writes until it goes.
            unsafe { *value }
        })
    }

    /// To be called by who is the last owner.
    fn write(&self, new: u32) {
        self.value.with_mut(|value| {
            // SAFETY: relies on the others to be gone, and their reads to have happened before.
            unsafe { *value = new }
        });
    }
}

mod get_mut_relaxed {
    use super::{Counted, Relaxed};

    /// Changes the value if nobody else owns it.
    pub fn get_mut(counted: &Counted) {
        // Relaxed: sees that the others have gone, and acquires nothing of what they did before.
        if counted.owners.load(Relaxed) == 1 {
            counted.write(8);
        }
    }
}

mod get_mut_acquire {
    use super::{Acquire, Counted};

    /// Changes the value if nobody else owns it.
    pub fn get_mut(counted: &Counted) {
        // Acquire: pairs with the Release of those who have gone, after their last reads.
        if counted.owners.load(Acquire) == 1 {
            counted.write(8);
        }
    }
}

mod leave_without_fence {
    use super::{Counted, Release};

    /// An owner goes.
    pub fn leave(counted: &Counted) {
        // Release: publishes this owner's reads. The last one would have to acquire those of the others.
        if counted.owners.fetch_sub(1, Release) == 1 {
            counted.write(0);
        }
    }
}

mod leave_relaxed {
    use super::{Acquire, Counted, Relaxed, fence};

    /// An owner goes.
    pub fn leave(counted: &Counted) {
        // Relaxed: does not publish this owner's reads.
        if counted.owners.fetch_sub(1, Relaxed) == 1 {
            // Acquire: pairs with the Release that is missing above.
            fence(Acquire);
            counted.write(0);
        }
    }
}

mod leave {
    use super::{Acquire, Counted, Release, fence};

    /// An owner goes.
    pub fn leave(counted: &Counted) {
        // Release: publishes this owner's reads.
        if counted.owners.fetch_sub(1, Release) == 1 {
            // Acquire: pairs with the Release of all that have gone before.
            fence(Acquire);
            counted.write(0);
        }
    }
}

/// An owner that reads and goes, and another one that wants to change the value.
fn get_mut_model(get_mut: fn(&Counted)) {
    let read_and_go = |counted: &Counted| {
        assert_eq!(counted.read(), 7);
        leave::leave(counted);
    };
    Actors::sharing(Counted::with_two_owners()).and(read_and_go).and(get_mut).join();
}

/// Two owners that read and go.
fn leave_model(leave: fn(&Counted)) {
    let read_and_go = move |counted: &Counted| {
        assert_eq!(counted.read(), 7);
        leave(counted);
    };
    Actors::sharing(Counted::with_two_owners()).and(read_and_go).and(read_and_go).join();
}

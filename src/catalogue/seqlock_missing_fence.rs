//! A reader that locks nothing looks at a version before and after. What keeps its reads in between?
//!
//! The fields are Relaxed atomics, as they are read while they are written. The version alone does not order them: a reader
//! needs a fence between the fields and its second look, a writer one between its first store of the version and the fields.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};

pub(super) const ENTRY: Entry = Entry {
    name: "seqlock-missing-fence",
    title: "A seqlock orders its version, and not its fields against it",
    lesson: "Acquire keeps back what comes after a load, not what is before it; Release what comes before a store, not what is \
             after it. Where the other side is needed it takes a fence.",
    source: "CPython gh-121368, pull request 121388",
    file: file!(),
    code: include_str!("seqlock_missing_fence.rs"),
    variants: &[
        Variant {
            name: "seqlock-missing-fence",
            fault: "The reader's second look at the version may be older than the fields that it has read.",
            remedy: "An Acquire fence stands between the fields and the second look.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::Panic("torn"),
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(read_without_fence::read, write::write),
            fixed: || model(read::read, write::write),
            buggy_module: "read_without_fence",
            fixed_module: "read",
        },
        Variant {
            name: "seqlock-writer-missing-fence",
            fault: "The writer's fields may be seen before the odd version that announces them.",
            remedy: "A Release fence stands between the odd version and the fields.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::Panic("torn"),
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(read::read, write_without_fence::write),
            fixed: || model(read::read, write::write),
            buggy_module: "write_without_fence",
            fixed_module: "write",
        },
    ],
};

/// Two numbers that belong together.
#[derive(Default)]
struct SeqLock {
    /// Odd while somebody writes.
    version: AtomicU32,
    fields: [AtomicU32; 2],
}

mod read_without_fence {
    use super::{Acquire, Relaxed, SeqLock};

    /// The numbers; nothing if somebody was writing.
    pub fn read(lock: &SeqLock) -> Option<[u32; 2]> {
        // Acquire: pairs with the writer's last store of the version.
        let before = lock.version.load(Acquire);
        // Relaxed: what is read counts only if the version is the same afterwards.
        let fields = [lock.fields[0].load(Relaxed), lock.fields[1].load(Relaxed)];
        // Relaxed: nothing makes this come after the fields, though they may be the writer's.
        let after = lock.version.load(Relaxed);
        (before == after && before.is_multiple_of(2)).then_some(fields)
    }
}

mod read {
    use super::{Acquire, Relaxed, SeqLock, fence};

    /// The numbers; nothing if somebody was writing.
    pub fn read(lock: &SeqLock) -> Option<[u32; 2]> {
        // Acquire: pairs with the writer's last store of the version.
        let before = lock.version.load(Acquire);
        // Relaxed: what is read counts only if the version is the same afterwards.
        let fields = [lock.fields[0].load(Relaxed), lock.fields[1].load(Relaxed)];
        // Acquire: whoever has read the writer's fields sees its odd version; pairs with the writer's fence.
        fence(Acquire);
        // Relaxed: the fence orders it.
        let after = lock.version.load(Relaxed);
        (before == after && before.is_multiple_of(2)).then_some(fields)
    }
}

mod write_without_fence {
    use super::{Relaxed, Release, SeqLock};

    /// Replaces both numbers. For one writer.
    pub fn write(lock: &SeqLock, value: u32) {
        // Relaxed: only this thread writes it.
        let version = lock.version.load(Relaxed);
        // Relaxed: nothing makes this come before the fields.
        lock.version.store(version + 1, Relaxed);
        for field in &lock.fields {
            // Relaxed: the last store of the version publishes it.
            field.store(value, Relaxed);
        }
        // Release: publishes the fields; pairs with the reader's first load.
        lock.version.store(version + 2, Release);
    }
}

mod write {
    use super::{Relaxed, Release, SeqLock, fence};

    /// Replaces both numbers. For one writer.
    pub fn write(lock: &SeqLock, value: u32) {
        // Relaxed: only this thread writes it.
        let version = lock.version.load(Relaxed);
        // Relaxed: the fence orders it.
        lock.version.store(version + 1, Relaxed);
        // Release: the odd version is seen by whoever sees a field; pairs with the reader's fence.
        fence(Release);
        for field in &lock.fields {
            // Relaxed: the last store of the version publishes it.
            field.store(value, Relaxed);
        }
        // Release: publishes the fields; pairs with the reader's first load.
        lock.version.store(version + 2, Release);
    }
}

/// A writer, and a reader that may come at any time.
fn model(read: fn(&SeqLock) -> Option<[u32; 2]>, write: fn(&SeqLock, u32)) {
    let look = move |lock: &SeqLock| {
        if let Some([first, second]) = read(lock) {
            assert_eq!(first, second, "torn");
        }
    };
    Actors::sharing(SeqLock::default()).and(move |lock| write(lock, 1)).and(look).join();
}

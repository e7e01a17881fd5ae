//! Two sides share a block, and the second to leave frees it: but is the first one out yet?
//!
//! | last sender | last receiver |
//! | --- | --- |
//! | disconnects: is the first to do so | |
//! | | disconnects: is not the first |
//! | | frees the block |
//! | **looks for receivers to be woken**, in what was the block | |

use std::mem::ManuallyDrop;
use std::ptr;

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::alloc::Track;
use crate::sync::atomic::{AtomicBool, Ordering::AcqRel};

pub(super) const ENTRY: Entry = Entry {
    name: "two-sided-free",
    title: "A shared block is freed by whoever is told that the other side has disconnected",
    lesson: "That the other side has begun to leave does not say that it is gone. Let each side say that it has done with the \
             memory, in its last touch of it, and the second to say so frees.",
    source: "crossbeam pull request 382, commit 9178ce15",
    file: file!(),
    code: include_str!("two_sided_free.rs"),
    variants: &[Variant {
        name: "two-sided-free",
        fault: "The second side frees the block while the first is in the middle of disconnecting.",
        remedy: "Each side marks the block after its last use, and who finds the mark frees it.",
        threads: 2,
        calls: 2,
        memory: Needs::Interleaving,
        symptom: Symptom::UsedAfterDrop,
        finders: &[Tool::Engine, Tool::Random],
        buggy: || model(buggy::leave),
        fixed: || model(fixed::leave),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// What the two sides share. Freeing it here drops what is in it and leaves its memory, so that using it late harms nobody.
struct Block {
    is_disconnected: AtomicBool,
    is_left: AtomicBool,
    /// How many wait to be woken: stands for whatever is in the block.
    waiting: ManuallyDrop<Track<u32>>,
}

impl Block {
    /// Disconnects both sides; true for the first to do so, which looks for whom to wake.
    fn disconnect(&self) -> bool {
        // AcqRel: Release publishes what this side did, Acquire is for the second to see it.
        let is_first = !self.is_disconnected.swap(true, AcqRel);
        if is_first {
            self.waiting.get_ref();
        }
        is_first
    }

    /// To be called when nobody uses the block any more.
    fn free(&self) {
        // SAFETY: relies on the caller to be the only one who is left, and the first to free it.
        let _dropped = unsafe { ptr::read(&*self.waiting) };
    }
}

mod buggy {
    use super::Block;

    /// The last of one side goes.
    pub fn leave(block: &Block) {
        if !block.disconnect() {
            // The other side has disconnected, or is in the middle of it.
            block.free();
        }
    }
}

mod fixed {
    use super::{AcqRel, Block};

    /// The last of one side goes.
    pub fn leave(block: &Block) {
        block.disconnect();
        // AcqRel: Release puts this side's uses of the block before, Acquire puts those of the other before the freeing.
        if block.is_left.swap(true, AcqRel) {
            block.free();
        }
    }
}

/// The last sender and the last receiver go.
fn model(leave: fn(&Block)) {
    let (is_disconnected, is_left) = (AtomicBool::new(false), AtomicBool::new(false));
    Actors::sharing(Block { is_disconnected, is_left, waiting: ManuallyDrop::new(Track::new(0)) })
        .and(leave)
        .and(leave)
        .join();
}

//! Does a loop that waits change anything?
//!
//! A thread that says `spin_loop` or `yield_now` is waiting for others. If it comes by with the same stack and registers
//! as once before, and has done nothing in between but read, then it is where it was: going on from here can lead to
//! nothing that going on from there does not. So it is stopped, and goes on in the graphs in which it has read something
//! else. (After the treatment of spin loops in GenMC: Kokologiannakis, Ren, Vafeiadis, "Dynamic Partial Order Reductions
//! for Spinloops", FMCAD'21; there a compiler pass shows that an iteration has no effect, here the stack does.)
//!
//! A loop that is written with `spin_until` says itself that a try which fails has no effect, so that it is stopped after
//! the first, and no stack need be compared.
//!
//! A counter on the stack makes iterations differ, so a loop that gives up after some tries does. What a loop counts on
//! the heap is not seen.

use std::arch::asm;
use std::hint::black_box;
use std::panic::Location;

use super::run::{Run, Status, with_current};
use super::teardown::stop;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!(
    "raddle's engine (feature `model`) knows the registers of x86-64 and of AArch64 alone; use loom's backend"
);

/// What a thread has in its stack and registers, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(u64);

/// A place where a thread has said that it waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    fingerprint: Fingerprint,
    pub site: &'static Location<'static>,
    /// How many events the thread had.
    pub events: usize,
}

/// The thread that runs waits for others: it is stopped here if it has come round to where it was.
#[inline(never)]
pub(super) fn wait_for_others(site: &'static Location<'static>) {
    clear_below();
    mark(site);
    clear_below();
}

/// Overwrites what earlier calls of the engine have left below the caller's frame.
#[inline(never)]
pub(super) fn clear_below() {
    black_box([0u64; 64]);
}

#[inline(never)]
fn mark(site: &'static Location<'static>) {
    let Some(base) = with_current(|run| run.stack_base()) else { return };
    let fingerprint = take(base);
    let been_here = with_current(|run| run.been_here(fingerprint, site)).flatten();
    if let Some(mark) = been_here {
        stop(Status::Spins(mark));
    }
}

/// A try that has begun, of a loop which says that one that fails has no effect.
pub(super) struct Attempt {
    /// How many events the thread had.
    events: usize,
    /// How many changes it had made.
    changes: u64,
}

impl Attempt {
    /// Nothing outside of models.
    pub fn begin() -> Option<Self> {
        with_current(|run| {
            let thread = &run.threads[run.running];
            Self { events: thread.executed, changes: thread.changes }
        })
    }

    /// The try has failed. If it has changed nothing, the thread is where it was, and is stopped here.
    #[inline(never)]
    pub fn fail(self, site: &'static Location<'static>) {
        let has_no_effect = with_current(|run| {
            let is_unchanged = run.threads[run.running].changes == self.changes;
            is_unchanged && !run.is_over && !run.goes_on_in_graph()
        });
        if has_no_effect == Some(true) {
            stop(Status::Spins(Mark { fingerprint: Fingerprint(0), site, events: self.events }));
        }
        wait_for_others(site);
    }
}

impl Run {
    /// True if in the graph the thread that runs has gone on from here.
    fn goes_on_in_graph(&self) -> bool {
        let executed = self.threads[self.running].executed;
        self.graph.threads.get(self.running).is_some_and(|events| events.len() > executed)
    }

    /// The earlier mark of the thread that runs with this fingerprint, if it has changed nothing since. Leaves a mark.
    fn been_here(&mut self, fingerprint: Fingerprint, site: &'static Location<'static>) -> Option<Mark> {
        if self.is_over {
            return None;
        }
        let thread = &mut self.threads[self.running];
        if thread.changes != thread.changes_at_marks {
            thread.changes_at_marks = thread.changes;
            thread.marks.clear();
        }
        let before = thread.marks.iter().find(|mark| mark.fingerprint == fingerprint).copied();
        thread.marks.push(Mark { fingerprint, site, events: thread.executed });
        before.filter(|_| !self.goes_on_in_graph())
    }
}

#[inline(never)]
fn take(base: usize) -> Fingerprint {
    let registers = registers();
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut mix = |word: u64| hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    registers.into_iter().for_each(&mut mix);
    let mut address = (&raw const registers).addr() + size_of_val(&registers);
    while address + 8 <= base {
        // SAFETY: between this frame and the fiber's base lies the fiber's own stack, mapped and aligned to words; no
        // other thread touches it. The words may be uninitialised as far as the compiler knows, so they are read by the
        // processor, behind its back.
        let word = unsafe { word_at(address) };
        mix(word);
        address += 8;
    }
    Fingerprint(hash)
}

/// Reads a word of memory.
///
/// # Safety
///
/// `address` is a multiple of 8, and the 8 bytes there can be read.
#[inline(always)]
unsafe fn word_at(address: usize) -> u64 {
    let word;
    // SAFETY: as the caller says; the instruction only reads.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("mov {}, [{}]", out(reg) word, in(reg) address, options(nostack, readonly, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("ldr {}, [{}]", out(reg) word, in(reg) address, options(nostack, readonly, preserves_flags));
    }
    word
}

/// The registers that a function must leave as they are: the caller's variables may be in them. Those that this function's
/// callers have saved to change them are on the stack.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn registers() -> [u64; 6] {
    let mut registers = [0; 6];
    // SAFETY: copies registers to memory that is lent for it.
    unsafe {
        asm!(
            "mov [{0}], rbx", "mov [{0} + 8], rbp", "mov [{0} + 16], r12",
            "mov [{0} + 24], r13", "mov [{0} + 32], r14", "mov [{0} + 40], r15",
            in(reg) registers.as_mut_ptr(), options(nostack, preserves_flags)
        );
    }
    registers
}

/// As above.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn registers() -> [u64; 19] {
    let mut registers = [0; 19];
    // SAFETY: copies registers to memory that is lent for it.
    unsafe {
        asm!(
            "stp x19, x20, [{0}]", "stp x21, x22, [{0}, 16]", "stp x23, x24, [{0}, 32]",
            "stp x25, x26, [{0}, 48]", "stp x27, x28, [{0}, 64]", "stp d8, d9, [{0}, 80]",
            "stp d10, d11, [{0}, 96]", "stp d12, d13, [{0}, 112]", "stp d14, d15, [{0}, 128]", "str x29, [{0}, 144]",
            in(reg) registers.as_mut_ptr(), options(nostack, preserves_flags)
        );
    }
    registers
}

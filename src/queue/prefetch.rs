//! Where a push will write soon is asked for in time.
//!
//! The slots that a push fills are in the cache of a consumer's processor, and come from there a line at a time. On x86 the next
//! compare-and-swap waits until what was stored before it is in the cache, so pushes would wait for one line after the other.
//! Asked for in time, the lines come side by side.

#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::arch::asm;

/// The bytes of a cache line.
pub(super) const LINE: usize = 64;

/// How far ahead of where it writes the push of a ring asks, in bytes.
pub(super) const AHEAD: usize = 8 * LINE;

/// Asks for the cache line of `place`, to be written soon. A hint: where there is no such instruction it does nothing.
#[inline]
pub(super) fn prefetch_for_write<T>(place: *const T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: it reads and writes no memory and does not fault, whatever the address. Processors that don't know it take it for
    // a no-op.
    unsafe {
        asm!("prefetchw [{}]", in(reg) place.addr(), options(nomem, nostack, preserves_flags));
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = place;
}

/// How many slots there are to so many bytes, 1 at least.
pub(super) const fn slots_in<S>(bytes: usize) -> usize {
    match size_of::<S>() {
        0 => usize::MAX,
        size if size < bytes => bytes / size,
        _ => 1,
    }
}

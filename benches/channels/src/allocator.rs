//! How much memory does this thread hold? An allocator that counts, for every program that uses this library.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Bytes that this thread allocated, less those it freed. Without a destructor, so that it needs no memory itself.
    static HELD: Cell<i64> = const { Cell::new(0) };
}

/// The system's allocator; for each call it adds one number to another.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(size: usize, sign: i64) {
    HELD.set(HELD.get() + sign * size as i64);
}

// SAFETY: all is passed on to the system's allocator, which keeps the contract; the count touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: what the caller promises, the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: what the caller promises, the system's allocator asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        // SAFETY: `place` came from `System`, as all does here; the caller promises the rest.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: `place` came from `System`, as all does here; the caller promises the rest.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Bytes, as asked for, that this thread has allocated and not freed; may be negative, where it freed others'.
pub fn bytes_held() -> i64 {
    HELD.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_counted_and_what_is_freed_no_more() {
        let before = bytes_held();
        let mut values = Vec::<u64>::with_capacity(100);
        assert_eq!(bytes_held() - before, 800);
        values.reserve_exact(1000);
        assert_eq!(bytes_held() - before, 8000);
        drop(values);
        assert_eq!(bytes_held(), before);
    }
}

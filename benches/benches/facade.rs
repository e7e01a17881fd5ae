//! What does the facade cost on the std backend? One ring, written once, compiled on the facade and on `std` itself;
//! one push and one pop, without contention.

use std::hint::black_box;

use raddle_benches::Comparison;

/// The fast path of a ring with stamped slots; `$with_mut` lends the content of its cell.
macro_rules! ring {
    ($module:ident, $($sync:ident)::+, $($unsafe_cell:ident)::+, |$cell:ident, $access:ident| $with_mut:expr) => {
        mod $module {
            use $($sync)::+::{AtomicUsize, Ordering};
            use $($unsafe_cell)::+;

            #[inline(always)]
            fn with_mut<R>($cell: &UnsafeCell<u64>, $access: impl FnOnce(*mut u64) -> R) -> R {
                $with_mut
            }

            pub struct Ring {
                head: AtomicUsize,
                tail: AtomicUsize,
                slots: Box<[(AtomicUsize, UnsafeCell<u64>)]>,
            }

            impl Ring {
                pub fn new(capacity: usize) -> Self {
                    let slots = (0..capacity).map(|index| (AtomicUsize::new(index), UnsafeCell::new(0))).collect();
                    Self { head: AtomicUsize::new(0), tail: AtomicUsize::new(0), slots }
                }

                pub fn push(&self, value: u64) -> bool {
                    let tail = self.tail.load(Ordering::Relaxed);
                    let (stamp, cell) = &self.slots[tail % self.slots.len()];
                    // Acquire and Release hand the slot from push to pop and back, here and below.
                    let free = stamp.load(Ordering::Acquire) == tail;
                    let moved = free
                        && self.tail.compare_exchange(tail, tail + 1, Ordering::SeqCst, Ordering::Relaxed).is_ok();
                    if moved {
                        // SAFETY: one thread uses the ring.
                        with_mut(cell, |place| unsafe { *place = value });
                        stamp.store(tail + 1, Ordering::Release);
                    }
                    moved
                }

                pub fn pop(&self) -> Option<u64> {
                    let head = self.head.load(Ordering::Relaxed);
                    let (stamp, cell) = &self.slots[head % self.slots.len()];
                    let full = stamp.load(Ordering::Acquire) == head + 1;
                    let moved = full
                        && self.head.compare_exchange(head, head + 1, Ordering::SeqCst, Ordering::Relaxed).is_ok();
                    moved.then(|| {
                        // SAFETY: one thread uses the ring.
                        let value = with_mut(cell, |place| unsafe { *place });
                        stamp.store(head + self.slots.len(), Ordering::Release);
                        value
                    })
                }
            }

            #[inline(never)]
            pub fn pairs(ring: &Ring, count: u64) {
                for value in 0..count {
                    assert!(ring.push(super::black_box(value)));
                    assert_eq!(super::black_box(ring.pop()), Some(value));
                }
            }
        }
    };
}

ring!(on_the_facade, raddle::sync::atomic, raddle::cell::UnsafeCell, |cell, access| cell.with_mut(access));
ring!(on_std, std::sync::atomic, std::cell::UnsafeCell, |cell, access| access(cell.get()));

fn main() {
    let facade = on_the_facade::Ring::new(1024);
    let std = on_std::Ring::new(1024);
    let comparison = Comparison::of(|count| on_the_facade::pairs(&facade, count), |count| on_std::pairs(&std, count));
    println!("push and pop, facade : std     {comparison}");
}

//! The facade's `Arc` does on every backend what `std`'s does: raw pointers own as their owners do, and the last owner gets
//! the value.

mod outcomes;

use outcomes::Outcomes;
use raddle::sync::Arc;
use raddle::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use raddle::thread;

/// Counts its drops.
struct Counted(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        // Relaxed: only the number matters.
        self.0.fetch_add(1, Relaxed);
    }
}

/// A pointer that owns, on its way to another thread.
struct Raw<T>(*const T);
// SAFETY: whoever has the pointer has an owner, which may be sent.
unsafe impl<T: Send + Sync> Send for Raw<T> {}

impl<T> Raw<T> {
    fn get(self) -> *const T {
        self.0
    }
}

#[test]
fn a_raw_pointer_owns_until_an_owner_is_made_of_it() {
    Outcomes::of(|| {
        let drops = std::sync::Arc::default();
        let owner = Arc::new(Counted(std::sync::Arc::clone(&drops)));
        let raw = Raw(Arc::into_raw(owner.clone()));
        assert!(std::ptr::eq(Arc::as_ptr(&owner), raw.0));
        let thread = thread::spawn(move || {
            // SAFETY: the pointer is from `into_raw`, and this is the only owner that is made of it.
            drop(unsafe { Arc::from_raw(raw.get()) });
        });
        drop(owner);
        thread.join().unwrap();
        // Relaxed: the thread has been joined.
        drops.load(Relaxed)
    })
    .are([1]);
}

#[test]
fn owners_that_are_counted_by_hand_count() {
    Outcomes::of(|| {
        let owner = Arc::new(AtomicUsize::new(0));
        let raw = Arc::into_raw(owner);
        let threads = [1, 2].map(|value| {
            // SAFETY: the pointer is from `into_raw`, and its owner is still there.
            unsafe { Arc::increment_strong_count(raw) };
            let raw = Raw(raw);
            thread::spawn(move || {
                // SAFETY: this is the owner that was counted above.
                let owner = unsafe { Arc::from_raw(raw.get()) };
                // Relaxed: only the number matters.
                owner.fetch_add(value, Relaxed);
                let raw = Arc::into_raw(owner);
                // SAFETY: it is the same owner, which is gone with this.
                unsafe { Arc::decrement_strong_count(raw) };
            })
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        // SAFETY: this is the first owner.
        let owner = unsafe { Arc::from_raw(raw) };
        assert_eq!(Arc::strong_count(&owner), 1);
        Arc::try_unwrap(owner).unwrap().load(Relaxed)
    })
    .are([3]);
}

#[test]
fn an_owner_can_have_its_value_alone() {
    let outcomes = Outcomes::of(|| {
        let owner = Arc::new(1);
        let other = thread::spawn({
            let owner = owner.clone();
            move || Arc::try_unwrap(owner).ok()
        });
        let mine = thread::spawn(move || Arc::try_unwrap(owner).ok());
        let both = [mine.join().unwrap(), other.join().unwrap()];
        assert_ne!(both, [Some(1), Some(1)]);
        both
    });
    // Each may find that the other is still there, and give its own up only then.
    outcomes.are([[None, Some(1)], [Some(1), None], [None, None]]);
}

/// What loom's has not: weak references, and what needs them or is more than one step.
#[cfg(not(loom))]
mod beyond_loom {
    use super::*;
    use raddle::sync::Weak;

    #[test]
    fn one_of_the_owners_gets_the_value() {
        let outcomes = Outcomes::of(|| {
            let owner = Arc::new(1);
            let threads = [owner.clone(), owner].map(|owner| thread::spawn(move || Arc::into_inner(owner)));
            threads.map(|thread| thread.join().unwrap())
        });
        outcomes.are([[None, Some(1)], [Some(1), None]]);
    }

    #[test]
    fn who_is_not_alone_gets_a_clone() {
        let outcomes = Outcomes::of(|| {
            let owner = Arc::new(String::from("warp"));
            let address = owner.as_ptr().addr();
            let threads = [owner.clone(), owner].map(|owner| thread::spawn(move || Arc::unwrap_or_clone(owner)));
            let texts = threads.map(|thread| thread.join().unwrap());
            assert!(texts.iter().all(|text| text == "warp"));
            texts.map(|text| text.as_ptr().addr() == address)
        });
        outcomes.are([[false, true], [true, false], [false, false]]);
    }

    #[test]
    fn a_value_can_know_itself_but_not_before_it_is_made() {
        struct Node {
            this: Weak<Node>,
            value: u8,
        }
        let outcomes = Outcomes::of(|| {
            let node = Arc::new_cyclic(|this| {
                let early = this.clone();
                let seen = thread::spawn(move || early.upgrade().map(|node: Arc<Node>| node.value));
                assert!(this.upgrade().is_none());
                assert!(seen.join().unwrap().is_none());
                Node { this: this.clone(), value: 1 }
            });
            assert_eq!((Arc::strong_count(&node), Arc::weak_count(&node)), (1, 1));
            let weak = node.this.clone();
            let upgrader = thread::spawn(move || weak.upgrade().map(|node| node.value));
            drop(node);
            upgrader.join().unwrap()
        });
        outcomes.are([None, Some(1)]);
    }

    #[test]
    fn whoever_upgrades_while_a_value_is_made_gets_it_whole_or_not() {
        let outcomes = Outcomes::of(|| {
            let mut thread = None;
            let place = Arc::new_cyclic(|this: &Weak<[u8; 2]>| {
                let this = this.clone();
                thread = Some(thread::spawn(move || this.upgrade().map(|value| *value)));
                [1, 2]
            });
            let seen = thread.unwrap().join().unwrap();
            assert_eq!(*place, [1, 2]);
            seen
        });
        outcomes.are([None, Some([1, 2])]);
    }

    #[test]
    fn a_raw_weak_reference_is_counted() {
        Outcomes::of(|| {
            let owner = Arc::new(1);
            let raw = Arc::downgrade(&owner).into_raw();
            let before = Arc::weak_count(&owner);
            let thread = thread::spawn({
                let raw = Raw(raw);
                // SAFETY: the pointer is from `into_raw`, and this is the only reference that is made of it.
                move || unsafe { Weak::from_raw(raw.get()) }.upgrade().map(|value| *value)
            });
            let seen = thread.join().unwrap();
            (before, seen, Arc::weak_count(&owner), Weak::<u8>::new().upgrade())
        })
        .are([(1, Some(1), 0, None)]);
    }

    #[test]
    fn what_is_owned_may_be_a_slice_or_a_text() {
        Outcomes::of(|| {
            let (slice, text): (Arc<[u8]>, Arc<str>) = (Arc::from([1, 2]), Arc::from(String::from("weft")));
            let boxed: Arc<[u8]> = Arc::from(vec![3].into_boxed_slice());
            let pinned = Arc::pin(4);
            thread::spawn(move || format!("{slice:?} {text} {boxed:?} {pinned}")).join().unwrap()
        })
        .are(["[1, 2] weft [3] 4".to_owned()]);
    }
}

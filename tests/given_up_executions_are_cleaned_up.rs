//! An execution that can't go on is given up: its threads unwind, and what they own is dropped once. The next execution and
//! the next check find everything as if nothing had been before.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::HashSet;
use std::ptr;
use std::sync::atomic::AtomicUsize as RealUsize;
use std::sync::{Arc as RealArc, Mutex as RealMutex};
use std::thread as real;

use raddle::cell::UnsafeCell;
use raddle::model::{Checker, Coverage, ViolationKind, assume};
use raddle::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};
use raddle::sync::{Arc, Mutex, MutexGuard, PoisonError};
use raddle::thread;

/// Counts its drops.
#[derive(Clone)]
struct Counted(RealArc<RealUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Treiber's stack, whose destructor pops as others do.
struct Stack {
    top: AtomicPtr<Node>,
}

struct Node {
    below: *mut Node,
    _value: Counted,
}

impl Stack {
    fn push(&self, value: Counted) {
        let node = Box::into_raw(Box::new(Node { below: ptr::null_mut(), _value: value }));
        let mut top = self.top.load(Acquire);
        loop {
            // SAFETY: the node is nobody else's before the exchange succeeds.
            unsafe { (*node).below = top };
            match self.top.compare_exchange(top, node, AcqRel, Acquire) {
                Ok(_) => return,
                Err(other) => top = other,
            }
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        loop {
            let top = self.top.load(Acquire);
            if top.is_null() {
                return;
            }
            // SAFETY: a node that is on the stack is whole, and this is the last user.
            let below = unsafe { (*top).below };
            if self.top.compare_exchange(top, below, AcqRel, Acquire).is_ok() {
                // SAFETY: the node has just been taken off the stack.
                drop(unsafe { Box::from_raw(top) });
            }
        }
    }
}

#[test]
fn a_destructor_that_changes_atomics_sees_its_own_changes() {
    let made = RealArc::new(RealUsize::new(0));
    let dropped = RealArc::new(RealUsize::new(0));
    let report = Checker::new().workers(1).explore({
        let (made, dropped) = (made.clone(), dropped.clone());
        move || {
            let stack = Arc::new(Stack { top: AtomicPtr::default() });
            let pushers = [0, 1].map(|_| {
                let stack = stack.clone();
                let value = Counted(dropped.clone());
                made.fetch_add(1, SeqCst);
                thread::spawn(move || stack.push(value))
            });
            pushers.into_iter().for_each(|pusher| pusher.join().unwrap());
            assume(stack.top.load(Relaxed).is_null());
        }
    });
    assert!(report.violation.is_none(), "{report}");
    assert!(report.blocked >= 2 && report.executions == 0, "{report}");
    assert_eq!(made.load(SeqCst), dropped.load(SeqCst));
}

/// In a critical section.
struct Section<'lock>(MutexGuard<'lock, bool>);

impl<'lock> Section<'lock> {
    fn enter(is_inside: &'lock Mutex<bool>) -> Self {
        let mut guard = is_inside.lock().unwrap_or_else(PoisonError::into_inner);
        *guard = true;
        Self(guard)
    }
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        *self.0 = false;
    }
}

#[test]
fn a_destructor_that_takes_a_lock_waits_until_the_thread_that_has_it_is_unwound() {
    /// How many were dropped, and how many while somebody was inside.
    type Drops = RealArc<[RealUsize; 2]>;
    struct Looks<'lock>(&'lock Mutex<bool>, Drops);
    impl Drop for Looks<'_> {
        fn drop(&mut self) {
            let is_inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            self.1[0].fetch_add(1, SeqCst);
            self.1[1].fetch_add(usize::from(*is_inside), SeqCst);
        }
    }
    let drops = Drops::default();
    let report = Checker::new().workers(1).explore({
        let drops = drops.clone();
        move || {
            let is_inside = Mutex::new(false);
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let _looks = Looks(&is_inside, drops.clone());
                        let _section = Section::enter(&is_inside);
                        assume(false);
                    });
                }
            });
        }
    });
    assert!(report.violation.is_none() && report.executions == 0 && report.blocked >= 3, "{report}");
    let [all, inside] = [0, 1].map(|count| drops[count].load(SeqCst) as u64);
    assert_eq!((all, inside), (3 * report.blocked, 0));
}

#[test]
fn a_destructor_may_start_and_join_a_thread() {
    struct Starts(RealArc<RealUsize>);
    impl Drop for Starts {
        fn drop(&mut self) {
            let counted = Counted(self.0.clone());
            // Whether it runs is open; what it owns is dropped.
            let _ = thread::spawn(move || drop(counted)).join();
        }
    }
    let dropped = RealArc::new(RealUsize::new(0));
    let report = Checker::new().explore({
        let dropped = dropped.clone();
        move || {
            let flag = AtomicUsize::new(0);
            flag.store(1, Relaxed);
            let _starts = Starts(dropped.clone());
            assume(false);
        }
    });
    assert!(report.violation.is_none() && report.blocked == 1, "{report}");
    assert_eq!(dropped.load(SeqCst), 1);
}

#[test]
fn checks_of_one_thread_run_on_the_same_real_threads() {
    let seen = RealArc::new(RealMutex::new(HashSet::new()));
    for _ in 0..10 {
        let seen = seen.clone();
        Checker::new().workers(1).check(move || {
            seen.lock().unwrap().insert(real::current().id());
            AtomicUsize::new(0).store(1, Relaxed);
        });
    }
    assert_eq!(seen.lock().unwrap().len(), 1);
    assert!(!seen.lock().unwrap().contains(&real::current().id()));
}

#[test]
fn what_a_model_owns_is_dropped_when_its_check_is_over() {
    for workers in [1, 2] {
        for _ in 0..200 {
            let owned = RealArc::new(());
            Checker::new().workers(workers).check({
                let owned = owned.clone();
                move || {
                    let _owned = &owned;
                    let flag = Arc::new(AtomicUsize::new(0));
                    let there = flag.clone();
                    let other = thread::spawn(move || there.store(1, Release));
                    flag.load(Acquire);
                    other.join().unwrap();
                }
            });
            assert_eq!(RealArc::strong_count(&owned), 1);
        }
    }
}

struct Plain(UnsafeCell<u32>);

// SAFETY: not sound, which is what the test is about; the engine runs one thread at a time.
unsafe impl Sync for Plain {}

impl Plain {
    fn add_one(&self) {
        // SAFETY: as above.
        self.0.with_mut(|value| unsafe { *value += 1 });
    }
}

/// Races when it is dropped.
struct Racy(Arc<Plain>);

impl Drop for Racy {
    fn drop(&mut self) {
        self.0.add_one();
    }
}

#[test]
fn a_violation_in_the_middle_of_unwinding_does_not_disturb_the_next_check() {
    for _ in 0..3 {
        let report = Checker::new().explore(|| {
            let cell = Arc::new(Plain(UnsafeCell::new(0)));
            let there = cell.clone();
            let other = thread::spawn(move || {
                let _racy = Racy(there);
                panic!("unwinds");
            });
            cell.add_one();
            let _ = other.join();
        });
        assert_eq!(
            report.violation.as_ref().map(|violation| violation.kind),
            Some(ViolationKind::DataRace),
            "{report}"
        );
        assert!(!real::panicking());
        let report = Checker::new().explore(|| {
            AtomicUsize::new(0).store(1, Relaxed);
            assert!(!thread::panicking() && !real::panicking());
        });
        assert!(report.violation.is_none() && report.coverage == Coverage::Complete, "{report}");
    }
}

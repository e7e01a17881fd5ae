//! Of each of these structures there is a right variant, which passes completely, and a wrong one, which is found: by a
//! smallest program, in the words that say what is wrong.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;

use raddle::cell::UnsafeCell;
use raddle::check::{Check, Subject};
use raddle::model::{Coverage, ViolationKind};
use raddle::sync::atomic::{
    AtomicBool, AtomicU32, AtomicUsize,
    Ordering::{self, Acquire, Relaxed, Release, SeqCst},
};
use raddle::sync::{Condvar, Mutex};

/// The wrong variant fails in this way and by this program, and these words tell why.
#[track_caller]
fn is_found<S: Subject>(check: Check<S>, kind: ViolationKind, program: &str, words: &str) {
    let violation = check.explore().violation.expect("a violation");
    assert_eq!((violation.kind, &*violation.scenario.to_string()), (kind, program), "{violation}");
    assert!(violation.to_string().contains(words), "{violation}");
}

/// The right one does not.
#[track_caller]
fn passes<S: Subject>(check: Check<S>) {
    assert_eq!(check.run().coverage, Coverage::Complete);
}

/// A list. If it is wrong, a push that meets another puts its value in front.
#[derive(Default)]
struct List<const IS_WRONG: bool> {
    values: Mutex<VecDeque<u32>>,
    pushing: AtomicUsize,
}

impl<const IS_WRONG: bool> List<IS_WRONG> {
    fn push(&self, value: u32) {
        // Relaxed, both: a guess, on which nothing should depend.
        let is_alone = self.pushing.fetch_add(1, Relaxed) == 0;
        let mut values = self.values.lock().unwrap();
        if IS_WRONG && !is_alone {
            values.push_front(value);
        } else {
            values.push_back(value);
        }
        drop(values);
        self.pushing.fetch_sub(1, Relaxed);
    }

    fn pop(&self) -> Option<u32> {
        self.values.lock().unwrap().pop_front()
    }
}

macro_rules! lists {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: List<$is_wrong> = List::default(), like VecDeque<u32>;
            fn push(value: fresh) -> () = |list| list.push(value), |list| Some(list.push_back(value));
            fn pop() -> Option<u32> = |list| list.pop(), |list| Some(list.pop_front());
        }
    )*};
}
lists!(list: false, wrong_list: true);

#[test]
fn last_in_first_out_between_two_producers_is_found() {
    passes(Check::<list::Subject>::new().threads(3).calls(4));
    // Not where one thread pushes alone.
    passes(Check::<wrong_list::Subject>::new().threads(1).calls(6));
    is_found(
        Check::<wrong_list::Subject>::new(),
        ViolationKind::Unexplained,
        "thread 1 | push(1)  push(2)  pop()\nthread 2 | push(3)",
        "pop() returned Some(2), where Some(1) was due",
    );
}

/// A list whose length can be had without the lock. If it is wrong, it counts a value before it is there.
#[derive(Default)]
struct Counted<const IS_WRONG: bool> {
    values: Mutex<VecDeque<u32>>,
    len: AtomicUsize,
}

impl<const IS_WRONG: bool> Counted<IS_WRONG> {
    fn push(&self, value: u32) {
        if IS_WRONG {
            self.len.fetch_add(1, SeqCst);
        }
        let mut values = self.values.lock().unwrap();
        values.push_back(value);
        if !IS_WRONG {
            self.len.fetch_add(1, SeqCst);
        }
    }

    fn pop(&self) -> Option<u32> {
        let mut values = self.values.lock().unwrap();
        let value = values.pop_front()?;
        self.len.fetch_sub(1, SeqCst);
        Some(value)
    }
}

macro_rules! counted_lists {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: Counted<$is_wrong> = Counted::default(), like VecDeque<u32>;
            fn push(value: fresh) -> () = |list| list.push(value), |list| Some(list.push_back(value));
            fn pop() -> Option<u32> = |list| list.pop(), |list| Some(list.pop_front());
            fn len() -> usize = |list| list.len.load(SeqCst), |list| Some(list.len());
        }
    )*};
}
counted_lists!(counted: false, counted_too_early: true);

#[test]
fn a_length_that_counts_what_is_not_there_yet_is_found() {
    passes(Check::<counted::Subject>::new().threads(3).calls(4));
    is_found(
        Check::<counted_too_early::Subject>::new(),
        ViolationKind::Unexplained,
        "thread 1 | len()  pop()\nthread 2 | push(1)",
        "pop() returned None, where Some(1) was due",
    );
}

/// Lamport's ring with two places. If it is wrong, each end looks at the other's index with Acquire, and may see an old one.
#[derive(Default)]
struct Lamport<const IS_WRONG: bool> {
    pushed: AtomicUsize,
    popped: AtomicUsize,
    slots: [AtomicU32; 2],
}

impl<const IS_WRONG: bool> Lamport<IS_WRONG> {
    const STORE: Ordering = if IS_WRONG { Release } else { SeqCst };
    const LOAD: Ordering = if IS_WRONG { Acquire } else { SeqCst };

    fn try_push(&self, value: u32) -> bool {
        // Relaxed: only this end writes it.
        let pushed = self.pushed.load(Relaxed);
        if pushed - self.popped.load(Self::LOAD) == 2 {
            return false;
        }
        // Relaxed: the store of `pushed` publishes it.
        self.slots[pushed % 2].store(value, Relaxed);
        self.pushed.store(pushed + 1, Self::STORE);
        true
    }

    fn try_pop(&self) -> Option<u32> {
        // Relaxed: only this end writes it.
        let popped = self.popped.load(Relaxed);
        if self.pushed.load(Self::LOAD) == popped {
            return None;
        }
        // Relaxed: the load of `pushed` has acquired it.
        let value = self.slots[popped % 2].load(Relaxed);
        self.popped.store(popped + 1, Self::STORE);
        Some(value)
    }
}

macro_rules! lamport_rings {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: Lamport<$is_wrong> = Lamport::default(), like VecDeque<u32>;
            fn try_push(value: fresh) -> bool as producer = |ring| ring.try_push(value),
                |list| Some(list.len() < 2 && { list.push_back(value); true });
            fn try_pop() -> Option<u32> as consumer = |ring| ring.try_pop(), |list| Some(list.pop_front());
        }
    )*};
}
lamport_rings!(lamport: false, stale_lamport: true);

#[test]
fn a_pop_that_misses_what_is_there_is_found() {
    passes(Check::<lamport::Subject>::new().threads(2).calls(7));
    is_found(
        Check::<stale_lamport::Subject>::new().calls(5),
        ViolationKind::Unexplained,
        "thread 1 | try_push(1)  try_push(2)  try_push(3)\nthread 2 | try_pop()  try_pop()",
        "try_pop() returned None, where Some(2) was due",
    );
}

/// A list that can be closed. If it is wrong, what is in it is lost then.
#[derive(Default)]
struct Closable<const IS_WRONG: bool>(Mutex<State>);

/// The values, and whether it is closed.
type State = (VecDeque<u32>, bool);

impl<const IS_WRONG: bool> Closable<IS_WRONG> {
    fn push(&self, value: u32) -> bool {
        let mut state = self.0.lock().unwrap();
        !state.1 && {
            state.0.push_back(value);
            true
        }
    }

    fn pop(&self) -> Result<Option<u32>, Closed> {
        let mut state = self.0.lock().unwrap();
        let value = state.0.pop_front();
        if value.is_none() && state.1 { Err(Closed) } else { Ok(value) }
    }

    fn close(&self) {
        let mut state = self.0.lock().unwrap();
        state.1 = true;
        if IS_WRONG {
            state.0.clear();
        }
    }
}

/// The list is closed and there is nothing in it.
#[derive(Clone, Debug, PartialEq)]
struct Closed;

macro_rules! closable_lists {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: Closable<$is_wrong> = Closable::default(), like State;
            fn push(value: fresh) -> bool = |list| list.push(value),
                |(values, is_closed)| Some(!*is_closed && { values.push_back(value); true });
            fn pop() -> Result<Option<u32>, Closed> = |list| list.pop(),
                |(values, is_closed)| Some(match values.pop_front() {
                    None if *is_closed => Err(Closed),
                    value => Ok(value),
                });
            fn close() -> () = |list| list.close(), |(_, is_closed)| Some(*is_closed = true);
        }
    )*};
}
closable_lists!(closable: false, emptied_by_close: true);

#[test]
fn a_value_that_is_lost_when_the_list_is_closed_is_found() {
    passes(Check::<closable::Subject>::new().threads(3).calls(4));
    is_found(
        Check::<emptied_by_close::Subject>::new(),
        ViolationKind::Unexplained,
        "thread 1 | push(1)  close()  pop()",
        "pop() returned Err(Closed), where Ok(Some(1)) was due",
    );
}

/// A queue with one place, whose calls wait. It wakes all that wait after each call, or, if it is wrong, one of them.
struct Place<const IS_WRONG: bool> {
    value: Mutex<Option<u32>>,
    changed: Condvar,
}

impl<const IS_WRONG: bool> Place<IS_WRONG> {
    fn new() -> Self {
        Self { value: Mutex::new(None), changed: Condvar::new() }
    }

    fn tell(&self) {
        if IS_WRONG { self.changed.notify_one() } else { self.changed.notify_all() }
    }

    fn push(&self, value: u32) {
        let mut place = self.changed.wait_while(self.value.lock().unwrap(), |place| place.is_some()).unwrap();
        *place = Some(value);
        self.tell();
    }

    fn pop(&self) -> u32 {
        let mut place = self.changed.wait_while(self.value.lock().unwrap(), |place| place.is_none()).unwrap();
        self.tell();
        place.take().unwrap()
    }
}

macro_rules! places {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: Place<$is_wrong> = Place::new(), like Option<u32>;
            fn push(value: fresh) -> () = |place| place.push(value),
                |place| place.is_none().then(|| *place = Some(value));
            fn pop() -> u32 = |place| place.pop(), |place| place.take();
        }
    )*};
}
places!(place: false, place_that_wakes_one: true);

#[test]
fn waking_one_where_all_must_be_woken_is_found() {
    passes(Check::<place::Subject>::new().threads(3).calls(4).spurious_wakeups(0));
    is_found(
        Check::<place_that_wakes_one::Subject>::new().spurious_wakeups(0),
        ViolationKind::Deadlock,
        "thread 1 | push(1)  push(2)\nthread 2 | pop()\nthread 3 | pop()",
        "push(2) waits for ever, where () was due",
    );
}

/// A slot with a flag that says whether a value is in it. If it is wrong, the flag does not publish the value.
struct Slot<const IS_WRONG: bool> {
    is_full: AtomicBool,
    value: UnsafeCell<u32>,
}

// SAFETY: `is_full` says whose turn it is to touch the value: the producer's if it is not, the consumer's if it is. That the
// wrong variant breaks this is what its test is about; on the engine, which tells instead of racing.
unsafe impl<const IS_WRONG: bool> Sync for Slot<IS_WRONG> {}

impl<const IS_WRONG: bool> Slot<IS_WRONG> {
    fn new() -> Self {
        Self { is_full: AtomicBool::new(false), value: UnsafeCell::new(0) }
    }

    fn try_push(&self, value: u32) -> bool {
        // Acquire: pairs with the Release store in `try_pop`, after which the value is not touched.
        if self.is_full.load(Acquire) {
            return false;
        }
        self.value.with_mut(|place| {
            // SAFETY: it is the producer's turn, and there is one producer.
            unsafe { *place = value }
        });
        // Release: publishes the value; pairs with the Acquire load in `try_pop`.
        self.is_full.store(true, if IS_WRONG { Relaxed } else { Release });
        true
    }

    fn try_pop(&self) -> Option<u32> {
        // Acquire: pairs with the Release store in `try_push`.
        if !self.is_full.load(Acquire) {
            return None;
        }
        let value = self.value.with(|place| {
            // SAFETY: it is the consumer's turn, and there is one consumer.
            unsafe { *place }
        });
        // Release: gives the slot back; pairs with the Acquire load in `try_push`.
        self.is_full.store(false, Release);
        Some(value)
    }
}

macro_rules! slots {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: Slot<$is_wrong> = Slot::new(), like Option<u32>;
            fn try_push(value: fresh) -> bool as producer = |slot| slot.try_push(value),
                |slot| Some(slot.is_none() && { *slot = Some(value); true });
            fn try_pop() -> Option<u32> as consumer = |slot| slot.try_pop(), |slot| Some(slot.take());
        }
    )*};
}
slots!(slot: false, unpublished_slot: true);

#[test]
fn a_value_that_is_not_published_is_found() {
    passes(Check::<slot::Subject>::new().threads(2).calls(7));
    is_found(
        Check::<unpublished_slot::Subject>::new(),
        ViolationKind::DataRace,
        "thread 1 | try_push(1)\nthread 2 | try_pop()",
        "data race",
    );
}

//! What an execution made and left behind is a violation, told with the line that made it; what is dropped late, or kept by
//! what outlives the execution, is none. To look changes nothing about the executions.
//!
//! Line numbers are part of what is shown, so the models come first and stay where they are.
#![cfg(not(any(loom, raddle_std)))]

use std::mem::{ManuallyDrop, MaybeUninit, forget};

use raddle::alloc::Track;
use raddle::cell::UnsafeCell;
use raddle::model::{Checker, Counterexample, Coverage, Report, Strategy, ViolationKind};
use raddle::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use raddle::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize};
use raddle::sync::{Arc, Condvar, LazyLock, Mutex, OnceLock, Weak, mpsc};
use raddle::thread;

/// Owns the next one.
#[derive(Default)]
struct Node {
    next: Mutex<Option<Arc<Node>>>,
}

fn circle_of_owners() {
    let first = Arc::new(Node::default());
    let second = Arc::new(Node { next: Mutex::new(Some(first.clone())) });
    thread::spawn(move || *first.next.lock().unwrap() = Some(second)).join().unwrap();
}

fn forgotten_owner() {
    let owner = Arc::new(AtomicU32::new(0));
    let other = owner.clone();
    let thread = thread::spawn(move || {
        other.fetch_add(1, Relaxed);
        forget(other);
    });
    thread.join().unwrap();
}

fn pointer_that_is_never_taken_back() {
    let raw = Arc::into_raw(Arc::new(AtomicU32::new(0)));
    // SAFETY: the value has an owner, which is behind the pointer.
    unsafe { &*raw }.store(1, Relaxed);
}

fn weak_reference_that_is_forgotten() {
    let owner = Arc::new(AtomicU32::new(0));
    forget(Arc::downgrade(&owner));
    owner.store(1, Relaxed);
}

/// A place whose content nothing drops, and a flag that it is full.
struct Slot {
    is_full: AtomicBool,
    value: UnsafeCell<MaybeUninit<Track<u32>>>,
}

// SAFETY: `value` is written before the Release store of `is_full`, and read by who has seen that with Acquire.
unsafe impl Sync for Slot {}

impl Slot {
    fn new() -> Self {
        Self { is_full: AtomicBool::new(false), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    fn fill(&self, value: u32) {
        self.value.with_mut(|place| {
            // SAFETY: one thread calls this once, and nobody reads the place before the flag is set.
            unsafe { place.write(MaybeUninit::new(Track::new(value))) };
        });
        // Release: publishes the value; pairs with the Acquire load in `copy`.
        self.is_full.store(true, Release);
    }

    /// A copy of the content, which stays.
    fn copy(&self) -> Option<Track<u32>> {
        // Acquire: pairs with the Release store in `fill`.
        let is_full = self.is_full.load(Acquire);
        is_full.then(|| {
            self.value.with(|place| {
                // SAFETY: the flag says that the place is initialised. That the value is copied more than once is the fault.
                unsafe { place.cast::<Track<u32>>().read() }
            })
        })
    }
}

fn slot_that_nobody_empties() {
    let slot = Arc::new(Slot::new());
    let other = slot.clone();
    let thread = thread::spawn(move || other.fill(1));
    drop(slot.copy());
    thread.join().unwrap();
}

fn slot_that_two_empty() {
    let slot = Arc::new(Slot::new());
    slot.fill(1);
    let threads = [slot.clone(), slot].map(|slot| thread::spawn(move || drop(slot.copy())));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn value_that_is_read_when_it_is_gone() {
    let there = AtomicBool::new(true);
    let value = Track::new(1);
    // SAFETY: this makes a second owner of the value, which is the fault; the number can be read as long as it is there.
    let copy = ManuallyDrop::new(unsafe { std::ptr::read(&value) });
    there.store(false, Relaxed);
    assert_eq!(value.into_inner(), 1);
    assert_eq!(*copy.get_ref(), 1);
}

/// A stack that is pushed to with a store, where it should be a compare-and-swap.
#[derive(Default)]
struct Stack {
    head: AtomicPtr<Track<u32>>,
}

impl Stack {
    fn push(&self, value: u32) {
        let new = Box::into_raw(Box::new(Track::new(value)));
        // Acquire: what is at the head was published by the Release store below.
        if self.head.load(Acquire).is_null() {
            // Release: publishes the value.
            self.head.store(new, Release);
        } else {
            // SAFETY: the pointer is from the box above, and nobody else has it.
            drop(unsafe { Box::from_raw(new) });
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Relaxed: nobody else is there any more.
        let head = self.head.load(Relaxed);
        if !head.is_null() {
            // SAFETY: the pointer is from the box in `push`, and was put there once.
            drop(unsafe { Box::from_raw(head) });
        }
    }
}

fn push_that_loses_a_value() {
    let stack = Arc::new(Stack::default());
    let threads = [1, 2].map(|value| {
        let stack = stack.clone();
        thread::spawn(move || stack.push(value))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn many_lines() {
    let count = AtomicU32::new(0);
    for _ in 0..3 {
        forget(Track::new(count.fetch_add(1, Relaxed)));
    }
    forget([Track::new(1), Track::new(2)]);
    forget(Track::new(3));
    forget(Arc::new(4));
    forget(Track::new(5));
    forget(Track::new(6));
    forget(Track::new(7));
}

fn found(model: fn()) -> Counterexample {
    Checker::new().workers(1).explore(model).violation.expect("a violation")
}

/// The lines after the trace, the kind among them.
fn told(model: fn()) -> String {
    let violation = found(model);
    let (_, told) = violation.trace.split_once("\n\n").unwrap();
    told.to_owned()
}

#[track_caller]
fn accepts(model: impl Fn() + Send + Sync + 'static) -> Report {
    let report = Checker::new().workers(2).explore(model);
    assert!(report.violation.is_none() && report.coverage == Coverage::Complete, "{report}");
    report
}

#[test]
fn a_circle_of_owners_is_found() {
    insta::assert_snapshot!(told(circle_of_owners), @r"
    leak: the Arc that main made at tests/leaks_are_found.rs:24 still has 1 owner
    the Arc that main made at tests/leaks_are_found.rs:25 still has 1 owner
    All threads have ended, and nobody is left to drop it. Do owners own each other, or was one forgotten?
    ");
}

#[test]
fn an_owner_that_is_forgotten_is_found() {
    insta::assert_snapshot!(found(forgotten_owner).trace, @r"
       main                    | thread 1
       ----------------------- | --------------------------------------
    1  makes an Arc that leaks |                                         leaks_are_found.rs:30
    2  spawns thread 1         |                                         leaks_are_found.rs:32
    3                          | AtomicU32#1.fetch_add(1, Relaxed) -> 0  leaks_are_found.rs:33
    4  joins thread 1          |                                         leaks_are_found.rs:36

    leak: the Arc that main made at tests/leaks_are_found.rs:30 still has 1 owner
    All threads have ended, and nobody is left to drop it. Do owners own each other, or was one forgotten?
    ");
}

#[test]
fn a_pointer_that_is_never_made_an_owner_again_is_found() {
    insta::assert_snapshot!(told(pointer_that_is_never_taken_back), @r"
    leak: the Arc that main made at tests/leaks_are_found.rs:40 still has 1 owner
    All threads have ended, and nobody is left to drop it. Do owners own each other, or was one forgotten?
    ");
}

#[test]
fn memory_that_only_a_weak_reference_keeps_is_found() {
    insta::assert_snapshot!(told(weak_reference_that_is_forgotten), @r"
    leak: the memory of the Arc that main made at tests/leaks_are_found.rs:46 is still kept by 1 weak reference
    All threads have ended, and nobody is left to drop it. Do owners own each other, or was one forgotten?
    ");
}

#[test]
fn a_value_in_a_place_that_nobody_empties_is_found() {
    insta::assert_snapshot!(told(slot_that_nobody_empties), @r"
    leak: the value that thread 1 made at tests/leaks_are_found.rs:68 was never dropped
    All threads have ended, and nobody is left to drop it. Was it forgotten, or left in a MaybeUninit or behind a raw pointer?
    ");
}

#[test]
fn a_value_that_two_threads_read_out_of_its_place_is_found() {
    let violation = found(slot_that_two_empty);
    assert_eq!(violation.kind, ViolationKind::DroppedTwice);
    insta::assert_snapshot!(violation.trace, @r"
    1  main      AtomicBool#1.store(true, Release)                                 leaks_are_found.rs:71
    2  main      spawns thread 1                                                   leaks_are_found.rs:98
    3  main      spawns thread 2                                                   leaks_are_found.rs:98
    4  thread 1  AtomicBool#1.load(Acquire) -> true                                leaks_are_found.rs:77
    5  thread 1  drops the value
    6  thread 2  AtomicBool#1.load(Acquire) -> true                                leaks_are_found.rs:77
    7  thread 2  drops the value again

    dropped twice: thread 2 drops the value that main made at tests/leaks_are_found.rs:68:51
    It was dropped before, by thread 1.
    There are two copies of one value: was its place read twice?
    ");
}

#[test]
fn a_value_that_is_read_when_it_is_gone_is_found() {
    let violation = found(value_that_is_read_when_it_is_gone);
    assert_eq!(violation.kind, ViolationKind::UsedAfterDrop);
    insta::assert_snapshot!(violation.message, @r"
    main reads at tests/leaks_are_found.rs:109:22 the value that main made at tests/leaks_are_found.rs:104:17
    It was taken out before, by main at tests/leaks_are_found.rs:108:22.
    There are two copies of one value: was its place read twice?
    ");
}

#[test]
fn a_leak_in_one_of_the_interleavings_is_found() {
    let violation = found(push_that_loses_a_value);
    assert_eq!(violation.kind, ViolationKind::Leak);
    insta::assert_snapshot!(violation.trace, @r"
     1  main      spawns thread 1                                                 leaks_are_found.rs:147
     2  main      spawns thread 2                                                 leaks_are_found.rs:147
     3  thread 2  AtomicPtr#1.load(Acquire) -> null                               leaks_are_found.rs:122
     4  thread 1  makes a value that leaks                                        leaks_are_found.rs:120
     5  thread 1  AtomicPtr#1.load(Acquire) -> null                               leaks_are_found.rs:122
     6  thread 1  AtomicPtr#1.store(ptr#1, Release)                               leaks_are_found.rs:124
     7  thread 2  AtomicPtr#1.store(ptr#2, Release)                               leaks_are_found.rs:124
     8  main      joins thread 1                                                  leaks_are_found.rs:149
     9  main      joins thread 2                                                  leaks_are_found.rs:149
    10  main      AtomicPtr#1.load(Relaxed) -> ptr#2                              leaks_are_found.rs:135

    leak: the value that thread 1 made at tests/leaks_are_found.rs:120 was never dropped
    All threads have ended, and nobody is left to drop it. Was it forgotten, or left in a MaybeUninit or behind a raw pointer?
    ");
}

#[test]
fn all_lines_are_named_in_their_order() {
    insta::assert_snapshot!(told(many_lines), @r"
    leak: 3 values that main made at tests/leaks_are_found.rs:155 were never dropped
    2 values that main made at tests/leaks_are_found.rs:157 were never dropped
    the value that main made at tests/leaks_are_found.rs:158 was never dropped
    the Arc that main made at tests/leaks_are_found.rs:159 still has 1 owner
    the value that main made at tests/leaks_are_found.rs:160 was never dropped
    and so it is with what was made at 2 other lines
    All threads have ended, and nobody is left to drop it. Do owners own each other, or was one forgotten, or a value left in a MaybeUninit?
    ");
}

#[test]
fn a_token_shows_the_same_leak_again() {
    let models: [fn(); 6] = [
        circle_of_owners,
        forgotten_owner,
        slot_that_nobody_empties,
        slot_that_two_empty,
        value_that_is_read_when_it_is_gone,
        push_that_loses_a_value,
    ];
    for model in models {
        let violation = found(model);
        let report = Checker::new().replay(&violation.token).unwrap().explore(model);
        let again = report.violation.expect("the violation");
        assert_eq!((again.kind, &again.trace, &again.token), (violation.kind, &violation.trace, &violation.token));
        for workers in [2, 4] {
            let found = Checker::new().workers(workers).explore(model).violation.expect("a violation");
            assert_eq!(found.kind, violation.kind);
        }
        let strategy = Strategy::Random { iterations: 1000, seed: 1 };
        let found = Checker::new().strategy(strategy).explore(model).violation.expect("a violation");
        assert_eq!((found.kind, found.message.is_empty()), (violation.kind, false));
    }
}

#[test]
fn the_lanes_show_who_made_what_leaks() {
    let violation = found(forgotten_owner);
    let wrong: Vec<_> = violation.lanes.iter().flat_map(|lane| &lane.events).filter(|event| event.is_wrong).collect();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].text, "makes an Arc that leaks");
}

#[test]
fn handles_may_be_dropped_by_anybody_in_any_order() {
    accepts(|| {
        let first = Arc::new(Node::default());
        let weak = Arc::downgrade(&first);
        let second = Arc::new(Node { next: Mutex::new(Some(first)) });
        let threads = [second.clone(), second].map(|owner| {
            let weak = weak.clone();
            thread::spawn(move || {
                drop(owner);
                weak.upgrade().is_some()
            })
        });
        drop(weak);
        threads.into_iter().for_each(|thread| assert!([true, false].contains(&thread.join().unwrap())));
    });
    accepts(|| {
        let node = Arc::new_cyclic(|this: &Weak<(Weak<()>, Track<u32>)>| {
            assert!(this.upgrade().is_none());
            (Weak::new(), Track::new(1))
        });
        let raw = Arc::into_raw(node.clone());
        let both = [Arc::downgrade(&node).into_raw(), Arc::as_ptr(&node)];
        assert_eq!(both[0], both[1]);
        // SAFETY: both pointers are from `into_raw`, and each is made an owner or a reference once.
        drop((unsafe { Arc::from_raw(raw) }, unsafe { Weak::from_raw(both[0]) }));
        let other = node.clone();
        let thread = thread::spawn(move || Arc::into_inner(other).is_some());
        let mine = Arc::try_unwrap(node).is_ok();
        let other = thread.join().unwrap();
        assert!(!(mine && other));
    });
    accepts(|| {
        let mut text = Arc::new(String::from("warp"));
        let other = text.clone();
        thread::spawn(move || Arc::unwrap_or_clone(other).len());
        Arc::make_mut(&mut text).push('s');
        let panics = std::panic::catch_unwind(|| Arc::new_cyclic(|_: &Weak<u32>| panic!("no value")));
        assert!(panics.is_err());
    });
}

#[test]
fn threads_that_nobody_joins_drop_what_they_have() {
    accepts(|| {
        let shared = Arc::new((AtomicU32::new(0), Track::new(1)));
        for _ in 0..2 {
            let shared = shared.clone();
            // What it returns is nobody's.
            drop(thread::spawn(move || {
                shared.0.fetch_add(1, Relaxed);
                (shared, Track::new(2))
            }));
        }
        let (sender, receiver) = mpsc::channel();
        let last = thread::spawn(move || sender.send(Track::new(3)).is_ok());
        drop(receiver);
        drop(last);
    });
}

#[test]
fn what_a_thread_local_owns_is_dropped_with_its_thread() {
    raddle::thread_local! {
        static OWNER: std::cell::RefCell<Option<(Arc<AtomicU32>, Track<u32>)>> = const { std::cell::RefCell::new(None) };
    }
    accepts(|| {
        let shared = Arc::new(AtomicU32::new(0));
        let other = shared.clone();
        thread::spawn(move || OWNER.with(|owner| *owner.borrow_mut() = Some((other, Track::new(1)))));
        shared.fetch_add(1, Relaxed);
        OWNER.with(|owner| *owner.borrow_mut() = Some((shared, Track::new(2))));
    });
}

#[test]
fn what_a_static_may_own_is_no_leak() {
    static LIST: Mutex<Vec<Track<u32>>> = Mutex::new(Vec::new());
    static LAZY: LazyLock<Arc<AtomicU32>> = LazyLock::new(|| Arc::new(AtomicU32::new(1)));
    static HEAD: AtomicPtr<Track<u32>> = AtomicPtr::new(std::ptr::null_mut());
    accepts(|| {
        let thread = thread::spawn(|| LIST.lock().unwrap().push(Track::new(1)));
        LIST.lock().unwrap().push(Track::new(2));
        thread.join().unwrap();
    });
    accepts(|| {
        let thread = thread::spawn(|| LAZY.fetch_add(1, Relaxed));
        LAZY.fetch_add(1, Relaxed);
        thread.join().unwrap();
    });
    accepts(|| HEAD.store(Box::into_raw(Box::new(Track::new(1))), Release));
    let cell = OnceLock::new();
    accepts(move || {
        cell.get_or_init(|| Track::new(1));
    });
    // A static that owns nothing hides nothing.
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    static SUM: Mutex<u32> = Mutex::new(0);
    let report = Checker::new().explore(|| {
        *SUM.lock().unwrap() += 1;
        forget(Track::new(COUNT.fetch_add(1, Relaxed)));
        HEAD.store(std::ptr::null_mut(), Relaxed);
    });
    assert_eq!(report.violation.expect("a violation").kind, ViolationKind::Leak);
}

#[test]
fn what_was_made_outside_is_not_looked_at() {
    let outside = std::sync::Arc::new((Track::new(1), Arc::new(Track::new(2))));
    accepts(move || {
        let shared = AtomicU32::new(0);
        forget((outside.clone(), outside.1.clone()));
        shared.store(*outside.0.get_ref(), Relaxed);
    });
    let mut value = Track::new(String::from("warp"));
    value.get_mut().push('s');
    let mut sorted = [value.clone(), Track::from(String::from("weft")), Track::default()];
    sorted.sort();
    assert_eq!(format!("{sorted:?}"), r#"["", "warps", "weft"]"#);
    assert_eq!(value.into_inner(), "warps");
}

#[test]
fn what_an_execution_that_is_given_up_leaves_is_no_leak() {
    let report = accepts(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let other = flag.clone();
        thread::spawn(move || other.store(true, Relaxed));
        let kept = ManuallyDrop::new(Track::new(1));
        raddle::model::assume(flag.load(Relaxed));
        drop(ManuallyDrop::into_inner(kept));
    });
    assert!(report.blocked > 0, "{report}");
}

#[test]
fn what_else_is_wrong_comes_first() {
    let kind = |model: fn()| found(model).kind;
    let panic = || {
        let shared = AtomicU32::new(0);
        forget(Track::new(1));
        assert_eq!(shared.load(Relaxed), 1);
    };
    assert_eq!(kind(panic), ViolationKind::Panic);
    let deadlock = || {
        forget(Track::new(1));
        let lock = Mutex::new(0);
        let _first = lock.lock().unwrap();
        let _second = lock.lock().unwrap();
    };
    assert_eq!(kind(deadlock), ViolationKind::Deadlock);
    let held = || {
        forget(Track::new(1));
        let lock = Mutex::new(0);
        forget(lock.lock().unwrap());
    };
    assert_eq!(kind(held), ViolationKind::LockHeld);
}

/// What a value is wrapped in, or not.
trait Wrap: Send + 'static {
    fn wrap(value: u32) -> Self;
    fn value(self) -> u32;
}

impl Wrap for u32 {
    fn wrap(value: u32) -> Self {
        value
    }

    fn value(self) -> u32 {
        self
    }
}

impl Wrap for Track<u32> {
    fn wrap(value: u32) -> Self {
        Self::new(value)
    }

    fn value(self) -> u32 {
        self.into_inner()
    }
}

/// Values go through a list to a thread that waits, and one that makes and drops values while it waits for a flag.
fn busy<T: Wrap>() {
    let shared = Arc::new((Mutex::new(Vec::new()), Condvar::new(), AtomicU32::new(0)));
    let producers = [1, 2].map(|value| {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.0.lock().unwrap().push(T::wrap(value));
            shared.1.notify_one();
            shared.2.fetch_add(1, AcqRel);
        })
    });
    let mut list = shared.1.wait_while(shared.0.lock().unwrap(), |list| list.is_empty()).unwrap();
    let first = list.pop().map(T::value);
    drop(list);
    while shared.2.load(Acquire) < 2 {
        drop([T::wrap(3), T::wrap(4)]);
        drop(T::wrap(5));
        thread::yield_now();
    }
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    assert!(first.is_some());
}

#[test]
fn to_track_values_makes_no_executions() {
    let [plain, tracked] = [busy::<u32> as fn(), busy::<Track<u32>>].map(|model| {
        let report = accepts(model);
        // The number of blocked ones depends on the order of the search.
        report.executions
    });
    assert!(plain > 10, "{plain}");
    assert_eq!(plain, tracked);
}

/// Two threads leave; whoever hears that the other has left takes what they shared away. `last_looks` is whether a thread may still
/// look at it after it has left.
fn block_that_two_leave(last_looks: bool) -> impl Fn() + Send + Sync + 'static {
    struct Block {
        is_left: AtomicBool,
        value: ManuallyDrop<Track<u32>>,
    }
    move || {
        let block = Arc::new(Block { is_left: AtomicBool::new(false), value: ManuallyDrop::new(Track::new(7)) });
        let leave = |block: Arc<Block>| {
            thread::spawn(move || {
                assert_eq!(*block.value.get_ref(), 7);
                if block.is_left.swap(true, AcqRel) {
                    // SAFETY: the other thread has left, so nobody else reads it out; and, if it looks, wrongly, nobody uses it.
                    drop(ManuallyDrop::into_inner(unsafe { std::ptr::read(&block.value) }));
                } else if last_looks {
                    assert_eq!(*block.value.get_ref(), 7);
                }
            })
        };
        let threads = [leave(block.clone()), leave(block)];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn a_use_that_nothing_orders_before_the_end_is_found_in_whatever_order_the_threads_run() {
    let orders = (0..8).map(|seed| Checker::new().workers(1).shuffle(seed)).chain([Checker::new()]);
    for checker in orders {
        let violation = checker.explore(block_that_two_leave(true)).violation.expect("a violation");
        assert_eq!(violation.kind, ViolationKind::UsedAfterDrop, "{violation}");
        let report = checker.explore(block_that_two_leave(false));
        assert!(report.violation.is_none() && report.coverage == Coverage::Complete, "{report}");
    }
    // In this order the run has the use first.
    let message = Checker::new().workers(1).explore(block_that_two_leave(true)).violation.expect("a violation").message;
    assert!(message.contains("Neither happens before the other."), "{message}");
}

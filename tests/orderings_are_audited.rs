//! An audit tells of each ordering the weakest with which the programs pass, and what the next weaker one leads to.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;
use std::panic::catch_unwind;

use raddle::cell::UnsafeCell;
use raddle::check::Check;
use raddle::model::{Audit, AuditReport, Checker, ViolationKind};
use raddle::queue::SpscRing;
use raddle::sync::Arc;
use raddle::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use raddle::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, fence};
use raddle::{hint, thread};

fn audit(model: impl Fn() + Send + Sync + 'static) -> AuditReport {
    Checker::new().audit_orderings(model)
}

/// For each ordering the operation, what is written, the weakest alone and the weakest with the others.
#[track_caller]
fn tells(report: &AuditReport, expected: &[(&str, &str, &str, &str)]) {
    let told: Vec<_> =
        report.orderings.iter().map(|told| (told.operation, told.written, told.weakest, told.together)).collect();
    assert_eq!(told, expected, "{report}");
}

/// Runs both in a thread each.
fn both<A: Send + 'static, B: Send + 'static>(
    one: impl FnOnce() -> A + Send + 'static,
    other: impl FnOnce() -> B + Send + 'static,
) -> (A, B) {
    let (one, other) = (thread::spawn(one), thread::spawn(other));
    (one.join().unwrap(), other.join().unwrap())
}

/// Each says that it is there, and looks for the other.
fn store_buffering(between: fn()) {
    let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
    let enter = |mine: usize| {
        let flags = flags.clone();
        move || {
            flags[mine].store(true, SeqCst);
            between();
            flags[1 - mine].load(SeqCst)
        }
    };
    let seen = both(enter(0), enter(1));
    assert!(seen.0 || seen.1, "neither has seen the other");
}

#[test]
fn sequential_consistency_is_needed_where_each_looks_for_the_other() {
    let report = audit(|| store_buffering(|| ()));
    tells(&report, &[("store", "SeqCst", "SeqCst", "SeqCst"), ("load", "SeqCst", "SeqCst", "SeqCst")]);
    let refutation = report.orderings[0].refutation.as_ref().expect("there is a weaker one");
    assert_eq!((refutation.ordering, refutation.kind), ("Release", ViolationKind::Panic));
    assert!(refutation.trace.contains("Release") && refutation.message.contains("neither"), "{}", refutation.trace);
}

#[test]
fn of_fences_and_accesses_that_do_the_same_one_can_go() {
    let report = audit(|| store_buffering(|| fence(SeqCst)));
    let accesses = [("store", "SeqCst", "Relaxed", "Relaxed"), ("load", "SeqCst", "Relaxed", "Relaxed")];
    tells(&report, &[accesses[0], accesses[1], ("fence", "SeqCst", "none", "SeqCst")]);
    assert!(report.orderings.iter().all(|ordering| ordering.refutation.is_none() && !ordering.is_needed()));
    assert!(report.to_string().contains("no covered behaviour needs it"), "{report}");
}

#[test]
fn a_spin_lock_needs_acquire_and_release() {
    let report = audit(|| {
        struct Locked(AtomicBool, UnsafeCell<u32>);
        // SAFETY: the cell is used by who has the lock.
        unsafe impl Sync for Locked {}
        let locked = Arc::new(Locked(AtomicBool::new(false), UnsafeCell::new(0)));
        let count = |locked: Arc<Locked>| {
            move || {
                while locked.0.swap(true, AcqRel) {
                    hint::spin_loop();
                }
                // SAFETY: as above.
                locked.1.with_mut(|count| unsafe { *count += 1 });
                locked.0.store(false, SeqCst);
            }
        };
        both(count(locked.clone()), count(locked));
    });
    tells(&report, &[("swap", "AcqRel", "Acquire", "Acquire"), ("store", "SeqCst", "Release", "Release")]);
}

#[test]
fn the_ordering_of_a_failure_is_one_of_its_own() {
    let report = audit(|| {
        let place = Arc::new(AtomicPtr::new(std::ptr::null_mut::<AtomicU32>()));
        let make = |place: Arc<AtomicPtr<AtomicU32>>| {
            move || {
                let made = Box::leak(Box::new(AtomicU32::new(0)));
                made.store(7, Relaxed);
                let new: *mut AtomicU32 = made;
                let first =
                    place.compare_exchange(std::ptr::null_mut(), new, Release, Acquire).map_or_else(|old| old, |_| new);
                // SAFETY: it is never freed.
                unsafe { &*first }.load(Relaxed)
            }
        };
        assert_eq!(both(make(place.clone()), make(place)), (7, 7));
    });
    tells(
        &report,
        &[("compare_exchange", "Release", "Release", "Release"), ("compare_exchange", "Acquire", "Acquire", "Acquire")],
    );
    let of_failure: Vec<_> = report.orderings.iter().map(|ordering| ordering.is_of_failure).collect();
    assert_eq!(of_failure, [false, true]);
}

/// What is too weak as it is written.
fn publish(order: Ordering) -> impl Fn() + Send + Sync + 'static {
    move || {
        let places = Arc::new((AtomicU32::new(0), AtomicBool::new(false)));
        let other = places.clone();
        let write = move || {
            other.0.store(1, Relaxed);
            other.1.store(true, order);
        };
        let ((), seen) = both(write, move || !places.1.load(Acquire) || places.0.load(Relaxed) == 1);
        assert!(seen, "published too early");
    }
}

fn panic_of(audit: impl FnOnce() -> AuditReport + std::panic::UnwindSafe) -> String {
    let panic = catch_unwind(audit).expect_err("it panics");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("with a message")).to_owned(),
    }
}

#[test]
fn what_fails_as_it_is_written_or_is_not_covered_is_no_case_for_an_audit() {
    let message = panic_of(|| audit(publish(Relaxed)));
    assert!(message.contains("fails as it is written: panic: published too early"), "{message}");
    let message = panic_of(|| Checker::new().max_executions(1).audit_orderings(publish(Release)));
    assert!(message.contains("covered completely: the limit of 1 executions"), "{message}");
    let message = panic_of(|| Audit::new().file("elsewhere.rs").model(&Checker::new(), publish(Release)).run());
    assert!(message.contains("no ordering in these files"), "{message}");
    let message = panic_of(|| Audit::new().run());
    assert!(message.contains("needs a program"), "{message}");
}

/// Both ends of a ring.
struct Spsc(raddle::queue::Producer<u32>, raddle::queue::Consumer<u32>);

// SAFETY: by the methods' roles one thread at a time uses each end.
unsafe impl Sync for Spsc {}

raddle::spec! {
    mod spsc: Spsc = { let (producer, consumer) = SpscRing::new(8).split(); Spsc(producer, consumer) }, like VecDeque<u32>;
    fn try_push(value: fresh) -> bool as producer = |ends| ends.0.try_push(value).is_ok(),
        |list| Some({ list.push_back(value); true });
    fn try_pop() -> Option<u32> as consumer = |ends| ends.1.try_pop(), |list| Some(list.pop_front());
}

#[test]
fn a_check_is_audited_with_all_its_programs() {
    let report = Check::<spsc::Subject>::new().threads(2).calls(3).audit_orderings();
    // Nobody comes round to a slot again, so nobody needs to hear that it was emptied.
    let weakest: Vec<_> = report.orderings.iter().map(|told| (told.operation, told.weakest)).collect();
    assert!(weakest.contains(&("store", "Release")) && weakest.contains(&("load", "Acquire")), "{report}");
    assert!(weakest.contains(&("store", "Relaxed")), "{report}");
    let refutation = report.orderings.iter().find_map(|ordering| ordering.refutation.as_ref()).expect("one is needed");
    assert_eq!(refutation.kind, ViolationKind::DataRace);
    assert!(refutation.token.contains("try_push"), "a smallest program is in the token: {}", refutation.token);
}

//! Which outcomes has each litmus program? Those that RC11 allows: the engine shows them all and no others, real threads
//! no others, and loom what is written beside the program.
//!
//! An outcome is the values that the threads read, those of the first thread first, and then the last values of the
//! locations that are asked for. The orderings are what is tested, so no access has a reason of its own.

mod interpreter;
mod oracle;
mod outcomes;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use interpreter::{Shared, run_thread};
use oracle::notation::{X, Y, Z, add, cas, fence, load, program, store, swap};
use oracle::{Memory, Op, Program, enumerate};
use outcomes::Outcomes;
use raddle::sync::{Arc, BACKEND, Backend};
use raddle::thread;

/// A litmus program, and what it may come to.
struct Litmus {
    program: Program,
    last: Vec<usize>,
    allowed: BTreeSet<Vec<u64>>,
    on_loom: BTreeSet<Vec<u64>>,
    /// Preemptions under loom; it takes minutes for four threads with the default of `.cargo/config.toml`.
    preemptions: Option<usize>,
}

fn set<const N: usize>(outcomes: impl IntoIterator<Item = [u64; N]>) -> BTreeSet<Vec<u64>> {
    outcomes.into_iter().map(|outcome| outcome.to_vec()).collect()
}

/// All outcomes of `N` values that are 0 or 1.
fn any<const N: usize>() -> BTreeSet<[u64; N]> {
    (0..1 << N).map(|bits: u64| std::array::from_fn(|at| bits >> at & 1)).collect()
}

fn any_but<const N: usize>(forbidden: [u64; N]) -> BTreeSet<[u64; N]> {
    any().into_iter().filter(|outcome| *outcome != forbidden).collect()
}

impl Litmus {
    fn of<const T: usize, const N: usize>(threads: [&[Op]; T], allowed: impl IntoIterator<Item = [u64; N]>) -> Self {
        Self::ending_in([], threads, allowed)
    }

    /// With the last values of `last` as part of the outcome.
    fn ending_in<const L: usize, const T: usize, const N: usize>(
        last: [usize; L],
        threads: [&[Op]; T],
        allowed: impl IntoIterator<Item = [u64; N]>,
    ) -> Self {
        let allowed = set(allowed);
        let preemptions = Some(if T < 4 { 3 } else { 1 });
        Self { program: program(threads), last: last.into(), on_loom: allowed.clone(), allowed, preemptions }
    }

    /// loom does not show these, though they are possible.
    fn missing_on_loom<const N: usize>(mut self, outcomes: impl IntoIterator<Item = [u64; N]>) -> Self {
        for outcome in outcomes {
            assert!(self.on_loom.remove(&outcome[..]), "not allowed in the first place: {outcome:?}");
        }
        self
    }

    /// loom shows these, though they are impossible.
    fn impossible_but_on_loom<const N: usize>(mut self, outcomes: impl IntoIterator<Item = [u64; N]>) -> Self {
        for outcome in outcomes {
            assert!(self.on_loom.insert(outcome.to_vec()), "allowed anyway: {outcome:?}");
        }
        self
    }

    fn preemptions(self, preemptions: impl Into<Option<usize>>) -> Self {
        Self { preemptions: preemptions.into(), ..self }
    }

    #[track_caller]
    fn check(self) {
        let Self { program, last, allowed, on_loom, preemptions } = self;
        let found = enumerate(&program, Memory::Rc11, 1_000_000).expect("few graphs");
        let found = found.outcomes.into_iter().map(|outcome| {
            let last = last.iter().map(|&loc| outcome.last[loc]);
            outcome.read.into_iter().chain(last).collect()
        });
        assert_eq!(found.collect::<BTreeSet<Vec<u64>>>(), allowed, "the oracle's (left), and what is written here");
        let expected = if BACKEND == Backend::Loom { on_loom } else { allowed };
        Outcomes::with_preemptions(preemptions, move || run(&program, &last)).are(expected);
    }
}

fn run(program: &Program, last: &[usize]) -> Vec<u64> {
    let shared = Arc::new(Shared::default());
    let threads: Vec<_> = (program.threads.iter().cloned())
        .map(|ops| {
            let shared = shared.clone();
            thread::spawn(move || run_thread(&ops, &shared))
        })
        .collect();
    let mut outcome: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    outcome.extend(last.iter().map(|&loc| shared.last(loc)));
    outcome
}

#[test]
fn sb_either_may_miss_the_others_store() {
    for (stores, loads) in [(Relaxed, Relaxed), (Release, Acquire), (SeqCst, Acquire)] {
        Litmus::of([&[store(X, stores, 1), load(Y, loads)], &[store(Y, stores, 1), load(X, loads)]], any::<2>())
            .check();
    }
}

#[test]
fn sb_with_seq_cst_accesses_one_sees_the_other() {
    Litmus::of([&[store(X, SeqCst, 1), load(Y, SeqCst)], &[store(Y, SeqCst, 1), load(X, SeqCst)]], any_but([0, 0]))
        // loom takes SeqCst accesses for AcqRel (tokio-rs/loom#180).
        .impossible_but_on_loom([[0, 0]])
        .check();
}

#[test]
fn sb_with_seq_cst_fences_one_sees_the_other() {
    let thread = |mine, other| [store(mine, Relaxed, 1), fence(SeqCst), load(other, Relaxed)];
    Litmus::of([&thread(X, Y), &thread(Y, X)], any_but([0, 0])).check();
}

#[test]
fn sb_with_accesses_here_and_a_fence_there_one_sees_the_other() {
    Litmus::of(
        [&[store(X, SeqCst, 1), load(Y, SeqCst)], &[store(Y, Relaxed, 1), fence(SeqCst), load(X, Relaxed)]],
        any_but([0, 0]),
    )
    // loom takes SeqCst accesses for AcqRel (tokio-rs/loom#180).
    .impossible_but_on_loom([[0, 0]])
    .check();
}

#[test]
fn sb_with_updates_for_loads_either_may_miss_the_others_store() {
    Litmus::of([&[store(X, Release, 1), add(Y, AcqRel)], &[store(Y, Release, 1), add(X, AcqRel)]], any::<2>())
        // Under loom an update reads the newest store: none is put behind it.
        .missing_on_loom([[0, 0]])
        .check();
}

fn message_passing(store_order: Ordering, load_order: Ordering) -> [Vec<Op>; 2] {
    [vec![store(X, Relaxed, 1), store(Y, store_order, 1)], vec![load(Y, load_order), load(X, Relaxed)]]
}

#[test]
fn mp_the_flag_may_overtake_the_data() {
    for (stores, loads) in [(Relaxed, Relaxed), (Release, Relaxed), (Relaxed, Acquire)] {
        let [writer, reader] = message_passing(stores, loads);
        Litmus::of([&writer, &reader], any::<2>()).check();
    }
}

#[test]
fn mp_with_release_and_acquire_it_does_not() {
    for (stores, loads) in [(Release, Acquire), (SeqCst, SeqCst), (Release, SeqCst)] {
        let [writer, reader] = message_passing(stores, loads);
        Litmus::of([&writer, &reader], any_but([1, 0])).check();
    }
}

#[test]
fn mp_with_fences_it_does_not() {
    for (release, acquire) in [(Release, Acquire), (AcqRel, AcqRel), (SeqCst, SeqCst)] {
        Litmus::of(
            [
                &[store(X, Relaxed, 1), fence(release), store(Y, Relaxed, 1)],
                &[load(Y, Relaxed), fence(acquire), load(X, Relaxed)],
            ],
            any_but([1, 0]),
        )
        .check();
    }
}

#[test]
fn mp_an_update_continues_the_release_sequence() {
    // Who reads 2 reads what the update has made of the released 1.
    Litmus::of(
        [&[store(X, Relaxed, 1), store(Y, Release, 1)], &[add(Y, Relaxed)], &[load(Y, Acquire), load(X, Relaxed)]],
        [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 1], [1, 2, 1]],
    )
    .check();
}

#[test]
fn mp_a_later_store_does_not_continue_the_release_sequence() {
    Litmus::of(
        [&[store(X, Relaxed, 1), store(Y, Release, 1), store(Y, Relaxed, 2)], &[load(Y, Acquire), load(X, Relaxed)]],
        [[0, 0], [0, 1], [1, 1], [2, 0], [2, 1]],
    )
    .check();
}

#[test]
fn mp_with_updates_alone_the_later_acquires_the_earlier() {
    Litmus::of(
        [&[store(X, Relaxed, 1), add(Y, Release)], &[add(Y, Acquire), load(X, Relaxed)]],
        [[0, 1, 1], [1, 0, 0], [1, 0, 1]],
    )
    .check();
}

#[test]
fn mp_an_update_that_fails_reads_like_a_load() {
    Litmus::of([&[store(X, Relaxed, 1), store(Y, Relaxed, 1)], &[load(Y, Relaxed), cas(X, AcqRel, 5, 6)]], any::<2>())
        // Under loom an update reads the newest store, even one that fails.
        .missing_on_loom([[1, 0]])
        .check();
}

#[test]
fn lb_a_store_is_never_early() {
    for (loads, stores) in [(Relaxed, Relaxed), (Acquire, Release), (SeqCst, SeqCst)] {
        Litmus::of([&[load(Y, loads), store(X, stores, 1)], &[load(X, loads), store(Y, stores, 1)]], any_but([1, 1]))
            .check();
    }
}

#[test]
fn wrc_what_was_read_may_be_missed_by_who_reads_of_it() {
    Litmus::of(
        [&[store(X, Relaxed, 1)], &[load(X, Relaxed), store(Y, Relaxed, 1)], &[load(Y, Relaxed), load(X, Relaxed)]],
        any::<3>(),
    )
    .check();
}

#[test]
fn wrc_with_release_and_acquire_it_is_not_missed() {
    Litmus::of(
        [&[store(X, Relaxed, 1)], &[load(X, Relaxed), store(Y, Release, 1)], &[load(Y, Acquire), load(X, Relaxed)]],
        any_but([1, 1, 0]),
    )
    .check();
}

#[test]
fn isa2_what_is_passed_on_brings_what_came_before() {
    Litmus::of(
        [
            &[store(X, Relaxed, 1), store(Y, Release, 1)],
            &[load(Y, Acquire), store(Z, Release, 1)],
            &[load(Z, Acquire), load(X, Relaxed)],
        ],
        any_but([1, 1, 0]),
    )
    .check();
}

#[test]
fn iriw_readers_may_see_two_stores_in_either_order() {
    Litmus::of(
        [
            &[store(X, Release, 1)],
            &[load(X, Acquire), load(Y, Acquire)],
            &[load(Y, Acquire), load(X, Acquire)],
            &[store(Y, Release, 1)],
        ],
        any::<4>(),
    )
    .check();
}

#[test]
fn iriw_with_seq_cst_accesses_they_agree() {
    Litmus::of(
        [
            &[store(X, SeqCst, 1)],
            &[load(X, SeqCst), load(Y, SeqCst)],
            &[load(Y, SeqCst), load(X, SeqCst)],
            &[store(Y, SeqCst, 1)],
        ],
        any_but([1, 0, 1, 0]),
    )
    // loom takes SeqCst accesses for AcqRel (tokio-rs/loom#180).
    .impossible_but_on_loom([[1, 0, 1, 0]])
    .check();
}

#[test]
fn iriw_with_seq_cst_fences_they_agree() {
    Litmus::of(
        [
            &[store(X, Relaxed, 1)],
            &[load(X, Relaxed), fence(SeqCst), load(Y, Relaxed)],
            &[load(Y, Relaxed), fence(SeqCst), load(X, Relaxed)],
            &[store(Y, Relaxed, 1)],
        ],
        any_but([1, 0, 1, 0]),
    )
    .check();
}

#[test]
fn rwc_with_seq_cst_fences_a_store_is_not_missed_by_all() {
    Litmus::of(
        [
            &[store(X, Relaxed, 1)],
            &[load(X, Relaxed), fence(SeqCst), load(Y, Relaxed)],
            &[store(Y, Relaxed, 1), fence(SeqCst), load(X, Relaxed)],
        ],
        any_but([1, 0, 0]),
    )
    .check();
}

#[test]
fn corr_a_location_does_not_go_back() {
    Litmus::of(
        [&[store(X, Relaxed, 1), store(X, Relaxed, 2)], &[load(X, Relaxed), load(X, Relaxed)]],
        [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]],
    )
    .check();
}

#[test]
fn corr_whoever_looks_sees_one_order() {
    let pairs = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 1], [2, 2]];
    let both = pairs.iter().flat_map(|&[a, b]| pairs.iter().map(move |&[c, d]| [a, b, c, d]));
    let looks = [load(X, Relaxed), load(X, Relaxed)];
    Litmus::of(
        [&[store(X, Relaxed, 1)], &[store(X, Relaxed, 2)], &looks, &looks],
        both.filter(|outcome| ![[1, 2, 2, 1], [2, 1, 1, 2]].contains(outcome)),
    )
    .check();
}

#[test]
fn corr_the_value_that_an_update_read_comes_first() {
    let pairs = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 1], [2, 2]];
    let all = pairs.iter().flat_map(|&[a, b]| [[0, a, b], [1, a, b]]);
    Litmus::of(
        [&[store(X, Relaxed, 1)], &[swap(X, Relaxed, 2)], &[load(X, Relaxed), load(X, Relaxed)]],
        all.filter(|outcome| ![[0, 1, 2], [1, 2, 1]].contains(outcome)),
    )
    // loom does not keep an update next to the store that it has read (tokio-rs/loom#282).
    .impossible_but_on_loom([[0, 1, 2]])
    .check();
}

#[test]
fn cowr_a_thread_sees_its_store_or_a_later_one() {
    Litmus::of([&[store(X, Relaxed, 1), load(X, Relaxed)], &[store(X, Relaxed, 2)]], [[1], [2]]).check();
}

#[test]
fn corw_a_store_comes_after_what_its_thread_has_read() {
    Litmus::ending_in(
        [X],
        [&[load(X, Relaxed), store(X, Relaxed, 1)], &[store(X, Relaxed, 2)]],
        [[0, 1], [0, 2], [2, 1]],
    )
    .check();
}

fn two_writes_each(order: Ordering) -> [[Op; 2]; 2] {
    [[store(X, order, 1), store(Y, order, 2)], [store(Y, order, 1), store(X, order, 2)]]
}

#[test]
fn w2plus2_both_first_stores_may_come_last() {
    for order in [Relaxed, Release] {
        let [one, other] = two_writes_each(order);
        Litmus::ending_in([X, Y], [&one, &other], [[1, 1], [1, 2], [2, 1], [2, 2]]).check();
    }
}

#[test]
fn w2plus2_with_seq_cst_one_of_them_does_not() {
    let [one, other] = two_writes_each(SeqCst);
    Litmus::ending_in([X, Y], [&one, &other], [[1, 2], [2, 1], [2, 2]])
        // loom takes SeqCst accesses for AcqRel (tokio-rs/loom#180).
        .impossible_but_on_loom([[1, 1]])
        .check();
}

#[test]
fn r_a_store_may_come_after_one_whose_thread_it_misses() {
    for (stores, loads) in [(Relaxed, Relaxed), (Release, Acquire)] {
        Litmus::ending_in(
            [Y],
            [&[store(X, stores, 1), store(Y, stores, 1)], &[store(Y, stores, 2), load(X, loads)]],
            [[0, 1], [0, 2], [1, 1], [1, 2]],
        )
        .check();
    }
}

#[test]
fn r_with_seq_cst_it_does_not() {
    Litmus::ending_in(
        [Y],
        [&[store(X, SeqCst, 1), store(Y, SeqCst, 1)], &[store(Y, SeqCst, 2), load(X, SeqCst)]],
        [[0, 1], [1, 1], [1, 2]],
    )
    // loom takes SeqCst accesses for AcqRel (tokio-rs/loom#180).
    .impossible_but_on_loom([[0, 2]])
    .check();
}

#[test]
fn r_with_seq_cst_fences_it_does_not() {
    Litmus::ending_in(
        [Y],
        [
            &[store(X, Relaxed, 1), fence(SeqCst), store(Y, Relaxed, 1)],
            &[store(Y, Relaxed, 2), fence(SeqCst), load(X, Relaxed)],
        ],
        [[0, 1], [1, 1], [1, 2]],
    )
    .check();
}

#[test]
fn s_a_store_may_come_before_one_that_is_known_of() {
    Litmus::ending_in(
        [X],
        [&[store(X, Relaxed, 2), store(Y, Relaxed, 1)], &[load(Y, Relaxed), store(X, Relaxed, 1)]],
        [[0, 1], [0, 2], [1, 1], [1, 2]],
    )
    .check();
}

#[test]
fn s_with_release_and_acquire_it_does_not() {
    Litmus::ending_in(
        [X],
        [&[store(X, Relaxed, 2), store(Y, Release, 1)], &[load(Y, Acquire), store(X, Relaxed, 1)]],
        [[0, 1], [0, 2], [1, 1]],
    )
    .check();
}

#[test]
fn of_two_compare_exchanges_one_succeeds() {
    Litmus::ending_in([X], [&[cas(X, Relaxed, 0, 1)], &[cas(X, Relaxed, 0, 2)]], [[0, 1, 1], [2, 0, 2]]).check();
}

#[test]
fn updates_come_one_after_the_other() {
    Litmus::ending_in(
        [X],
        [&[add(X, Relaxed)], &[add(X, Relaxed)], &[add(X, Relaxed)]],
        [[0, 1, 2, 3], [0, 2, 1, 3], [1, 0, 2, 3], [1, 2, 0, 3], [2, 0, 1, 3], [2, 1, 0, 3]],
    )
    .check();
}

#[test]
fn mp_a_seq_cst_load_may_be_stale() {
    let writer = [store(X, SeqCst, 1), store(X, SeqCst, 2), store(Y, Relaxed, 1)];
    Litmus::of([&writer, &[load(Y, Relaxed), load(X, SeqCst)]], [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]])
        // Under loom a SeqCst load reads no SeqCst store that another one has followed.
        .missing_on_loom([[1, 1]])
        .check();
}

/// tokio-rs/loom#166: for each access loom goes back to the last one of that location alone, to try the two in the other
/// order. Here that is the same thread's load, so the other thread's never comes after the update. With a bound on
/// preemptions loom also goes back to where threads were switched before.
#[test]
fn a_load_may_come_before_or_after_an_update_that_follows_a_load() {
    let threads: [&[Op]; 2] = [&[load(X, SeqCst)], &[load(X, SeqCst), add(X, SeqCst)]];
    let outcomes = [[0, 0, 0], [1, 0, 0]];
    Litmus::of(threads, outcomes).check();
    Litmus::of(threads, outcomes).preemptions(None).missing_on_loom([[1, 0, 0]]).check();
}

/// tokio-rs/loom#166: as above, and the bound does not help.
#[test]
fn who_looks_between_two_stores_may_look_again_after_a_third() {
    let threads: [&[Op]; 2] = [
        &[store(Y, SeqCst, 1), store(Y, SeqCst, 2), load(X, SeqCst), store(X, SeqCst, 1)],
        &[load(Y, SeqCst), load(X, SeqCst)],
    ];
    let outcomes = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 2, 0], [0, 2, 1]];
    for preemptions in [Some(3), None] {
        Litmus::of(threads, outcomes).preemptions(preemptions).missing_on_loom([[0, 1, 1]]).check();
    }
}

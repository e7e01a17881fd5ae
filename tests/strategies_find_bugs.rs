//! Every strategy draws nothing but executions that there are, meets the bugs that it is made for, and replays what it finds;
//! `Auto` visits all executions and still meets a rare bug early.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc as RealArc, Mutex as RealMutex};

use raddle::model::{Checker, Coverage, Ending, Memory, Report, Skeleton, Strategy, ViolationKind};
use raddle::sync::Arc;
use raddle::sync::atomic::Ordering::{Relaxed, SeqCst};
use raddle::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use raddle::thread;

fn samplers(iterations: u64, seed: u64) -> [Strategy; 5] {
    [
        Strategy::Random { iterations, seed },
        Strategy::Pct { depth: 2, iterations, seed },
        Strategy::Pct { depth: 4, iterations, seed },
        Strategy::Pos { iterations, seed },
        Strategy::Surw { iterations, seed },
    ]
}

/// Two threads that each write one location and read it and another.
fn writes_and_reads() {
    let places = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
    for mine in 0..2 {
        let places = places.clone();
        thread::spawn(move || {
            places[mine].store(1, Relaxed);
            places[1 - mine].load(Relaxed);
            places[0].fetch_add(2, Relaxed);
            places[0].load(Relaxed);
        });
    }
}

/// The graphs of the executions that ended.
fn graphs(checker: Checker, model: fn()) -> (Report, BTreeSet<Skeleton>) {
    let graphs = RealArc::new(RealMutex::new(BTreeSet::new()));
    let report = checker
        .observe({
            let graphs = graphs.clone();
            move |ending, graph| {
                assert_eq!(ending, Ending::Complete);
                graphs.lock().unwrap().insert(graph);
            }
        })
        .explore(model);
    (report, std::mem::take(&mut graphs.lock().unwrap()))
}

#[test]
fn what_is_drawn_is_what_there_is() {
    for memory in [Memory::Rc11, Memory::SeqCst] {
        let (report, all) = graphs(Checker::new().memory(memory).strategy(Strategy::Exhaustive), writes_and_reads);
        assert_eq!((report.executions, report.coverage), (all.len() as u64, Coverage::Complete));
        for strategy in samplers(3000, 1) {
            let (report, drawn) = graphs(Checker::new().memory(memory).strategy(strategy), writes_and_reads);
            assert_eq!(report.executions, 3000);
            assert!(drawn.is_subset(&all), "{strategy:?} draws an execution that there is not");
            // A few changes of priority do not lead everywhere.
            let is_everywhere = drawn.len() == all.len();
            assert!(
                is_everywhere || matches!(strategy, Strategy::Pct { .. }),
                "{strategy:?}: {} of {} in {memory:?}",
                drawn.len(),
                all.len()
            );
        }
    }
}

#[test]
fn the_same_seed_draws_the_same() {
    for (one, other) in samplers(20, 7).into_iter().zip(samplers(20, 7)) {
        let drawn = |strategy| {
            let drawn = RealArc::new(RealMutex::new(Vec::new()));
            let seen = drawn.clone();
            let observe = move |_, graph| seen.lock().unwrap().push(graph);
            Checker::new().strategy(strategy).observe(observe).explore(writes_and_reads);
            std::mem::take(&mut *drawn.lock().unwrap())
        };
        assert_eq!(drawn(one), drawn(other));
    }
}

/// The counter loses an update.
fn lost_update() {
    let counter = Arc::new(AtomicU32::new(0));
    let threads = [(); 2].map(|()| {
        let counter = counter.clone();
        thread::spawn(move || counter.store(counter.load(SeqCst) + 1, SeqCst))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(counter.load(SeqCst), 2);
}

/// The flag is seen and what it stands for is not.
fn relaxed_publication() {
    let places = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
    let writing = thread::spawn({
        let places = places.clone();
        move || {
            places[0].store(1, Relaxed);
            places[1].store(1, Relaxed);
        }
    });
    let reading = thread::spawn(move || (places[1].load(Relaxed), places[0].load(Relaxed)));
    writing.join().unwrap();
    assert_ne!(reading.join().unwrap(), (1, 0));
}

/// Each of three steps of one thread must come between two certain steps of another.
fn zip(steps: u32, order: Ordering) {
    let place = Arc::new(AtomicU32::new(0));
    let threads = [0, 1].map(|mine| {
        let place = place.clone();
        thread::spawn(move || {
            let mut is_zipped = true;
            for step in 0..steps {
                is_zipped &= place.fetch_add(1, order) == 2 * step + mine;
            }
            is_zipped
        })
    });
    let zipped = threads.map(|thread| thread.join().unwrap());
    assert!(!zipped[0] || !zipped[1], "like a zip");
}

#[test]
fn each_finds_simple_bugs_and_they_are_replayed() {
    for (model, depth_of_bug) in [(lost_update as fn(), 2), (relaxed_publication, 2), (|| zip(2, SeqCst), 4)] {
        for strategy in samplers(2000, 3) {
            if matches!(strategy, Strategy::Pct { depth, .. } if depth < depth_of_bug) {
                continue;
            }
            let report = Checker::new().strategy(strategy).explore(model);
            let violation = report.violation.unwrap_or_else(|| panic!("{strategy:?} finds nothing"));
            assert_eq!(violation.kind, ViolationKind::Panic);
            let again = Checker::new().replay(&violation.token).unwrap().explore(model).violation;
            assert_eq!(again.expect("it is found again").trace, violation.trace);
        }
    }
}

#[test]
fn none_finds_what_is_not_there() {
    for strategy in samplers(500, 5) {
        let report = Checker::new().memory(Memory::SeqCst).strategy(strategy).explore(relaxed_publication);
        assert!(report.violation.is_none(), "{strategy:?}: {report}");
        assert_eq!(report.coverage, Coverage::Bounded("500 random executions".to_owned()));
    }
}

/// A bug that needs one change of thread at a certain moment, after which that thread must not go on: with `n` threads and `k`
/// events PCT of depth 2 meets it in one of `n * k` executions at least.
#[test]
fn pct_keeps_its_promise() {
    fn deep_in_one_thread() {
        let place = Arc::new(AtomicU32::new(0));
        let other = place.clone();
        let long = thread::spawn(move || {
            for step in 1..20 {
                other.store(step, SeqCst);
            }
        });
        let short = thread::spawn(move || (place.load(SeqCst), place.load(SeqCst)));
        long.join().unwrap();
        assert_ne!(short.join().unwrap(), (13, 13));
    }
    let found = |strategy: fn(u64) -> Strategy| {
        let draw = |seed| Checker::new().memory(Memory::SeqCst).strategy(strategy(seed)).explore(deep_in_one_thread);
        (0..40).filter(|&seed| draw(seed).violation.is_some()).count()
    };
    // Three threads, and some 30 events: in 300 executions more than 3 are to be expected.
    let by_pct = found(|seed| Strategy::Pct { depth: 2, iterations: 300, seed });
    assert!(by_pct >= 38, "{by_pct} of 40");
}

#[test]
fn surw_draws_all_orders_of_one_objects_events_about_as_often() {
    fn counts(strategy: Strategy) -> BTreeMap<Vec<usize>, u32> {
        let orders = RealArc::new(RealMutex::new(BTreeMap::new()));
        let seen = orders.clone();
        Checker::new().memory(Memory::SeqCst).strategy(strategy).explore(move || {
            let order = RealArc::new(RealMutex::new(Vec::new()));
            let place = Arc::new(AtomicUsize::new(0));
            let threads = [(0, 1), (1, 6)].map(|(thread, steps)| {
                let (order, place) = (order.clone(), place.clone());
                thread::spawn(move || {
                    for _ in 0..steps {
                        let position = place.fetch_add(1, SeqCst);
                        order.lock().unwrap().push((position, thread));
                    }
                })
            });
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            let mut order = order.lock().unwrap();
            order.sort();
            let threads = order.iter().map(|&(_, thread)| thread).collect();
            *seen.lock().unwrap().entry(threads).or_insert(0) += 1;
        });
        std::mem::take(&mut *orders.lock().unwrap())
    }
    // The one step of the first thread comes at one of seven places.
    let (iterations, seed) = (2100, 0);
    let surw = counts(Strategy::Surw { iterations, seed });
    assert_eq!(surw.len(), 7);
    assert!(surw.values().all(|&times| (200..400).contains(&times)), "300 each are to be expected: {surw:?}");
    let random = counts(Strategy::Random { iterations, seed });
    assert!(random.values().max() > Some(&700), "turns by chance make the first places likely: {random:?}");
}

/// So many threads that each count so many times.
fn counters(threads: u32, steps: u32) -> impl Fn() + Send + Sync + 'static {
    move || {
        let place = Arc::new(AtomicU32::new(0));
        for _ in 0..threads {
            let place = place.clone();
            thread::spawn(move || {
                for _ in 0..steps {
                    place.fetch_add(1, Relaxed);
                }
            });
        }
    }
}

#[test]
fn auto_visits_all_executions_and_draws_some_besides() {
    for workers in [1, 2] {
        let all = Checker::new().workers(workers).strategy(Strategy::Exhaustive).explore(counters(2, 6));
        let auto = Checker::new().workers(workers).explore(counters(2, 6));
        assert_eq!((all.executions, all.sampled, all.estimate), (924, 0, None));
        assert_eq!((auto.executions, auto.coverage), (924, Coverage::Complete));
        assert!(auto.sampled >= 300, "{}", auto.sampled);
    }
}

/// What is wrong depends on what comes first, which the search changes last.
fn wrong_from_the_beginning() {
    let places = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
    let threads = [0, 1].map(|mine| {
        let places = places.clone();
        thread::spawn(move || {
            let is_early = mine == 1 && places[0].load(SeqCst) == 0;
            places[0].store(1, SeqCst);
            for _ in 0..10 {
                places[1].fetch_add(1, SeqCst);
            }
            is_early
        })
    });
    assert!(!threads.map(|thread| thread.join().unwrap())[1], "too early");
}

#[test]
fn auto_meets_at_once_what_the_search_comes_to_late() {
    let checker = || Checker::new().workers(1).max_executions(50_000);
    let all = checker().strategy(Strategy::Exhaustive).explore(wrong_from_the_beginning);
    assert!(all.violation.is_none(), "{all}");
    let auto = checker().explore(wrong_from_the_beginning);
    assert!(auto.violation.is_some() && auto.executions + auto.sampled < 1000, "{auto}");
}

#[test]
fn a_search_that_is_cut_short_tells_how_much_there_is() {
    // 12! / 3!^4, and 12! / 4!^3
    for (threads, steps, all) in [(4, 3, 369_600.0), (3, 4, 34_650.0)] {
        let report = Checker::new().workers(1).max_executions(30_000).explore(counters(threads, steps));
        let estimate = report.estimate.expect("there are many more");
        assert!((all / 3.0..all * 3.0).contains(&estimate.executions), "of {all}: {estimate:?}");
        assert!(
            report.to_string().contains("not complete: the limit of 30000 executions was reached; about "),
            "{report}"
        );
    }
}

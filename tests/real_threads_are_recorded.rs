//! Calls on real threads are recorded with times that say which came before which, and queues that are stressed so are
//! judged rightly.

// Real threads, outside of models.
#![cfg(not(loom))]

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, mpsc};
use std::thread;

use raddle::check::{
    Clock, History, Log, Method, Outcome, QueueVerdict, QueueViolation, Record, Recorder, Spec, Stress, StressReport,
    TimeSource,
};
use raddle::queue::{MutexQueue, RingQueue, SpscRing};

const CLOCKS: [Clock; 2] = [Clock::Counter, Clock::TimeStamp];

/// Calls of each thread, in each test of this world.
const CALLS: usize = 20_000;

/// Small enough that both ends are met all the time.
const CAPACITIES: [usize; 2] = [1, 64];

#[test]
fn what_one_thread_hands_over_to_another_has_come_before() {
    for clock in CLOCKS {
        let recorder = Recorder::new(clock);
        let [mut to, mut back] = [1, 2].map(|thread| recorder.log::<u32, ()>(thread, 1000));
        let (ping, pinged) = mpsc::channel();
        let (pong, ponged) = mpsc::channel();
        let back = thread::spawn(move || {
            for number in pinged {
                back.record(number, |_| ());
                pong.send(()).unwrap();
            }
            back.into_records()
        });
        for number in 0..1000 {
            to.record(number, |_| ());
            ping.send(number).unwrap();
            ponged.recv().unwrap();
        }
        drop(ping);
        let (to, back) = (to.into_records(), back.join().unwrap());
        let turns: Vec<&Record<u32, ()>> = to.iter().zip(&back).flat_map(|(to, back)| [to, back]).collect();
        assert_eq!(turns.len(), 2000);
        for turns in turns.windows(2) {
            let [earlier, later] = [turns[0], turns[1]];
            let in_order = match recorder.source() {
                // Some systems' clocks stand still for as long.
                TimeSource::Instant => earlier.returned <= later.called,
                _ => earlier.returned < later.called,
            };
            assert!(in_order && later.called <= later.returned, "{:?}: {earlier:?} {later:?}", recorder.source());
        }
    }
}

#[test]
fn the_counter_gives_no_time_twice() {
    let recorder = &Recorder::new(Clock::Counter);
    assert_eq!(recorder.source(), TimeSource::Counter);
    let mut times: Vec<u64> = thread::scope(|scope| {
        let threads = [1, 2, 3].map(|thread| {
            scope.spawn(move || {
                let mut log = recorder.log(thread, 1000);
                (0..1000).for_each(|call| *log.record(call, |_| ()));
                log.into_records()
            })
        });
        let records = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        records.flat_map(|record: Record<u32, ()>| [record.called, record.returned]).collect()
    });
    times.sort_unstable();
    assert!(times.into_iter().eq(0..6000));
}

/// A number that can be added to.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Sum(u32);

impl Spec for Sum {
    type Call = u32;
    type Ret = u32;

    fn step(&mut self, call: &u32) -> Option<u32> {
        self.0 += call;
        Some(self.0)
    }

    fn methods() -> Vec<Method<u32>> {
        Vec::new()
    }
}

#[test]
fn records_make_a_history_in_which_a_call_that_panicked_is_pending() {
    let recorder = Recorder::new(Clock::Counter);
    let [mut one, mut two]: [Log<u32, u32>; 2] = [1, 2].map(|thread| recorder.log(thread, 2));
    assert_eq!(*one.record(1, |_| 1), 1);
    let panics = AssertUnwindSafe(|| *one.record(2, |_| panic!("on purpose")));
    assert!(catch_unwind(panics).is_err());
    two.record(3, |_| 6);
    let records = [one.into_records(), two.into_records()].concat();
    let history = History::<Sum>::of_intervals(records.into_iter().map(Record::into_operation).collect());
    let outcomes: Vec<_> = history.operations().iter().map(|operation| operation.outcome.clone()).collect();
    assert_eq!(outcomes, [Outcome::Returned(1), Outcome::Pending, Outcome::Returned(6)]);
    assert!(history.precedes(0, 1) && history.precedes(0, 2));
    assert!(!history.precedes(1, 2) && !history.precedes(2, 1), "what is pending precedes nothing");
}

/// Two producers and two consumers.
fn stress(
    clock: Clock,
    capacity: Option<usize>,
    push: impl Fn(u64) -> bool + Sync,
    pop: impl Fn() -> Option<u64> + Sync,
) -> StressReport {
    let (push, pop) = (&push, &pop);
    Stress { calls: CALLS, clock, capacity }.run(vec![push; 2], vec![pop; 2])
}

/// How often a run may be made again in which the machine let producers and consumers hardly meet.
const RUNS_MAX: usize = 50;

/// No violation is found, and in one of the runs many values went through, and both ends were met.
#[track_caller]
fn assert_right(run: impl Fn() -> StressReport) {
    let have_met = (0..RUNS_MAX).any(|_| {
        let report = run();
        let ([pushed, popped], [full, empty]) = (report.values(), report.refusals());
        assert!(report.verdict == QueueVerdict::NoneFound && pushed == popped, "{report}");
        pushed > 1000 && full > 0 && empty > 1
    });
    assert!(have_met, "in none of {RUNS_MAX} runs");
}

#[test]
fn the_mutex_queue_is_a_queue_on_real_threads() {
    for (clock, capacity) in CLOCKS.into_iter().zip(CAPACITIES) {
        let queue = MutexQueue::new(capacity);
        assert_right(|| stress(clock, Some(capacity), |value| queue.try_push(value).is_ok(), || queue.try_pop().ok()));
    }
}

#[test]
fn the_ring_queue_is_a_queue_on_real_threads() {
    for clock in CLOCKS {
        for capacity in CAPACITIES {
            let queue = RingQueue::starting_at_lap(capacity, usize::MAX);
            assert_right(|| stress(clock, Some(capacity), |value| queue.try_push(value).is_ok(), || queue.try_pop()));
        }
    }
}

#[test]
fn the_spsc_ring_is_a_queue_on_real_threads() {
    for capacity in CAPACITIES {
        // By the counter: it publishes by Release stores alone, which may be seen some time after the push has returned.
        let stress = Stress { calls: CALLS, clock: Clock::Counter, capacity: Some(capacity) };
        assert_right(|| {
            let (producer, consumer) = SpscRing::new(capacity).split();
            stress.run(vec![move |value| producer.try_push(value).is_ok()], vec![move || consumer.try_pop()])
        });
    }
}

/// The violation that was found.
fn violation(report: &StressReport) -> &QueueViolation {
    match &report.verdict {
        QueueVerdict::Violation(violation) => violation,
        _ => panic!("{report}"),
    }
}

/// Two producers and a consumer, so that half of the values are left for the main thread: then nothing depends on luck.
fn stress_and_leave_half(
    clock: Clock,
    push: impl Fn(u64) + Sync,
    pop: impl Fn() -> Option<u64> + Sync,
) -> StressReport {
    let push = |value| {
        push(value);
        true
    };
    Stress { calls: CALLS, clock, capacity: None }.run(vec![&push; 2], vec![&pop])
}

#[test]
fn a_stack_is_caught_by_two_values() {
    for clock in CLOCKS {
        let stack = Mutex::new(Vec::new());
        let report =
            stress_and_leave_half(clock, |value| stack.lock().unwrap().push(value), || stack.lock().unwrap().pop());
        let QueueViolation::Overtaken { first, second } = violation(&report) else { panic!("{report}") };
        let [first_pop, second_pop] = [first, second].map(|passage| passage.pop.unwrap().operation);
        assert!(first.push.operation.returned < second.push.operation.called, "{report}");
        assert!(second_pop.returned < first_pop.called, "{report}");
    }
}

#[test]
fn two_lanes_of_which_one_goes_first_are_caught() {
    for clock in CLOCKS {
        // One for each producer's even values, and one for the odd ones.
        let lanes = Mutex::new([VecDeque::new(), VecDeque::new()]);
        let push = |value: u64| lanes.lock().unwrap()[value as usize % 2].push_back(value);
        let pop = || lanes.lock().unwrap().iter_mut().find_map(VecDeque::pop_front);
        let report = stress_and_leave_half(clock, push, pop);
        assert!(matches!(violation(&report), QueueViolation::Overtaken { .. }), "{report}");
    }
}

#[test]
fn a_queue_that_loses_a_value_is_caught_by_that_value() {
    for clock in CLOCKS {
        let queue = Mutex::new(VecDeque::new());
        let push = |value: u64| {
            if value != 1 << 40 | 777 {
                queue.lock().unwrap().push_back(value);
            }
        };
        let report = stress_and_leave_half(clock, push, || queue.lock().unwrap().pop_front());
        match violation(&report) {
            QueueViolation::Overtaken { first, .. } => assert_eq!(first.pop, None, "{report}"),
            QueueViolation::NotEmpty { inside, .. } => {
                assert!(inside.iter().any(|value| value.pop.is_none()), "{report}");
            }
            _ => panic!("{report}"),
        }
    }
}

#[test]
fn a_queue_that_takes_more_than_it_should_is_caught() {
    let queue = MutexQueue::new(3);
    let report = stress(Clock::Counter, Some(2), |value| queue.try_push(value).is_ok(), || queue.try_pop().ok());
    let QueueViolation::OverCapacity { capacity: 2, inside } = violation(&report) else { panic!("{report}") };
    assert_eq!(inside.len(), 3);
    assert!(
        report.to_string().starts_with("2 producers and 2 consumers of 20000 calls each, timed by a shared counter\n")
    );
    let queue = MutexQueue::new(2);
    let report = stress(Clock::Counter, Some(3), |value| queue.try_push(value).is_ok(), || queue.try_pop().ok());
    assert!(matches!(violation(&report), QueueViolation::NotFull { inside_max: 0..3, .. }), "{report}");
}

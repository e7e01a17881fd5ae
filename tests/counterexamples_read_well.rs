//! A counterexample shows who did what, in an order that is easy to follow, and its token runs it again.
//!
//! Line numbers are part of what is shown, so the models come first and stay where they are.
#![cfg(not(any(loom, raddle_std)))]

use raddle::cell::UnsafeCell;
use raddle::model::{Checker, Counterexample, Coverage, Memory, TokenError, ViolationKind};
use raddle::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use raddle::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64};
use raddle::sync::{Arc, Barrier, Condvar, Mutex, mpsc};
use raddle::thread;

fn message_passing() {
    let shared = Arc::new((AtomicU64::new(0), AtomicBool::new(false)));
    let other = shared.clone();
    let producer = thread::Builder::new().name("producer".to_owned());
    producer
        .spawn(move || {
            other.0.store(7, Relaxed);
            other.1.store(true, Relaxed);
        })
        .unwrap();
    if shared.1.load(Acquire) {
        assert_eq!(shared.0.load(Relaxed), 7, "the message is there");
    }
}

fn store_buffering() {
    let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
    let threads = [0, 1].map(|mine| {
        let flags = flags.clone();
        thread::spawn(move || {
            flags[mine].store(true, Release);
            flags[1 - mine].load(Acquire)
        })
    });
    let seen = threads.map(|thread| thread.join().unwrap());
    assert!(seen[0] || seen[1], "one of them comes second");
}

fn lock_order() {
    let locks = Arc::new([Mutex::new(0), Mutex::new(0)]);
    let threads = [0, 1].map(|first| {
        let locks = locks.clone();
        thread::spawn(move || {
            let _first = locks[first].lock().unwrap();
            let _second = locks[1 - first].lock().unwrap();
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}

fn lost_wakeup() {
    let shared = Arc::new((AtomicBool::new(false), Mutex::new(()), Condvar::new()));
    let other = shared.clone();
    let waiter = thread::spawn(move || {
        if !other.0.load(SeqCst) {
            let guard = other.1.lock().unwrap();
            drop(other.2.wait(guard).unwrap());
        }
    });
    shared.0.store(true, SeqCst);
    shared.2.notify_one();
    waiter.join().unwrap();
}

struct Shared(UnsafeCell<u32>, AtomicU64);
// SAFETY: not so; the engine is to find out.
unsafe impl Sync for Shared {}

fn data_race() {
    let shared = Arc::new(Shared(UnsafeCell::new(0), AtomicU64::new(0)));
    let other = shared.clone();
    thread::spawn(move || {
        // SAFETY: the engine ends the model before two threads use the pointer at a time.
        other.0.with_mut(|value| unsafe { *value = 5 });
        other.1.store(1, Relaxed);
    });
    if shared.1.load(Acquire) == 1 {
        // SAFETY: as above.
        shared.0.with(|value| unsafe { *value });
    }
}

fn panic_in_thread() {
    let count = Arc::new(AtomicI32::new(0));
    let threads = [1, -2].map(|by| {
        let count = count.clone();
        thread::spawn(move || {
            let before = count.fetch_add(by, AcqRel);
            assert!(before >= 0, "the count is never negative");
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Three rounds of two threads that have nothing to do with each other, and a condition that any order of them breaks.
fn many_switches() {
    let shared = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let threads = [0, 1].map(|mine| {
        let shared = shared.clone();
        thread::spawn(move || {
            for _ in 0..3 {
                shared[mine].fetch_add(1, SeqCst);
            }
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(shared[0].load(SeqCst), 4);
}

fn exchange_of_pointers() {
    let slot = Arc::new(AtomicPtr::new(std::ptr::null_mut::<u8>()));
    let other = slot.clone();
    let writer = thread::spawn(move || {
        let (first, second) = (std::ptr::dangling_mut(), std::ptr::without_provenance_mut(64));
        other.store(first, Release);
        other.swap(second, AcqRel);
    });
    writer.join().unwrap();
    let null = std::ptr::null_mut();
    slot.compare_exchange(null, null, SeqCst, Relaxed).expect("nobody has used the slot");
}

/// Many threads, each with a lock, in a circle.
fn round_table() {
    let forks: Arc<[Mutex<()>]> = (0..5).map(|_| Mutex::new(())).collect();
    let philosophers: Vec<_> = (0..5)
        .map(|seat: usize| {
            let forks = forks.clone();
            thread::spawn(move || {
                let _left = forks[seat].lock().unwrap();
                let _right = forks[(seat + 1) % 5].lock().unwrap();
            })
        })
        .collect();
    for philosopher in philosophers {
        philosopher.join().unwrap();
    }
}

/// A reference count that is decreased without synchronisation, and a destructor that asks how many owners there are.
fn owners_are_counted() {
    let value = Arc::new(0);
    let other = value.clone();
    let thread = thread::spawn(move || Arc::strong_count(&other));
    let seen = Arc::strong_count(&value);
    let other = thread.join().unwrap();
    assert!(seen == 2 && other == 2, "{seen} and {other} owners");
}

/// What `CHANGING` makes of a model is what somebody's edit makes of it.
static EDITION: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

fn edited() {
    let edition = EDITION.load(Relaxed);
    let shared = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
    let other = shared.clone();
    let writer = move || {
        other.0.store(1, Relaxed);
        other.1.store(1, if edition == 1 { Release } else { Relaxed });
        other.1.store(2, Relaxed);
    };
    if edition != 2 {
        thread::spawn(writer);
    }
    let order = if edition == 3 { SeqCst } else { Acquire };
    let last = shared.1.load(order);
    let first = shared.0.load(order);
    let is_fixed = edition >= 4;
    assert!(is_fixed || last == 0 || first == 1);
    if edition == 5 {
        shared.0.load(order);
    }
}

/// Messages that are handed over, and one that nobody waits for long enough.
fn hand_over() {
    let (sender, receiver) = mpsc::sync_channel(0);
    let giver = thread::spawn(move || {
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        sender.send(3)
    });
    assert_eq!(receiver.recv(), Ok(1));
    if receiver.recv_timeout(std::time::Duration::ZERO) == Ok(2) {
        receiver.recv_timeout(std::time::Duration::ZERO).expect_err("the third message is late");
    }
    drop(receiver);
    let last = giver.join();
    assert_eq!(last.expect("the first two are received"), Ok(()));
}

/// A barrier that two threads pass, and then one of them comes again.
fn barrier() {
    let barrier = Arc::new(Barrier::new(2));
    let other = barrier.clone();
    let thread = thread::spawn(move || other.wait().is_leader());
    if !barrier.wait().is_leader() {
        barrier.wait();
    }
    thread.join().unwrap();
}

fn found(model: impl Fn() + Send + Sync + 'static) -> Counterexample {
    Checker::new().workers(1).explore(model).violation.expect("there is a violation")
}

/// The execution that a violation's token stands for shows the same again.
fn assert_replays(violation: &Counterexample, model: impl Fn() + Send + Sync + 'static) {
    let checker = Checker::new().replay(&violation.token).expect("it is a token");
    let report = checker.explore(model);
    assert_eq!(report.coverage, Coverage::Bounded("one execution was replayed".to_owned()));
    let again = report.violation.expect("the violation is there again");
    assert_eq!(again.to_string(), violation.to_string());
    assert_eq!(
        (again.kind, again.trace, again.token),
        (violation.kind, violation.trace.clone(), violation.token.clone())
    );
}

const ESCAPE: &str = "\x1b[";
const BOLD: &str = "1";
const DIM: &str = "2";
const YELLOW: &str = "33";
const RED: &str = "1;31";

/// What follows each escape sequence, with the sequence's parameters.
fn coloured_parts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(ESCAPE).skip(1).map(|part| part.split_once('m').expect("an escape sequence has an end"))
}

fn without_colours(text: &str) -> String {
    let (before, _) = text.split_once(ESCAPE).expect("there are colours");
    before.to_owned() + &coloured_parts(text).map(|(_, part)| part).collect::<String>()
}

macro_rules! reads_well {
    ($($model:ident: $kind:ident;)*) => { $(
        #[test]
        fn $model() {
            let violation = found(super::$model);
            assert_eq!(violation.kind, ViolationKind::$kind);
            insta::assert_snapshot!(stringify!($model), violation.trace);
            assert!(violation.trace.ends_with(&violation.message));
            assert_eq!(without_colours(&format!("{violation:#}")), violation.to_string());
            assert_replays(&violation, super::$model);
        }
    )* };
}

mod the_trace_of {
    use super::{ViolationKind, assert_replays, found, without_colours};

    reads_well! {
        message_passing: Panic;
        store_buffering: Panic;
        lock_order: Deadlock;
        lost_wakeup: Deadlock;
        data_race: DataRace;
        panic_in_thread: Panic;
        many_switches: Panic;
        exchange_of_pointers: Panic;
        round_table: Deadlock;
        owners_are_counted: Panic;
        hand_over: Panic;
        barrier: Deadlock;
    }
}

/// What has one colour in a counterexample.
fn coloured(violation: &Counterexample, colour: &str) -> Vec<String> {
    let text = format!("{violation:#}");
    coloured_parts(&text).filter(|&(parameters, _)| parameters == colour).map(|(_, part)| part.to_owned()).collect()
}

#[test]
fn colours_say_what_hurts() {
    let violation = found(message_passing);
    let headline = "panic: assertion `left == right` failed: the message is there";
    assert_eq!(coloured(&violation, RED), [headline, "panics", headline]);
    assert_eq!(coloured(&violation, BOLD), ["main", "thread 1 'producer'"]);
    assert_eq!(coloured(&violation, YELLOW), ["reads the initial value; #2 wrote 7 since"]);
    let file = "(:N is tests/counterexamples_read_well.rs:N)";
    assert_eq!(coloured(&violation, DIM), [file, ":18", ":19", ":20", ":23", ":24", ":24"]);

    let violation = found(data_race);
    assert_eq!(coloured(&violation, RED)[1..3], ["writes the UnsafeCell", "reads the UnsafeCell"]);
    let violation = found(lost_wakeup);
    assert_eq!(coloured(&violation, RED)[1..2], ["waits for ever"]);
    assert_eq!(coloured(&violation, RED).len(), 3, "who only joins does not hurt");

    // So many threads have lines in place of columns.
    let violation = found(round_table);
    assert_eq!(coloured(&violation, RED)[1..3], ["waits in Mutex#1.lock()", "waits in Mutex#2.lock()"]);
    assert_eq!(coloured(&violation, BOLD).len(), 16, "each line has a name");
    assert_eq!(coloured(&violation, DIM).len(), 17);
}

#[test]
fn a_report_has_the_colours_of_its_violation() {
    let report = Checker::new().workers(1).explore(message_passing);
    assert!(!report.to_string().contains(ESCAPE));
    assert!(format!("{report:#}").ends_with(&format!("{:#}", report.violation.unwrap())));
}

/// For the test below, which runs this one by itself.
#[test]
fn a_check_fails_when_it_is_told_to() {
    if std::env::var_os("RADDLE_TEST_FAILS").is_some() {
        Checker::new().workers(1).check(message_passing);
    }
}

#[test]
fn a_failing_check_has_colours_where_they_are_wanted() {
    let output_with = |variables: &[&str]| {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "a_check_fails_when_it_is_told_to"]).env("RADDLE_TEST_FAILS", "1");
        for variable in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
            command.env_remove(variable);
        }
        let output = command.envs(variables.iter().map(|&variable| (variable, "1"))).output().unwrap();
        assert_eq!(output.status.code(), Some(101));
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = output_with(&[]);
    assert!(plain.contains("panic: assertion `left == right` failed: the message is there\n"), "{plain}");
    assert!(!plain.contains(ESCAPE), "{plain}");
    assert!(output_with(&["CLICOLOR_FORCE"]).contains("\x1b[1;31mpanics\x1b[0m"));
    assert!(!output_with(&["CLICOLOR_FORCE", "NO_COLOR"]).contains(ESCAPE));
}

/// How often the table goes from one column to another.
fn switches(trace: &str) -> usize {
    let rows = trace.lines().filter(|line| line.chars().take(2).any(|first| first.is_ascii_digit()));
    let columns: Vec<_> = rows
        .map(|row| row.split(" | ").position(|cell| cell.contains(|letter: char| letter.is_ascii_alphabetic())))
        .collect();
    columns.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

#[test]
fn whatever_the_search_does_the_trace_has_the_fewest_switches() {
    let expected = found(many_switches);
    // main, thread 1, thread 2, main.
    assert_eq!(switches(&expected.trace), 3);
    for seed in 0..20 {
        let shuffled = Checker::new().workers(1).shuffle(seed).explore(many_switches).violation.unwrap();
        assert_eq!(switches(&shuffled.trace), 3, "{shuffled}");
        assert_replays(&shuffled, many_switches);
    }
}

#[test]
fn violations_of_any_search_can_be_replayed() {
    for seed in 0..30 {
        for model in [store_buffering, lock_order, lost_wakeup, data_race, panic_in_thread, round_table] {
            let report = Checker::new().workers(1).shuffle(seed).explore(model);
            assert_replays(&report.violation.unwrap(), model);
            let random = raddle::model::Strategy::Random { iterations: 2000, seed };
            let report = Checker::new().strategy(random).explore(model);
            assert_replays(&report.violation.unwrap(), model);
        }
    }
}

#[test]
fn a_message_says_how_to_replay_it() {
    let violation = found(message_passing);
    let text = violation.to_string();
    let (headline, rest) = text.split_once("\n\n").unwrap();
    assert_eq!(headline, "panic: assertion `left == right` failed: the message is there");
    let (_, replay) = rest.rsplit_once("\n\n").unwrap();
    let command = format!("replay: RADDLE_REPLAY={}", violation.token);
    assert!(replay == command || replay == format!("{command} cargo test a_message_says_how_to_replay_it"), "{replay}");
}

#[test]
fn a_token_brings_its_memory_model() {
    let model = || {
        let shared = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
        let other = shared.clone();
        thread::spawn(move || other.0.fetch_add(1, Relaxed));
        assert_eq!(shared.0.load(Relaxed), 0);
    };
    let violation = Checker::new().workers(1).memory(Memory::SeqCst).explore(model).violation.unwrap();
    let report = Checker::new().memory(Memory::Rc11).replay(&violation.token).unwrap().explore(model);
    assert_eq!(report.violation.unwrap().trace, violation.trace);
    assert!(report.settings.to_owned().replay(&violation.token).is_ok());
    assert!(format!("{:?}", report.settings).contains("memory: SeqCst"));
}

#[test]
fn a_token_with_a_changed_character_is_refused() {
    let token = found(store_buffering).token;
    for position in 3..token.len() {
        let other = if token.as_bytes()[position] == b'A' { "B" } else { "A" };
        let mut changed = token.clone();
        changed.replace_range(position..=position, other);
        assert!(Checker::new().replay(&changed).is_err(), "{changed}");
    }
    assert_eq!(Checker::new().replay(&token[..token.len() - 2]).unwrap_err(), TokenError::Truncated);
    assert_eq!(Checker::new().replay("r9-AAAA").unwrap_err(), TokenError::OtherVersion("r9".to_owned()));
    assert_eq!(Checker::new().replay("please").unwrap_err(), TokenError::NoToken);
}

#[test]
fn a_token_of_another_closure_is_refused() {
    let token = found(store_buffering).token;
    let refused = Checker::new().replay(&token).unwrap().explore(lock_order).violation.unwrap();
    assert_eq!(refused.kind, ViolationKind::NotReplayed);
    assert!(refused.message.starts_with("The token was printed by another test"), "{refused}");
}

#[test]
fn a_token_of_a_model_that_has_changed_is_refused() {
    let violation = found(edited);
    assert_replays(&violation, edited);
    let refusals = [
        (1, "now it has these steps, and they are others"),
        (2, "a thread was to go on that does not exist now"),
        (3, "now it has these steps, and they are others"),
        (5, "these steps are the same, but nothing is wrong after them now"),
    ];
    for (edition, expected) in refusals {
        EDITION.store(edition, Relaxed);
        let report = Checker::new().replay(&violation.token).unwrap().explore(edited);
        let refused = report.violation.expect("it is not the same");
        assert_eq!(refused.kind, ViolationKind::NotReplayed);
        assert!(refused.message.contains(expected), "{edition}: {refused}");
    }
    // Nothing but the fault has gone.
    EDITION.store(4, Relaxed);
    let report = Checker::new().replay(&violation.token).unwrap().explore(edited);
    assert!(report.violation.is_none() && report.executions == 1, "{report}");
    EDITION.store(0, Relaxed);
}

/// Of each event whose row has arrows to it, who it reads from and what happens before it.
fn arrows(violation: &Counterexample) -> Vec<(usize, Option<usize>, Vec<usize>)> {
    let mut events: Vec<_> = violation.lanes.iter().flat_map(|lane| &lane.events).collect();
    events.sort_by_key(|event| event.number);
    let arrows = events.into_iter().map(|event| (event.number, event.reads_from, event.happens_after.clone()));
    arrows.filter(|(_, source, before)| source.is_some() || !before.is_empty()).collect()
}

#[test]
fn the_lanes_have_the_rows_of_the_trace() {
    let violation = found(message_passing);
    let [main, producer] = &violation.lanes[..] else { panic!("{:?}", violation.lanes) };
    assert_eq!((main.thread, &*main.name), (0, "main"));
    assert_eq!((producer.thread, &*producer.name), (1, "thread 1 'producer'"));
    let numbers = |lane: &raddle::model::Lane| lane.events.iter().map(|event| event.number).collect::<Vec<_>>();
    assert_eq!((numbers(main), numbers(producer)), (vec![1, 4, 5, 6], vec![2, 3]));
    let load = &main.events[1];
    assert_eq!((&*load.text, load.ordering), ("AtomicBool#1.load(Acquire) -> true", Some("Acquire")));
    assert_eq!((load.value.as_deref(), load.reads_from), (Some("true"), Some(3)));
    assert!(load.site.starts_with("tests/counterexamples_read_well.rs:"));
    assert_eq!(main.events[2].note.as_deref(), Some("reads the initial value; #2 wrote 7 since"));
    assert!(main.events[3].is_wrong && !load.is_wrong);
    for model in [data_race, lost_wakeup, owners_are_counted, round_table] {
        let violation = found(model);
        let events = || violation.lanes.iter().flat_map(|lane| &lane.events);
        let mut numbers: Vec<_> = events().map(|event| event.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=events().count()).collect::<Vec<_>>());
    }
}

#[test]
fn the_lanes_say_what_happens_before_what_and_nothing_twice() {
    // The flag is read, and as it is relaxed, nothing happens before that but what main did itself.
    assert_eq!(arrows(&found(message_passing)), [(2, None, vec![1]), (4, Some(3), vec![])]);
    let handed_on = || {
        let shared = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
        let other = shared.clone();
        let first = thread::spawn(move || other.0.store(1, Release));
        let other = shared.clone();
        let second = thread::spawn(move || {
            let seen = other.0.load(Acquire);
            other.1.store(1 + seen, Release);
        });
        let seen = shared.1.load(Acquire);
        first.join().unwrap();
        second.join().unwrap();
        assert_ne!(seen, 2);
    };
    let violation = found(handed_on);
    let table = violation.trace.split("\n\n").next().unwrap();
    let shown = format!("{table}\n\n{:?}", arrows(&violation));
    insta::assert_snapshot!("what_happens_before_what", shown);
}

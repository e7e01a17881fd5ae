//! Has every program that blocks the executions and the deadlocks that it must have, each once?
//!
//! A deadlock is counted here and not reported, so that both numbers can be seen. The orderings are the table's:
//! nothing but the primitives orders the threads, so what these must publish shows in the counts.

#![cfg(not(any(loom, raddle_std)))]

mod counted;

use std::mem;

use counted::{Program, Row};
use raddle::model::assume;
use raddle::sync::atomic::Ordering::{AcqRel, Relaxed};
use raddle::sync::atomic::{AtomicI64, AtomicU64};
use raddle::sync::{Arc, Condvar, Mutex, RwLock, mpsc};
use raddle::thread;

#[derive(Default)]
struct Locked {
    lock: Mutex<()>,
    x: AtomicU64,
}

fn sections(name: &'static str, threads: u64) -> Row {
    Program::over(name, Locked::default)
        .threads(0..threads, |m, _| {
            let section = m.lock.lock().unwrap();
            let seen = m.x.load(Relaxed);
            m.x.store(seen + 1, Relaxed);
            drop(section);
        })
        .deadlocks(0)
}

#[test]
fn mutex_sections_2() {
    sections("2 mutex sections", 2).counts(2, 2);
}

#[test]
fn mutex_sections_3() {
    sections("3 mutex sections", 3).counts(6, 6);
}

#[test]
fn mutex_sections_4() {
    sections("4 mutex sections", 4).counts(24, 24);
}

#[test]
fn mutex_sections_5() {
    sections("5 mutex sections", 5).counts(120, 120);
}

#[derive(Default)]
struct TwoLocks {
    a: Mutex<()>,
    b: Mutex<()>,
}

#[test]
fn ab_ba() {
    Program::over("AB-BA", TwoLocks::default)
        .thread(|m| {
            let a = m.a.lock().unwrap();
            let b = m.b.lock().unwrap();
            drop(b);
            drop(a);
        })
        .thread(|m| {
            let b = m.b.lock().unwrap();
            let a = m.a.lock().unwrap();
            drop(a);
            drop(b);
        })
        .deadlocks(1)
        .counts(2, 2);
}

#[test]
fn never_unlocked() {
    Program::over("never unlocked", TwoLocks::default)
        .thread(|m| mem::forget(m.a.lock().unwrap()))
        .threads(0..2, |m, _| drop(m.a.lock().unwrap()))
        .deadlocks(3)
        .counts(2, 2);
}

/// A flag that threads wait for.
#[derive(Default)]
struct Signal {
    flag: Mutex<bool>,
    changed: Condvar,
}

fn condvar_flag(name: &'static str, waiters: u64) -> Row {
    Program::over(name, Signal::default)
        .threads(0..waiters, |m, _| {
            let mut flag = m.flag.lock().unwrap();
            while !*flag {
                flag = m.changed.wait(flag).unwrap();
            }
        })
        .thread(|m| {
            *m.flag.lock().unwrap() = true;
            m.changed.notify_all();
        })
        .deadlocks(0)
}

#[test]
fn condvar_flag_1_waiter() {
    condvar_flag("condvar, flag, 1 waiter", 1).counts(2, 2);
}

#[test]
fn condvar_flag_2_waiters() {
    condvar_flag("condvar, flag, 2 waiters", 2).counts(10, 10);
}

/// The flag is read before the lock is taken, so the notification can come in between.
#[test]
fn lost_wake_up() {
    #[derive(Default)]
    struct Lost {
        flag: AtomicU64,
        lock: Mutex<()>,
        changed: Condvar,
    }

    Program::over("lost wake-up", Lost::default)
        .thread(|m| {
            if m.flag.load(Relaxed) == 0 {
                let guard = m.lock.lock().unwrap();
                drop(m.changed.wait(guard).unwrap());
            }
        })
        .thread(|m| {
            m.flag.store(1, Relaxed);
            drop(m.lock.lock().unwrap());
            m.changed.notify_one();
        })
        .deadlocks(1)
        .counts(3, 3);
}

#[test]
fn park_unpark() {
    fn park_and_look(flag: &AtomicU64) {
        thread::park();
        assert_eq!(flag.load(Relaxed), 1, "unpark publishes what came before it");
    }

    fn spawn_unparker(flag: Arc<AtomicU64>, parked: thread::Thread) {
        thread::spawn(move || {
            flag.store(1, Relaxed);
            parked.unpark();
        });
    }

    Row::of("park/unpark", || {
        let flag = Arc::new(AtomicU64::new(0));
        let parker = thread::spawn({
            let flag = flag.clone();
            move || park_and_look(&flag)
        });
        spawn_unparker(flag, parker.thread().clone());
    })
    .or("main is parked", || {
        let flag = Arc::new(AtomicU64::new(0));
        spawn_unparker(flag.clone(), thread::current());
        park_and_look(&flag);
    })
    .deadlocks(0)
    .counts(1, 1);
}

/// The second unpark makes no difference to a token that is there already.
#[test]
fn park_twice_two_unparkers() {
    fn park_twice() {
        thread::park();
        thread::park();
    }

    fn spawn_unparkers(parked: &thread::Thread) {
        for _ in 0..2 {
            let parked = parked.clone();
            thread::spawn(move || parked.unpark());
        }
    }

    Row::of("park twice, two unparkers", || spawn_unparkers(thread::spawn(park_twice).thread()))
        .or("main is parked", || {
            spawn_unparkers(&thread::current());
            park_twice();
        })
        .deadlocks(2)
        .counts(2, 2);
}

/// Two senders, each of which sends `each` values, and a receiver that takes all. The channel's ends are lent to the
/// threads, so that none of them is dropped while another is at work.
fn mpsc_row(name: &'static str, each: u64) -> Row {
    fn send(sender: &mpsc::Sender<u64>, each: u64) {
        for value in 0..each {
            sender.send(value).unwrap();
        }
    }

    fn receive(receiver: mpsc::Receiver<u64>, values: u64) -> mpsc::Receiver<u64> {
        for _ in 0..values {
            receiver.recv().unwrap();
        }
        receiver
    }

    Row::of(name, move || {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| send(&sender, each));
            scope.spawn(|| send(&sender, each));
            scope.spawn(move || receive(receiver, 2 * each)).join().unwrap()
        });
    })
    .or("the receiver is spawned first", move || {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            let receiver = scope.spawn(move || receive(receiver, 2 * each));
            scope.spawn(|| send(&sender, each));
            scope.spawn(|| send(&sender, each));
            receiver.join().unwrap()
        });
    })
    .deadlocks(0)
}

/// As one chain of updates a receive is ordered with the sends that it has no part in: 4. With a tail and slots it is
/// not: 2.
#[test]
fn mpsc_two_senders_of_1() {
    mpsc_row("mpsc, 2 senders x1, 1 receiver x2", 1).counts_one_of(&[4, 2]);
}

/// 84 as one chain of updates, 6 with a tail and slots.
#[test]
fn mpsc_two_senders_of_2() {
    mpsc_row("mpsc, 2 senders x2, 1 receiver x4", 2).counts_one_of(&[84, 6]);
}

/// As one chain of updates: the readers are ordered among themselves too.
#[test]
fn rwlock_2_readers() {
    Program::over("rwlock, 2 readers", RwLock::<u64>::default)
        .threads(0..2, |lock, _| drop(lock.read().unwrap()))
        .deadlocks(0)
        .counts(6, 6);
}

#[test]
fn rwlock_2_readers_1_writer() {
    Program::over("rwlock, 2 readers, 1 writer", RwLock::<u64>::default)
        .threads(0..2, |lock, _| drop(lock.read().unwrap()))
        .thread(|lock| *lock.write().unwrap() += 1)
        .deadlocks(0)
        .counts(14, 14);
}

/// A semaphore as one chain of updates. To go below zero is to block, and such an execution is of no interest.
#[test]
fn semaphore_of_2() {
    Program::over("semaphore(2)", || AtomicI64::new(2))
        .threads(0..3, |permits, _| {
            assume(permits.fetch_sub(1, AcqRel) > 0);
            permits.fetch_add(1, AcqRel);
        })
        .deadlocks(0)
        .counts(54, 54);
}

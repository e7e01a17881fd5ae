//! Does the number of executions grow with the number of threads as it must?
//!
//! The numbers are those of an independent model checker and of an enumerator of graphs. The orderings are the table's:
//! what a weaker or a stronger one allows is what is tested, so no access has a reason of its own. Where a program
//! waits, it assumes what it waits for.

#![cfg(not(any(loom, raddle_std)))]

mod counted;

use std::array;

use counted::{Locations, Program};
use raddle::model::{Memory, assume};
use raddle::sync::Barrier;
use raddle::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use raddle::sync::atomic::{AtomicI64, AtomicU64, Ordering, fence};

#[test]
fn wrw_3() {
    Program::new("wrw N=3")
        .thread(|m| m.x.store(1, Release))
        .threads(0..3, |m, k| {
            m.x.load(Relaxed);
            m.x.store(k, Release);
        })
        .counts(300, 300);
}

fn ainc(name: &'static str, threads: u64) -> Program<Locations> {
    Program::new(name).threads(0..threads, |m, _| {
        m.x.fetch_add(1, Relaxed);
    })
}

#[test]
fn ainc_3() {
    ainc("ainc N=3", 3).counts(6, 6);
}

#[test]
fn ainc_5() {
    ainc("ainc N=5", 5).counts(120, 120);
}

fn binc(name: &'static str, threads: u64) -> Program<Locations> {
    Program::new(name).threads(0..threads, |m, _| {
        m.x.fetch_add(1, Relaxed);
        m.y.fetch_add(1, Relaxed);
    })
}

#[test]
fn binc_3() {
    binc("binc N=3", 3).counts(36, 36);
}

#[test]
fn binc_4() {
    binc("binc N=4", 4).counts(576, 576);
}

#[test]
fn inc_3() {
    Program::new("inc N=3")
        .threads(0..3, |m, k| {
            let seen = m.x.load(Relaxed);
            m.x.store(seen + (1 << k), Release);
        })
        .counts(36, 36);
}

fn wainc(name: &'static str, threads: u64) -> Program<Locations> {
    Program::new(name).thread(|m| m.x.store(42, Release)).threads(0..threads, |m, _| {
        m.x.fetch_add(1, Relaxed);
    })
}

#[test]
fn wainc_3() {
    wainc("wainc N=3", 3).counts(24, 24);
}

#[test]
fn wainc_4() {
    wainc("wainc N=4", 4).counts(120, 120);
}

fn cas(name: &'static str, threads: u64) -> Program<Locations> {
    Program::new(name).threads(1..=threads, |m, k| {
        _ = m.x.compare_exchange(0, k, Relaxed, Relaxed);
    })
}

#[test]
fn cas_3() {
    cas("cas N=3", 3).counts(3, 3);
}

#[test]
fn cas_5() {
    cas("cas N=5", 5).counts(5, 5);
}

fn casrot(name: &'static str, threads: u64) -> Program<Locations> {
    Program::new(name).threads(1..=threads, |m, k| {
        _ = m.x.compare_exchange(k - 1, k, Relaxed, Relaxed);
    })
}

#[test]
fn casrot_3() {
    casrot("casrot N=3", 3).counts(5, 5);
}

#[test]
fn casrot_5() {
    casrot("casrot N=5", 5).counts(43, 43);
}

fn casw(name: &'static str, threads: u64) -> Program<Locations> {
    Program::new(name).threads(0..threads, |m, k| {
        _ = m.x.compare_exchange(0, 1, Relaxed, Relaxed);
        m.x.store(k + 3, Release);
    })
}

#[test]
fn casw_2() {
    casw("casw N=2", 2).counts(6, 6);
}

#[test]
fn casw_3() {
    casw("casw N=3", 3).counts(66, 66);
}

fn wcas(name: &'static str, threads: u64) -> Program<Locations> {
    Program::new(name).thread(|m| m.x.store(2, Release)).threads(0..threads, |m, _| {
        _ = m.x.compare_exchange(2, 3, Relaxed, Relaxed);
    })
}

#[test]
fn wcas_2() {
    wcas("wcas N=2", 2).counts(5, 5);
}

#[test]
fn wcas_4() {
    wcas("wcas N=4", 4).counts(33, 33);
}

fn readers(name: &'static str, threads: u64) -> Program<Locations> {
    Program::new(name)
        .thread(|m| m.x.store(42, Release))
        .threads(0..threads, |m, _| {
            m.x.load(Acquire);
        })
        .joined()
}

#[test]
fn readers_2() {
    readers("readers N=2", 2).counts(4, 4);
}

#[test]
fn readers_8() {
    readers("readers N=8", 8).counts(256, 256);
}

#[test]
fn n_writers_4() {
    Program::new("N-writers N=4")
        .thread(|m| {
            m.x.load(Acquire);
        })
        .threads(0..=4, |m, k| m.x.store(k, Release))
        .counts(720, 720);
}

#[test]
fn coa_3() {
    Program::new("CoA N=3")
        .thread(|m| {
            m.x.store(1, Release);
            m.y.load(Acquire);
            m.x.load(Acquire);
        })
        .thread(|m| {
            m.x.store(2, Release);
            m.z.load(Acquire);
            m.x.load(Acquire);
        })
        .threads(1..3, |m, k| {
            m.y.store(k, Release);
            m.z.store(k, Release);
        })
        .counts(144, 130);
}

#[test]
fn lastzero_5() {
    const PLACES: usize = 6;
    Program::over("lastzero N=5", || array::from_fn::<_, PLACES, _>(|_| AtomicU64::new(0)))
        .thread(|places| {
            // It ends: nobody writes the first place.
            let mut place = PLACES - 1;
            while places[place].load(Acquire) != 0 {
                place -= 1;
            }
        })
        .threads(1..PLACES as u64, |places, k| {
            let seen = places[k as usize - 1].load(Acquire);
            places[k as usize].store(seen + 1, Release);
        })
        .counts(64, 64);
}

/// Threads put four words each into a hash table with open addressing. Below twelve threads no two words meet.
fn indexer(name: &'static str, threads: u64) -> Program<[AtomicU64; 128]> {
    Program::over(name, || array::from_fn(|_| AtomicU64::new(0))).threads(0..threads, |table, thread| {
        for insert in 1..=4 {
            let word = insert * 11 + thread;
            let mut place = (word * 7) as usize % table.len();
            while table[place].compare_exchange(0, word, Relaxed, Relaxed).is_err() {
                place = (place + 1) % table.len();
            }
        }
    })
}

#[test]
fn indexer_12() {
    indexer("indexer N=12", 12).counts(8, 8);
}

#[test]
fn indexer_15_rc11() {
    indexer("indexer N=15", 15).counts_once(Memory::Rc11, 4096);
}

#[test]
fn indexer_15_sc() {
    indexer("indexer N=15", 15).counts_once(Memory::SeqCst, 4096);
}

/// The two numbers of the sequence of Fibonacci that the threads race to add up.
struct Summands {
    x: AtomicU64,
    y: AtomicU64,
}

fn fib_bench(name: &'static str, sums: u64) -> Program<Summands> {
    Program::over(name, || Summands { x: AtomicU64::new(1), y: AtomicU64::new(1) })
        .thread(move |m| {
            for _ in 0..sums {
                let (x, y) = (m.x.load(Acquire), m.y.load(Acquire));
                m.x.store(x + y, Release);
            }
        })
        .thread(move |m| {
            for _ in 0..sums {
                let (x, y) = (m.x.load(Acquire), m.y.load(Acquire));
                m.y.store(x + y, Release);
            }
        })
        .thread(|m| {
            if m.x.load(Acquire) <= 144 {
                m.y.load(Acquire);
            }
        })
}

#[test]
fn fib_bench_1() {
    fib_bench("fib_bench NUM=1", 1).counts(11, 11);
}

#[test]
fn fib_bench_2() {
    fib_bench("fib_bench NUM=2", 2).counts(153, 140);
}

#[test]
fn fib_bench_5_rc11() {
    fib_bench("fib_bench NUM=5", 5).counts_once(Memory::Rc11, 525_630);
}

#[test]
fn fib_bench_5_sc() {
    fib_bench("fib_bench NUM=5", 5).counts_once(Memory::SeqCst, 218_243);
}

/// What two threads that exclude each other share: a word of each, whose turn it is, and what they write inside.
#[derive(Default)]
struct Exclusion {
    flags: [AtomicU64; 2],
    turn: AtomicU64,
    inside: AtomicU64,
}

/// Fails if the other thread is inside too, in some execution.
fn stay_inside(m: &Exclusion, mine: u64) {
    m.inside.store(mine, Relaxed);
    assert_eq!(m.inside.load(Relaxed), mine, "the other thread is inside too");
}

#[test]
fn dekker_f() {
    Program::over("dekker_f", Exclusion::default)
        .threads([1, 0], |m, k| {
            let (mine, other) = (k as usize, 1 - k as usize);
            m.flags[mine].store(1, Relaxed);
            fence(SeqCst);
            if m.flags[other].load(Relaxed) == 0 {
                stay_inside(m, k);
            }
        })
        .counts(3, 3);
}

/// Dekker's two threads say in `inside` that they are there.
#[derive(Default)]
struct Dekker {
    flags: [AtomicU64; 2],
    inside: [AtomicU64; 2],
}

#[test]
fn dekker2_fixed_3() {
    fn both_inside(m: &Dekker) -> bool {
        m.inside[0].load(Relaxed) != 0 && m.inside[1].load(Relaxed) != 0
    }

    Program::over("dekker2-fixed N=3", Dekker::default)
        .threads([0, 1], |m, k| {
            let (mine, other) = (k as usize, 1 - k as usize);
            m.flags[mine].store(1, SeqCst);
            if m.flags[other].load(SeqCst) == 0 {
                m.inside[mine].store(1, Relaxed);
            }
        })
        .thread(|m| {
            if both_inside(m) {
                for _ in 0..3 {
                    m.flags[1].store(1, Relaxed);
                }
            }
        })
        .thread(|m| {
            if both_inside(m) {
                for _ in 0..3 {
                    m.flags[1].load(Relaxed);
                }
            }
        })
        .counts(6, 6);
}

/// Peterson's algorithm. With release and acquire it does not exclude, so what is read inside is anyone's.
fn peterson(name: &'static str, store: Ordering, load: Ordering) -> Program<Exclusion> {
    Program::over(name, Exclusion::default)
        .threads([1, 0], move |m, k| {
            let (mine, other) = (k as usize, 1 - k as usize);
            m.flags[mine].store(1, store);
            m.turn.store(k, store);
            assume(m.flags[other].load(load) != 1 || m.turn.load(load) != k);
            m.inside.store(1 - k, store);
            m.inside.load(load);
            m.flags[mine].store(0, store);
        })
        .joined()
}

#[test]
fn peterson_release_acquire() {
    peterson("peterson", Release, Acquire).counts(22, 4);
}

#[test]
fn peterson_sc() {
    peterson("peterson-sc", SeqCst, SeqCst).counts(4, 4);
}

/// What Lamport's fast mutex is made of: who came last (`x`), who is inside (`y`), and who is about to enter.
#[derive(Default)]
struct Lamport {
    x: AtomicU64,
    y: AtomicU64,
    about: [AtomicU64; 2],
    inside: AtomicU64,
}

#[test]
fn lamport_2() {
    fn enter(m: &Lamport, k: u64) {
        let (mine, other) = (k as usize - 1, 2 - k as usize);
        loop {
            m.about[mine].store(1, SeqCst);
            m.x.store(k, SeqCst);
            if m.y.load(SeqCst) != 0 {
                m.about[mine].store(0, SeqCst);
                assume(m.y.load(SeqCst) == 0);
                continue;
            }
            m.y.store(k, SeqCst);
            if m.x.load(SeqCst) == k {
                return;
            }
            m.about[mine].store(0, SeqCst);
            assume(m.about[other].load(SeqCst) == 0);
            if m.y.load(SeqCst) == k {
                return;
            }
            assume(m.y.load(SeqCst) == 0);
        }
    }

    Program::over("lamport N=2", Lamport::default)
        .threads([1, 2], |m, k| {
            enter(m, k);
            m.inside.store(k, SeqCst);
            assert_eq!(m.inside.load(SeqCst), k, "the other thread is inside too");
            m.y.store(0, SeqCst);
            m.about[k as usize - 1].store(0, SeqCst);
        })
        .counts(16, 16);
}

/// Szymanski's algorithm. A thread's flag says: 1, I want to enter; 2, I wait for others to pass the door; 3, I am in
/// the doorway; 4, the door is shut behind me.
#[test]
fn szymanski() {
    fn set(flag: &AtomicU64, state: u64) {
        flag.store(state, Relaxed);
        fence(SeqCst);
    }

    fn see(flag: &AtomicU64) -> u64 {
        let state = flag.load(Relaxed);
        fence(SeqCst);
        state
    }

    Program::over("szymanski", Exclusion::default)
        .threads([0, 1], |m, k| {
            let (mine, other) = (&m.flags[k as usize], &m.flags[1 - k as usize]);
            set(mine, 1);
            assume(see(other) < 3);
            set(mine, 3);
            if see(other) == 1 {
                set(mine, 2);
                assume(see(other) == 4);
            }
            set(mine, 4);
            assume(see(other) < 2);
            stay_inside(m, k);
            fence(SeqCst);
            assume(!(2..=3).contains(&see(other)));
            mine.store(0, Relaxed);
        })
        .counts(6, 6);
}

/// What a lock of one word protects.
#[derive(Default)]
struct Locked {
    lock: AtomicU64,
    counters: [AtomicU64; 2],
}

impl Locked {
    fn lock(&self) {
        assume(self.lock.compare_exchange(0, 1, AcqRel, Relaxed).is_ok());
    }

    fn unlock(&self) {
        self.lock.store(0, Release);
    }
}

fn lock_and_count(name: &'static str, threads: u64, counters: usize) -> Program<Locked> {
    Program::over(name, Locked::default).threads(0..threads, move |m, _| {
        m.lock();
        for counter in &m.counters[..counters] {
            let seen = counter.load(Relaxed);
            counter.store(seen + 1, Relaxed);
        }
        m.unlock();
    })
}

#[test]
fn lockinc_3() {
    lock_and_count("lockinc N=3", 3, 1).counts(6, 6);
}

#[test]
fn lock2inc_4() {
    lock_and_count("lock2inc N=4", 4, 2).counts(24, 24);
}

/// Whether arrivals at a barrier are ordered is the engine's choice: one that is a chain of updates orders them.
fn barrier1<const THREADS: usize>(name: &'static str) -> Program<Barrier> {
    Program::over(name, || Barrier::new(THREADS)).threads(0..THREADS as u64, |barrier, _| {
        barrier.wait();
    })
}

#[test]
fn barrier1_3() {
    barrier1::<3>("barrier1 N=3").counts_one_of(&[1, 6]);
}

#[test]
fn barrier1_4() {
    barrier1::<4>("barrier1 N=4").counts_one_of(&[1, 24]);
}

/// A barrier that is a plain chain of updates: how many are still to come.
fn barrier1_chain<const THREADS: i64>(name: &'static str) -> Program<AtomicI64> {
    Program::over(name, || AtomicI64::new(THREADS)).threads(0..THREADS as u64, |missing, _| {
        if missing.fetch_sub(1, AcqRel) != 1 {
            assume(missing.load(Acquire) == 0);
        }
    })
}

#[test]
fn barrier1_as_a_chain_3() {
    barrier1_chain::<3>("barrier1 N=3, a chain").counts(6, 6);
}

#[test]
fn barrier1_as_a_chain_4() {
    barrier1_chain::<4>("barrier1 N=4, a chain").counts(24, 24);
}

/// 3! orders of the lock's sections; times 3! if the arrivals at the barrier are ordered.
#[test]
fn barrier3_3() {
    Program::over("barrier3 N=3", || (Locked::default(), Barrier::new(3)))
        .threads(0..3, |(locked, _), _| {
            locked.lock();
            locked.unlock();
        })
        .threads(0..3, |(_, barrier), _| {
            barrier.wait();
        })
        .counts_one_of(&[6, 36]);
}

#[test]
fn publish() {
    Program::new("publish")
        .thread(|m| {
            if (0..41).any(|_| m.y.load(Acquire) == 1) {
                assert_eq!(m.x.load(Acquire), 42);
            }
        })
        .thread(|m| {
            m.x.store(42, Release);
            m.y.store(1, Release);
        })
        .counts(42, 42);
}

//! Has every litmus shape the executions that RC11 and sequential consistency give it, each once?
//!
//! The numbers are those of an independent model checker and of an enumerator of graphs. The orderings are the table's:
//! what a weaker or a stronger one allows is what is tested, so no access has a reason of its own.

#![cfg(not(any(loom, raddle_std)))]

mod counted;

use counted::Program;
use raddle::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use raddle::sync::atomic::fence;

#[test]
fn sb() {
    Program::new("SB")
        .thread(|m| {
            m.x.store(1, Release);
            m.y.load(Acquire);
        })
        .thread(|m| {
            m.y.store(1, Release);
            m.x.load(Acquire);
        })
        .counts(4, 3);
}

#[test]
fn sb_4sc() {
    Program::new("SB+4sc")
        .thread(|m| {
            m.x.store(1, SeqCst);
            m.y.load(SeqCst);
        })
        .thread(|m| {
            m.y.store(1, SeqCst);
            m.x.load(SeqCst);
        })
        .counts(3, 3);
}

#[test]
fn sb_scfs() {
    Program::new("SB+scfs")
        .thread(|m| {
            m.x.store(1, Relaxed);
            fence(SeqCst);
            m.y.load(Relaxed);
        })
        .thread(|m| {
            m.y.store(1, Relaxed);
            fence(SeqCst);
            m.x.load(Relaxed);
        })
        .counts(3, 3);
}

#[test]
fn sb_2sc_scf() {
    Program::new("SB+2sc+scf")
        .thread(|m| {
            m.x.store(1, SeqCst);
            m.y.load(SeqCst);
        })
        .thread(|m| {
            m.y.store(1, Relaxed);
            fence(SeqCst);
            m.x.load(Relaxed);
        })
        .counts(3, 3);
}

#[test]
fn mp() {
    Program::new("MP")
        .thread(|m| {
            m.x.store(1, Release);
            m.y.store(1, Release);
        })
        .thread(|m| {
            m.y.load(Acquire);
            m.x.load(Acquire);
        })
        .counts(3, 3);
}

#[test]
fn mp_rel_acq() {
    Program::new("MP+rel+acq")
        .thread(|m| {
            // SAFETY: the other thread reads only after it has read the 1 that is stored after this.
            unsafe { m.plain.write(1) };
            m.y.store(1, Release);
        })
        .thread(|m| {
            if m.y.load(Acquire) == 1 {
                // SAFETY: the Acquire load has read the Release store, which comes after the write.
                let seen = unsafe { m.plain.read() };
                assert_eq!(seen, 1);
            }
        })
        .counts(2, 2);
}

#[test]
fn mpu_rel_acq() {
    Program::new("MPU+rel+acq")
        .thread(|m| {
            // SAFETY: the third thread writes only after it has read a 2, which comes after this.
            unsafe { m.plain.write(1) };
            m.y.store(1, Release);
        })
        .thread(|m| {
            m.y.fetch_add(1, Relaxed);
        })
        .thread(|m| {
            if m.y.load(Acquire) > 1 {
                // SAFETY: only the fetch_add can have written 2, onto the 1 of the Release store that heads its release
                // sequence, and the first write comes before that store.
                unsafe { m.plain.write(2) };
            }
        })
        .counts(6, 6);
}

#[test]
fn lb() {
    Program::new("LB")
        .thread(|m| {
            m.y.load(Acquire);
            m.x.store(1, Release);
        })
        .thread(|m| {
            m.x.load(Acquire);
            m.y.store(1, Release);
        })
        .counts(3, 3);
}

#[test]
fn iriw_acq_sc() {
    Program::new("IRIW-acq-sc")
        .thread(|m| m.x.store(1, SeqCst))
        .thread(|m| {
            m.x.load(Acquire);
            m.y.load(SeqCst);
        })
        .thread(|m| {
            m.y.load(Acquire);
            m.x.load(SeqCst);
        })
        .thread(|m| m.y.store(1, SeqCst))
        .counts(16, 15);
}

#[test]
fn two_plus_two_w() {
    Program::new("2+2W")
        .thread(|m| {
            m.x.store(1, Release);
            m.y.store(2, Release);
        })
        .thread(|m| {
            m.y.store(1, Release);
            m.x.store(2, Release);
        })
        .counts(4, 3);
}

#[test]
fn two_plus_two_w_3sc_rel1() {
    Program::new("2+2W+3sc+rel1")
        .thread(|m| {
            m.x.store(1, SeqCst);
            m.y.store(2, SeqCst);
        })
        .thread(|m| {
            m.y.store(1, Release);
            m.x.store(2, SeqCst);
        })
        .counts(4, 3);
}

#[test]
fn s() {
    Program::new("S")
        .thread(|m| {
            m.x.store(2, Relaxed);
            m.y.store(1, Relaxed);
        })
        .thread(|m| {
            m.y.load(Relaxed);
            m.x.store(1, Relaxed);
        })
        .counts(4, 3);
}

#[test]
fn s_rel_acq() {
    Program::new("S+rel+acq")
        .thread(|m| {
            // SAFETY: the other thread writes only after it has read the 1 that is stored after this.
            unsafe { m.plain.write(1) };
            m.y.store(1, Release);
        })
        .thread(|m| {
            if m.y.load(Acquire) == 1 {
                // SAFETY: the Acquire load has read the Release store, which comes after the first write.
                unsafe { m.plain.write(2) };
            }
        })
        .counts(2, 2);
}

#[test]
fn wrc_dep() {
    Program::new("WRC+dep")
        .thread(|m| m.x.store(1, Relaxed))
        .thread(|m| {
            let seen = m.x.load(Relaxed);
            m.y.store(seen, Relaxed);
        })
        .thread(|m| {
            m.y.load(Relaxed);
            fence(AcqRel);
            m.x.load(Relaxed);
        })
        .counts(8, 7);
}

#[test]
fn ww_merge_2() {
    Program::new("WWmerge2")
        .thread(|m| {
            m.x.load(Acquire);
            m.y.load(SeqCst);
        })
        .thread(|m| m.x.store(2, SeqCst))
        .thread(|m| {
            m.y.store(1, SeqCst);
            m.x.load(SeqCst);
        })
        .counts(8, 7);
}

#[test]
fn corr() {
    Program::new("CoRR")
        .thread(|m| {
            m.x.store(1, Release);
            m.x.store(2, Release);
        })
        .thread(|m| {
            m.x.load(Acquire);
            m.x.load(Acquire);
        })
        .counts(6, 6);
}

#[test]
fn corr0() {
    Program::new("CoRR0")
        .thread(|m| m.x.store(1, Relaxed))
        .threads(0..2, |m, _| {
            m.x.load(Relaxed);
        })
        .counts(4, 4);
}

#[test]
fn corr1() {
    Program::new("CoRR1")
        .thread(|m| m.x.store(1, Relaxed))
        .thread(|m| m.x.store(2, Relaxed))
        .thread(|m| {
            m.x.load(Relaxed);
            m.x.load(Relaxed);
        })
        .thread(|m| {
            m.x.load(Relaxed);
        })
        .joined()
        .counts(36, 36);
}

#[test]
fn corw() {
    Program::new("CoRW")
        .thread(|m| {
            m.x.load(Relaxed);
            m.x.store(1, Relaxed);
        })
        .thread(|m| m.x.store(2, Relaxed))
        .counts(3, 3);
}

#[test]
fn cowr() {
    Program::new("CoWR")
        .thread(|m| {
            m.x.store(1, Relaxed);
            m.x.load(Relaxed);
        })
        .thread(|m| m.x.store(2, Relaxed))
        .counts(3, 3);
}

#[test]
fn w_rrr_w() {
    Program::new("W+RRR+W")
        .thread(|m| m.x.store(1, Relaxed))
        .thread(|m| {
            m.x.load(Relaxed);
            m.x.load(Relaxed);
            m.x.load(Relaxed);
        })
        .thread(|m| m.x.store(2, Relaxed))
        .counts(20, 20);
}

#[test]
fn rmw_fix() {
    Program::new("RMWFix")
        .thread(|m| {
            if m.y.load(SeqCst) != 0 {
                m.x.fetch_add(1, SeqCst);
                m.x.fetch_add(1, SeqCst);
            }
        })
        .thread(|m| {
            m.x.fetch_add(1, SeqCst);
        })
        .thread(|m| m.y.store(42, SeqCst))
        .counts(4, 4);
}

#[test]
fn cii() {
    Program::new("cii")
        .thread(|m| {
            _ = m.x.compare_exchange(1, 2, Relaxed, Relaxed);
        })
        .threads(0..2, |m, _| {
            m.x.fetch_add(1, Relaxed);
        })
        .counts(6, 6);
}

#[test]
fn ccr() {
    Program::new("ccr")
        .thread(|m| {
            _ = m.x.compare_exchange(0, 42, Relaxed, Relaxed);
        })
        .thread(|m| {
            _ = m.x.compare_exchange(0, 17, Relaxed, Relaxed);
            m.x.load(Relaxed);
        })
        .counts(2, 2);
}

#[test]
fn inc2w() {
    Program::new("inc2w")
        .thread(|m| {
            m.x.fetch_add(1, Relaxed);
        })
        .thread(|m| m.x.store(4, Release))
        .thread(|m| {
            m.x.fetch_add(2, Relaxed);
        })
        .counts(6, 6);
}

#[test]
fn ori() {
    Program::new("ori")
        .thread(|m| {
            m.x.fetch_add(1, Relaxed);
            m.y.store(1, Release);
        })
        .thread(|m| {
            _ = m.x.compare_exchange(0, 1, Acquire, Acquire);
        })
        .thread(|m| {
            if m.y.load(Relaxed) != 0 {
                m.x.store(4, Release);
            }
        })
        .counts(5, 5);
}

#[test]
fn atomicpo() {
    Program::new("atomicpo")
        .thread(|m| {
            m.y.store(1, Relaxed);
            fence(AcqRel);
            m.x.store(1, Relaxed);
        })
        .thread(|m| {
            m.x.swap(1, Relaxed);
            m.y.swap(1, Relaxed);
        })
        .joined()
        .counts(4, 3);
}

//! Which programs are worth a try? Drawn from a seed: small enough for the blind search, with every kind of operation
//! and every ordering that Rust allows for it, few locations and few values, so that threads meet.

use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use super::layout::{is_access, reads};
use super::program::{Op, Program};

/// Where decisions come from.
struct Draw {
    /// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    state: u64,
    /// Added to the first numbers, one to each.
    shifts: std::vec::IntoIter<u8>,
}

impl Draw {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31).wrapping_add(self.shifts.next().unwrap_or(0).into())
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn value(&mut self) -> u64 {
        self.below(3) as u64
    }
}

/// The features that a program's threads share. A program in which everything occurs is often one in which nothing
/// meets, so each program has its own taste.
struct Taste {
    locations: usize,
    mutexes: usize,
    updates_percent: usize,
    branches_percent: usize,
    fences_percent: usize,
    seq_cst_percent: usize,
}

/// Writes one thread.
struct Author<'a> {
    taste: &'a Taste,
    draw: &'a mut Draw,
    /// Messages are passed by threads that mostly write to threads that mostly read.
    writes_percent: usize,
    last_location: usize,
}

/// The program of this seed: 2 threads of up to 5 operations each, or 3 of up to 4.
pub fn random_program(seed: u64) -> Program {
    shifted_program(seed, Vec::new())
}

/// As `random_program`, but with each byte of `shifts` one of the decisions becomes another.
pub fn shifted_program(seed: u64, shifts: Vec<u8>) -> Program {
    let mut draw = Draw { state: seed, shifts: shifts.into_iter() };
    let taste = Taste {
        locations: draw.of(&[1, 2, 2, 2, 2, 3]),
        mutexes: draw.of(&[0, 0, 0, 0, 1, 1, 2, 2]),
        updates_percent: draw.of(&[0, 20, 60]),
        branches_percent: draw.of(&[0, 0, 25]),
        fences_percent: draw.of(&[0, 0, 40]),
        seq_cst_percent: draw.of(&[0, 30, 90]),
    };
    let (threads, ops_max) = draw.of(&[(2, 5), (2, 5), (3, 4)]);
    let mut thread = || {
        // Near the maximum, where mutexes and branches have room; two sections at once need all of it.
        let ops = if taste.mutexes == 2 { ops_max } else { ops_max - draw.below(3) };
        let writes_percent = draw.of(&[10, 50, 50, 90]);
        Author { taste: &taste, draw: &mut draw, writes_percent, last_location: 0 }.thread(ops)
    };
    Program { threads: (0..threads).map(|_| thread()).collect() }
}

impl Author<'_> {
    fn thread(&mut self, ops_max: usize) -> Vec<Op> {
        let mut ops: Vec<Op> = Vec::new();
        while ops.len() < ops_max {
            let room = ops_max - ops.len();
            // Before the first read a branch decides nothing.
            let may_branch = ops.iter().any(|&op| reads(op));
            if may_branch && room >= 2 && self.draw.percent(self.taste.branches_percent) {
                // The branch skips the whole of what follows it: never an unlock without its lock.
                let skipped = self.item(room - 1);
                ops.push(Op::SkipIfRead { ops: skipped.len() });
                ops.extend(skipped);
            } else if may_branch && self.draw.percent(self.taste.branches_percent / 3) {
                ops.push(Op::AssumeZero);
            } else if room >= 2
                && ops.last().is_some_and(|op| is_access(*op))
                && self.draw.percent(self.taste.fences_percent)
            {
                ops.push(Op::Fence(self.order(&[Acquire, Release, AcqRel])));
            } else {
                ops.extend(self.item(room));
            }
        }
        ops
    }

    /// One operation or one section.
    fn item(&mut self, room: usize) -> Vec<Op> {
        if self.taste.mutexes == 2 && room >= 4 && self.draw.percent(80) {
            return self.two_sections(room - 4);
        }
        if self.taste.mutexes > 0 && room >= 2 && self.draw.percent(50) {
            let mutex = self.draw.below(self.taste.mutexes);
            let inside = self.draw.below((room - 2).min(2) + 1);
            let inside = self.section_body(inside);
            return [vec![Op::Lock(mutex)], inside, vec![Op::Unlock(mutex)]].concat();
        }
        vec![self.op()]
    }

    /// Sections of both mutexes, nested or crossing, in either order.
    fn two_sections(&mut self, room: usize) -> Vec<Op> {
        let outer = self.draw.below(2);
        let inner = 1 - outer;
        let inside = self.draw.below(room.min(2) + 1);
        let inside = self.section_body(inside);
        let mut ends = vec![Op::Unlock(inner), Op::Unlock(outer)];
        if self.draw.percent(40) {
            ends.reverse();
        }
        [vec![Op::Lock(outer), Op::Lock(inner)], inside, ends].concat()
    }

    /// `ops` operations; a branch among them skips only others of them.
    fn section_body(&mut self, ops: usize) -> Vec<Op> {
        let mut body: Vec<Op> = (0..ops).map(|_| self.op()).collect();
        if ops == 2 && self.draw.percent(self.taste.branches_percent) {
            body[0] = self.draw.of(&[Op::SkipIfRead { ops: 1 }, Op::SkipIfRead { ops: 1 }, Op::AssumeZero]);
        }
        body
    }

    /// Rather another location than the last one: weak behaviour takes two.
    fn location(&mut self) -> usize {
        let mut location = self.draw.below(self.taste.locations);
        if location == self.last_location && self.draw.percent(60) {
            location = self.draw.below(self.taste.locations);
        }
        self.last_location = location;
        location
    }

    fn op(&mut self) -> Op {
        let loc = self.location();
        if self.draw.percent(self.taste.updates_percent) {
            return self.update(loc);
        }
        if !self.draw.percent(self.writes_percent) {
            return Op::Load { loc, order: self.order(&[Relaxed, Acquire]) };
        }
        let order = self.order(&[Relaxed, Release]);
        if self.draw.percent(15) {
            return Op::StoreLast { loc, order };
        }
        Op::Store { loc, order, value: self.draw.value() }
    }

    fn update(&mut self, loc: usize) -> Op {
        let order = self.order(&[Relaxed, Acquire, Release, AcqRel]);
        match self.draw.below(3) {
            0 => Op::FetchAdd { loc, order, by: 1 + self.draw.below(2) as u64 },
            1 => Op::Swap { loc, order, value: self.draw.value() },
            _ => Op::CompareExchange {
                loc,
                success: order,
                failure: self.order(&[Relaxed, Acquire]),
                expected: self.draw.value(),
                new: self.draw.value(),
            },
        }
    }

    /// One of `weaker` or SeqCst.
    fn order(&mut self, weaker: &[Ordering]) -> Ordering {
        if self.draw.percent(self.taste.seq_cst_percent) { SeqCst } else { self.draw.of(weaker) }
    }
}

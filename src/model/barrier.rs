//! A barrier whose arrivals are events: of a location that counts them, and for each round of a flag that the last one
//! raises.

use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};

use super::atomic::{Seen, read_at, write};
use super::event::{Operation, Order};
use super::object::Object;
use super::run::is_inside;

static ARRIVE: Operation = Operation::new("wait", |arrived, _| Some(arrived + 1));
static OPEN: Operation = Operation::new("open", |_, _| None).signalling(|_| "");
static PASS: Operation = Operation::new("wait", |_, _| None)
    .awaiting(|flag, _| flag != 0)
    .never("too few threads come to the barrier")
    .signalling(|_| "passes the barrier");

/// Lets threads wait until all have come, as [`std::sync::Barrier`].
#[derive(Debug)]
pub struct Barrier {
    threads: usize,
    arrived: Object,
    /// A flag for each round.
    rounds: Mutex<Vec<Arc<Object>>>,
    real: std::sync::Barrier,
}

/// Tells one thread of each round from the others, as [`std::sync::BarrierWaitResult`].
#[derive(Debug)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// True for one thread of the round.
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// A barrier for `threads` threads; 0 and 1 let everyone pass.
    pub const fn new(threads: usize) -> Self {
        Self { threads, arrived: Object::new(), rounds: Mutex::new(Vec::new()), real: std::sync::Barrier::new(threads) }
    }

    fn seen(&self) -> Seen<'_> {
        (&self.arrived, "Barrier", 0)
    }

    /// Waits until `threads` threads have called this since the last round was complete. The one that comes last leads.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        if !is_inside() {
            self.arrived.check_outside();
            return BarrierWaitResult(self.real.wait().is_leader());
        }
        let site = Location::caller();
        // The last to arrive knows by the others' arrivals what they did before, and tells them all by the flag.
        let arrived = read_at(site, self.seen(), &ARRIVE, [0, 0], [Order::ACQ_REL; 2]).seen as usize;
        let threads = self.threads.max(1);
        let round = self.round(arrived / threads);
        let flag = (&*round, "Barrier", 0);
        let is_last = arrived % threads == threads - 1;
        if is_last {
            write(flag, &OPEN, 1, Order::RELEASE);
        } else {
            read_at(site, flag, &PASS, [0, 0], [Order::ACQUIRE; 2]);
        }
        BarrierWaitResult(is_last)
    }

    fn round(&self, number: usize) -> Arc<Object> {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        if rounds.len() <= number {
            rounds.resize_with(number + 1, Arc::default);
        }
        rounds[number].clone()
    }
}

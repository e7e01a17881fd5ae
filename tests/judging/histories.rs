//! Which histories are worth a try? Right ones, from threads that take turns in calling, having an effect and returning;
//! and the same with faults. Half of them keep only some of the order in time, as executions do.

use raddle::check::{History, Operation, Outcome, Spec};

pub use super::specs::Drawn as Draw;

/// A call of a thread that runs.
struct Running<S: Spec> {
    operation: usize,
    ret: Option<S::Ret>,
    /// The next thing that it would do, it never does.
    held: bool,
}

/// The number of the history's operations, at most. The blind search tries all their orders.
const OPERATIONS_MAX: usize = 7;

/// Draws a history, which has no faults if `right`.
pub fn draw<S: Draw>(rng: &mut fastrand::Rng, right: bool) -> History<S> {
    let (mut operations, mut times) = run::<S>(rng);
    if !right && rng.bool() {
        forget_time(rng, &operations, &mut times);
    }
    let count = operations.len();
    let mut precedes = vec![vec![false; count]; count];
    // All of the order in time, or the threads' own and some more.
    let keeps = if rng.bool() { 1.0 } else { rng.f64() / 2.0 };
    for earlier in 0..count {
        for later in 0..count {
            let same = operations[earlier].thread == operations[later].thread;
            let in_time = times[earlier][1] < times[later][0];
            precedes[earlier][later] = in_time && (same || rng.f64() < keeps);
        }
    }
    close(&mut precedes);
    if !right {
        for _ in 0..rng.usize(0..3) {
            spoil(rng, &mut operations, &mut precedes);
        }
    }
    History::new(operations, |earlier, later| precedes[earlier][later])
}

/// Threads take turns; some are held for ever. Those that wait at the end are blocked.
fn run<S: Draw>(rng: &mut fastrand::Rng) -> (Vec<Operation<S>>, Vec<[u64; 2]>) {
    let threads = rng.usize(2..4);
    let calls = rng.usize(2..=OPERATIONS_MAX);
    let mut running: Vec<Option<Running<S>>> = (0..threads).map(|_| None).collect();
    let (mut operations, mut times) = (Vec::<Operation<S>>::new(), Vec::new());
    let (mut state, mut now) = (S::default(), 0);
    // After so many turns in vain, no thread can do anything, or hardly.
    let mut vain = 0;
    while vain < 50 {
        let thread = rng.usize(0..threads);
        now += 1;
        vain += 1;
        match &mut running[thread] {
            None if operations.len() < calls => {
                let call = S::draw_call(rng, operations.len() as u32 + 1);
                running[thread] = Some(Running { operation: operations.len(), ret: None, held: false });
                operations.push(Operation { thread, call, outcome: Outcome::Pending });
                times.push([now, u64::MAX]);
            }
            None => continue,
            Some(call) if call.held => continue,
            Some(call) if rng.u32(0..40) == 0 => call.held = true,
            Some(call) => match call.ret.take() {
                Some(ret) => {
                    operations[call.operation].outcome = Outcome::Returned(ret);
                    times[call.operation][1] = now;
                    running[thread] = None;
                }
                None => {
                    let fails = rng.u32(0..8) == 0;
                    let failure = state.may_fail(&operations[call.operation].call).filter(|_| fails);
                    match failure.or_else(|| state.step(&operations[call.operation].call)) {
                        Some(ret) => call.ret = Some(ret),
                        None => continue,
                    }
                }
            },
        }
        vain = 0;
    }
    for call in running.into_iter().flatten().filter(|call| !call.held && call.ret.is_none()) {
        if state.clone().step(&operations[call.operation].call).is_none() {
            operations[call.operation].outcome = Outcome::Blocked;
        }
    }
    (operations, times)
}

/// Makes one change.
fn spoil<S: Draw>(rng: &mut fastrand::Rng, operations: &mut [Operation<S>], precedes: &mut [Vec<bool>]) {
    let (one, other) = (rng.usize(0..operations.len()), rng.usize(0..operations.len()));
    match rng.u32(0..6) {
        0 | 1 => operations[one].outcome = Outcome::Returned(S::draw_ret(rng)),
        2 => {
            let outcome = operations[one].outcome.clone();
            operations[one].outcome = std::mem::replace(&mut operations[other].outcome, outcome);
        }
        3 => operations[one].outcome = Outcome::Blocked,
        4 => operations[one].outcome = Outcome::Pending,
        _ if one != other && !precedes[other][one] => {
            precedes[one][other] = true;
            close(precedes);
        }
        _ => {}
    }
}

/// Each thread's calls start and return in the thread's order, but at times that have nothing to do with their effects.
fn forget_time<S: Draw>(rng: &mut fastrand::Rng, operations: &[Operation<S>], times: &mut [[u64; 2]]) {
    let happens = |time: &u64| *time != u64::MAX;
    let of_thread = |(times, operation): (&[u64; 2], &Operation<S>)| {
        vec![operation.thread; times.iter().filter(|time| happens(time)).count()]
    };
    let mut turns: Vec<usize> = times.iter().zip(operations).flat_map(of_thread).collect();
    rng.shuffle(&mut turns);
    for thread in 0..4 {
        let mut old: Vec<&mut u64> = times
            .iter_mut()
            .zip(operations)
            .filter(|(_, operation)| operation.thread == thread)
            .flat_map(|(times, _)| times)
            .filter(|time| happens(time))
            .collect();
        old.sort();
        let new = (0u64..).zip(&turns).filter(|(_, turn)| **turn == thread).map(|(now, _)| now);
        old.into_iter().zip(new).for_each(|(old, new)| *old = new);
    }
}

/// Makes the relation transitive.
fn close(precedes: &mut [Vec<bool>]) {
    for between in 0..precedes.len() {
        for earlier in 0..precedes.len() {
            for later in 0..precedes.len() {
                precedes[earlier][later] |= precedes[earlier][between] && precedes[between][later];
            }
        }
    }
}

/// True if no choice of starts and returns gives this order: a precedes b and c precedes d, and neither a d nor c b.
pub fn has_no_intervals<S: Spec>(history: &History<S>) -> bool {
    let count = history.operations().len();
    let pairs = || (0..count).flat_map(|a| (0..count).map(move |b| (a, b))).filter(|&(a, b)| history.precedes(a, b));
    pairs().any(|(a, b)| pairs().any(|(c, d)| !history.precedes(a, d) && !history.precedes(c, b)))
}

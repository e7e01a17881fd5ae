//! What becomes of threads that have not ended when the run is over?
//!
//! After a violation they are left as they are, for ever: a thread may be in the middle of what must not be left half done.
//! Otherwise they unwind, each after the threads that it has started, which may borrow from it. What their destructors do
//! is no part of any execution, but it is done: each operation takes effect at once, on the newest values.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::event::{Kind, NOTHING, Operands};
use super::run::{Run, Status, is_panicking, pause, with_current};
use super::step::{Outcome, Request};

/// Operations that destructors may ask for in one run before their thread is left alone.
const OPERATIONS_MAX: u32 = 10_000;

/// What ends the threads of a run that is over.
pub(super) struct Unwind;

/// Stops the thread that runs, for the rest of the execution or, if it spins, until there is something new to read.
pub(super) fn stop(status: Status) {
    with_current(|run| run.threads[run.running].status = status);
    pause();
    if with_current(|run| run.is_over) == Some(true) {
        end_thread_now();
    }
}

/// The run is over: unwinds the thread, or, if it is unwinding already, performs the operation of its destructor.
pub(super) fn end_thread(request: &Request<'_>) -> Outcome {
    end_thread_now();
    loop {
        match with_current(|run| run.perform_afterwards(request)).expect("a run tears its threads down") {
            Some(outcome) => return outcome,
            None => pause(),
        }
    }
}

/// Ends the thread that runs, because the run is over. Returns if the thread is unwinding, for then its destructors run.
pub(super) fn end_thread_now() {
    if with_current(|run| run.is_frozen) == Some(true) {
        abandon();
    }
    if !is_panicking() {
        with_current(|run| run.threads[run.running].has_panicked = true);
        std::panic::resume_unwind(Box::new(Unwind));
    }
    let too_many = with_current(|run| {
        run.operations_when_over += 1;
        run.operations_when_over > OPERATIONS_MAX
    });
    if too_many == Some(true) {
        abandon();
    }
}

/// Leaves the fiber that runs as it is, for ever.
pub(super) fn abandon() -> ! {
    loop {
        pause();
    }
}

impl Run {
    /// Ends the threads that have not ended.
    pub fn tear_down(&mut self) {
        self.is_over = true;
        // Destructors that wait for what another thread may still give back.
        let mut waiting = Vec::new();
        loop {
            let leaves = self.leaves();
            if let Some(&thread) = leaves.iter().find(|thread| !waiting.contains(*thread)) {
                if self.is_frozen {
                    self.give_up(thread);
                } else {
                    self.unwind(thread);
                    match self.has_ended(thread) {
                        true => waiting.clear(),
                        false => waiting.push(thread),
                    }
                }
            } else if let Some(&thread) = leaves.first() {
                self.give_up(thread);
            } else {
                return;
            }
        }
    }

    /// The threads that have not ended, none of whose children is such a thread.
    fn leaves(&self) -> Vec<usize> {
        let is_left = |&thread: &usize| !matches!(self.threads[thread].status, Status::Ended | Status::Unused);
        let left: Vec<usize> = (0..self.threads.len()).filter(is_left).collect();
        let mut is_parent = vec![false; self.threads.len()];
        for &thread in &left {
            if let Some(&creator) = self.graph.creators.get(thread).filter(|&&creator| creator != NOTHING) {
                is_parent[usize::from(self.graph.event(creator).thread)] = true;
            }
        }
        left.into_iter().filter(|&thread| !is_parent[thread]).collect()
    }

    fn unwind(&mut self, thread: usize) {
        match self.threads[thread].body.take() {
            // What the thread would have used is dropped as a thread of the model.
            Some(body) => {
                self.threads[thread].body = Some(Box::new(move || {
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(body)));
                }));
                self.go_on_with(thread);
            }
            None => self.switch_to(thread, None),
        }
    }

    /// Leaves a thread and all that it owns as they are.
    fn give_up(&mut self, thread: usize) {
        std::mem::forget(self.threads[thread].fiber.take());
        std::mem::forget(self.threads[thread].body.take());
        self.threads[thread].status = Status::Ended;
    }

    /// Performs an operation of a destructor. None if it has to wait.
    fn perform_afterwards(&mut self, request: &Request<'_>) -> Option<Outcome> {
        let nothing = Outcome { seen: 0, wrote: true, way: 0 };
        let Some((object, type_name, initial)) = request.object else {
            return match request.kind {
                // A thread that will not run.
                Kind::Create => Some(Outcome { seen: self.threads.len() as u64, ..nothing }),
                Kind::Join => self.has_ended(request.a as usize).then_some(nothing),
                _ => Some(nothing),
            };
        };
        let location = self.location_of(object, type_name, initial);
        let old = self.newest_value(location);
        if request.operation.awaits.is_some_and(|awaits| !awaits(old, request.a)) {
            return None;
        }
        let new = match request.kind {
            Kind::Write => Some(request.a),
            _ => (request.operation.apply)(old, Operands { a: request.a, b: request.b, way: 0 }),
        };
        self.afterwards.extend(new.map(|new| (location, new)));
        Some(Outcome { seen: old, wrote: new.is_some(), way: 0 })
    }

    /// What a location holds now.
    pub fn newest_value(&self, location: u32) -> u64 {
        let in_graph = || self.graph.value_of(self.graph.newest(location), location);
        self.afterwards.get(&location).copied().unwrap_or_else(in_graph)
    }
}

//! Who sleeps until an end of a queue moves, and who is told?
//!
//! # Rules
//!
//! 1. While somebody is in line, the flag [`AWAITED`] is in the word of the end that he waits for. Line and flag are changed
//!    together, under the lock.
//! 2. Who moves that end and saw the flag tells the first in line, who leaves it. So of the values (or free places) that have
//!    come since somebody joined, each has told somebody.
//! 3. Who is told tries to take what there is, or tells another. Who is in line doesn't try: he would take what others were
//!    told of, and then be told himself while they sleep on.

use std::task::Waker;

use super::line::{Line, Sleeper, Ticket};
use super::patience::Idle;
use crate::queue::{AWAITED, Deadline, End, Woken, drop_all};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Those who wait for one end of a queue.
pub(super) struct Waiters {
    line: Mutex<Line>,
    pub idle: Idle,
}

impl Waiters {
    pub fn new() -> Self {
        Self { line: Mutex::new(Line::default()), idle: Idle::new() }
    }

    /// The thread sleeps until told, if `must_wait` says so of the word of the end.
    #[cold]
    pub fn sleep(&self, end: &impl End, deadline: Deadline, must_wait: impl FnOnce(usize) -> bool) -> Woken {
        let told = Arc::new(Condvar::new());
        let mut line = self.line();
        if !must_wait(end.set(AWAITED)) {
            lower_flag(&line, end);
            return Woken::Perhaps;
        }
        let ticket = line.join(Sleeper::Thread(told.clone()));
        loop {
            let woken;
            (line, woken) = deadline.wait(&told, line);
            if !line.has(ticket) {
                return Woken::Perhaps;
            }
            if woken == Woken::TimedOut {
                line.leave(ticket);
                lower_flag(&line, end);
                return Woken::TimedOut;
            }
        }
    }

    /// A task joins the line, if `must_wait` says so of the word of the end.
    pub fn join(&self, end: &impl End, waker: &Waker, must_wait: impl FnOnce(usize) -> bool) -> Option<Ticket> {
        let task = Sleeper::Task(waker.clone());
        let mut line = self.line();
        if must_wait(end.set(AWAITED)) {
            Some(line.join(task))
        } else {
            lower_flag(&line, end);
            drop(line);
            None
        }
    }

    /// A task leaves the line; false if it has been told.
    pub fn leave(&self, end: &impl End, ticket: Ticket) -> bool {
        let mut line = self.line();
        let task = line.leave(ticket);
        if task.is_some() {
            lower_flag(&line, end);
        }
        drop(line);
        task.is_some()
    }

    /// A task goes away for good; if it has been told, another is told in its place.
    pub fn cancel(&self, end: &impl End, ticket: Ticket) {
        if !self.leave(end, ticket) {
            self.tell_one(end);
        }
    }

    /// Tells the first in line; false if there is none.
    #[cold]
    pub fn tell_one(&self, end: &impl End) -> bool {
        let mut line = self.line();
        let first = line.call();
        if first.is_some() {
            lower_flag(&line, end);
        }
        drop(line);
        first.map(Sleeper::wake).is_some()
    }

    /// Tells so many, or all that are in line.
    pub fn tell(&self, count: usize, end: &impl End) {
        let mut left = count;
        drop_all(|| {
            left = left.checked_sub(1)?;
            self.tell_one(end).then_some(())
        });
    }

    /// Tells everybody in line.
    pub fn tell_all(&self, end: &impl End) {
        let mut line = self.line();
        let mut all = line.call_all();
        lower_flag(&line, end);
        drop(line);
        drop_all(|| all.next().map(Sleeper::wake));
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps rule 1 after somebody has left.
fn lower_flag(line: &Line, end: &impl End) {
    if line.is_empty() {
        end.clear(AWAITED);
    }
}

//! Does a thread go on whatever becomes of the others?
//!
//! A guarantee of progress is about threads that stop for ever in the middle of an operation. So there is a choice before each
//! event whether the thread does; the executions in which it does are looked at beside the others.
//!
//! (The guarantees: Herlihy, "Wait-Free Synchronization", TOPLAS 13 (1991); Herlihy, Luchangco, Moir, "Obstruction-Free
//! Synchronization", ICDCS'03.)

use std::panic::Location;

use super::event::{Kind, Operation, Order};
use super::execute::Verdict;
use super::explore::SUSPEND;
use super::fault::{Fault, Note, ViolationKind};
use super::run::{Run, Status, with_current};
use super::step::{Request, perform};
use super::teardown::stop;

static SUSPENDS: Operation = Operation::new("is suspended for ever", |_, _| None);

/// What is asked of the threads that are left when others are suspended for ever, each at any of its events. The main thread is not
/// suspended: it starts the others and waits for them.
///
/// As for every property, what is covered is the model with its threads and calls. Each call of the harness is looked at by itself;
/// a model marks its own by [`call`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Progress {
    /// Nobody is suspended. A thread may wait for another, if that goes on.
    #[default]
    Deadlock,
    /// A thread that is left alone comes to its end.
    ObstructionFree,
    /// Those that are left come to their ends: no thread waits for one that is suspended.
    LockFree,
    /// As that, and no call has more than so many events of its own thread, whatever the others do.
    WaitFree {
        /// How many: each operation of an atomic is one, a lock more than one.
        steps: usize,
    },
}

/// Marks a call: the events that `f` performs are counted for [`Progress::WaitFree`] and
/// [`Report::steps_most`](super::Report::steps_most).
///
/// Calls in calls belong to the outer one.
///
/// ```
/// use raddle::model::{Checker, Progress, call};
/// use raddle::sync::Arc;
/// use raddle::sync::atomic::{AtomicU32, Ordering};
/// use raddle::thread;
///
/// # if raddle::sync::BACKEND == raddle::sync::Backend::Model {
/// let report = Checker::new().progress(Progress::WaitFree { steps: 1 }).explore(|| {
///     let count = Arc::new(AtomicU32::new(0));
///     let threads = [(); 2].map(|()| {
///         let count = count.clone();
///         // Relaxed: nothing else is published.
///         thread::spawn(move || call(|| count.fetch_add(1, Ordering::Relaxed)))
///     });
///     for thread in threads {
///         thread.join().unwrap();
///     }
/// });
/// assert!(report.violation.is_none());
/// assert_eq!(report.steps_most, Some(1));
/// # }
/// ```
#[track_caller]
pub fn call<R>(f: impl FnOnce() -> R) -> R {
    /// Ends the call also where it unwinds.
    struct Ends(bool);
    impl Drop for Ends {
        fn drop(&mut self) {
            if self.0 {
                with_current(Run::end_call);
            }
        }
    }
    let site = Location::caller();
    let _ends = Ends(with_current(|run| run.begin_call(site)) == Some(true));
    f()
}

/// A call that has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct InCall {
    site: &'static Location<'static>,
    steps: usize,
}

/// The thread that runs is about to perform an operation: here it may be suspended.
pub(super) fn may_be_suspended(request: &Request<'_>) {
    let is_event = matches!(request.kind, Kind::Read | Kind::Write | Kind::Fence);
    let may = |run: &mut Run| run.progress != Progress::Deadlock && !run.is_over && run.running != 0;
    if !is_event || with_current(may) != Some(true) {
        return;
    }
    let chosen = perform(&Request {
        kind: Kind::Choice,
        operation: &SUSPENDS,
        a: 2,
        b: SUSPEND,
        order: Order::RELAXED,
        order_if_not: Order::RELAXED,
        object: None,
        site: request.site,
    });
    if chosen.seen == 1 {
        stop(Status::Suspended(request.site));
    }
}

impl Run {
    /// False if the thread is in a call already.
    fn begin_call(&mut self, site: &'static Location<'static>) -> bool {
        let thread = &mut self.threads[self.running];
        let is_outer = thread.in_call.is_none();
        thread.in_call.get_or_insert(InCall { site, steps: 0 });
        is_outer
    }

    fn end_call(&mut self) {
        if let Some(call) = self.threads[self.running].in_call.take()
            && !self.is_over
        {
            self.steps_most = Some(self.steps_most.unwrap_or(0).max(call.steps));
        }
    }

    /// The thread that runs has performed an event. Fails the run if that is more than its call may have.
    pub(super) fn count_step(&mut self, kind: Kind) {
        let Some(call) = &mut self.threads[self.running].in_call else { return };
        call.steps += usize::from(matches!(kind, Kind::Read | Kind::Write | Kind::Fence));
        let InCall { site, steps: taken } = *call;
        if let Progress::WaitFree { steps } = self.progress
            && taken > steps
        {
            let name = self.thread_name(self.running);
            let message = format!("The call of {name} at {site} has more than {steps} events.");
            let note = self.note_here("is in a call that has too many events".to_owned(), site.to_string());
            self.fail(Fault::new(ViolationKind::NoProgress, message).noting([note]));
        }
    }

    /// Judges an execution in which no thread can run any more and some are suspended.
    pub(super) fn judge_suspended_threads(&self) -> Verdict {
        let is_suspended = |status: &Status| matches!(status, Status::Suspended(_));
        // Whoever waits for the end of a thread says nothing: that is what the model does, and not the structure.
        let is_stuck = |status: &Status| {
            !is_suspended(status) && !matches!(status, Status::Ended | Status::Unused | Status::Joins(..))
        };
        let stuck: Vec<usize> =
            (0..self.threads.len()).filter(|&thread| is_stuck(&self.threads[thread].status)).collect();
        let is_alone = stuck.len() == 1;
        if stuck.is_empty()
            || stuck.iter().any(|&thread| self.goes_on_elsewhere(thread))
            || self.progress == Progress::ObstructionFree && !is_alone
        {
            return Verdict::Blocked;
        }
        let suspended = self.threads.iter().enumerate().filter_map(|(thread, data)| match data.status {
            Status::Suspended(site) => {
                Some(Note { thread, executed: data.executed, text: String::new(), site: site.to_string() })
            }
            _ => None,
        });
        Verdict::Violation(Fault::new(ViolationKind::NoProgress, String::new()).noting(suspended))
    }
}

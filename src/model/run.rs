//! What is there in one execution, and whose turn is it?
//!
//! A run begins with a graph: it re-executes the model's closure from the start through this graph, and from there on. A thread goes on without a switch until an operation must wait: for the event that it reads from, for the rest of the
//! graph, for a lock, for a thread's end.
//!
//! Memory that is not atomic is real memory, used in the order of the run, which is one in which causes come first.

use std::any::Any;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use super::arc::Owners;
use super::audit::Orderings;
use super::cells::Cells;
use super::clocks::Clock;
use super::decide::Decider;
use super::event::{Event, Number};
use super::execute::Panicked;
use super::explore::Search;
use super::fault::{Fault, Note};
use super::fiber::{self, Fiber, Fibers, Pause};
use super::graph::Graph;
use super::judge::Judge;
use super::ledger::Ledger;
use super::object::{Identities, Object};
use super::progress::{InCall, Progress};
use super::spin::Mark;
use super::thread::{Locals, ThreadData};
use super::value::Copies;

std::thread_local! {
    /// The run whose fiber this real thread executes.
    static CURRENT: Cell<*mut Run> = const { Cell::new(std::ptr::null_mut()) };
}

/// Why a thread does not run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status {
    /// No thread has this number.
    Unused,
    /// It does, or can.
    Ready,
    /// For an event of the graph that must come first.
    Replays(Number),
    /// For the rest of the graph to be executed.
    Caught,
    /// For a value at a location that its operation, the event to come, is ready for.
    Awaits(Event),
    /// For the end of a thread.
    Joins(usize, &'static Location<'static>),
    /// It is of no interest how it goes on.
    Assumed,
    /// For ever, at this line, to see what the others do then.
    Suspended(&'static Location<'static>),
    /// It would go round in a loop. With the number of its events at the beginning of the round.
    Spins(Mark),
    Ended,
}

/// A thread of the model.
pub(super) struct Thread {
    pub status: Status,
    /// How many of its events have been executed.
    pub executed: usize,
    pub fiber: Option<Box<Fiber>>,
    /// What it is to run, until it is started.
    pub body: Option<Box<dyn FnOnce()>>,
    pause: *const Pause,
    pub name: Option<String>,
    /// Where it has said that it waits, since it last changed anything.
    pub marks: Vec<Mark>,
    /// How often it has changed anything.
    pub changes: u64,
    /// How often it had when the marks were made.
    pub changes_at_marks: u64,
    /// True if it has just let another thread go first.
    pub has_yielded: bool,
    pub locals: Locals,
    /// The flag that ends the present wait for a condition variable.
    wake_flag: Option<Rc<Object>>,
    /// What `current` returns.
    pub handle: Option<Arc<ThreadData>>,
    /// Set by a panic, as long as the thread may be unwinding from it.
    pub has_panicked: bool,
    /// The destructors of shared values that it runs as their last owner: what the other owners knew, and where the value
    /// was made.
    pub destructors: Vec<(Vec<u16>, &'static Location<'static>)>,
    /// True while what it makes may outlive the execution.
    pub is_unaccounted: bool,
    /// A panic that nobody has heard of yet.
    pub panic: Option<Fault>,
    /// The call that it is in.
    pub in_call: Option<InCall>,
}

/// A location as the run knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub type_name: &'static str,
    pub is_bound: bool,
    /// True if it outlives the execution, as a static.
    pub is_long_lived: bool,
}

/// Bounds on one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub events_max: usize,
    pub threads_max: usize,
    /// True if threads may end without giving back the locks that they have taken.
    pub locks_may_stay_held: bool,
}

/// One execution, and after it the next: memory is kept.
pub(super) struct Run {
    pub graph: Graph,
    pub search: Search,
    pub decider: Decider,
    pub threads: Vec<Thread>,
    pub running: usize,
    pub places: Vec<Place>,
    pub identities: Identities,
    pub cells: Cells,
    pub copies: Copies,
    pub ledger: Ledger,
    /// Where the model's closure has what it owns.
    pub captured: Range<usize>,
    pub bounds: Bounds,
    /// True if something is to be done before each operation, because of one of the next two.
    pub needs_preparation: bool,
    pub progress: Progress,
    /// What is in the place of orderings, in an audit.
    pub orderings: Option<Arc<Orderings>>,
    /// The most events that a call had, in all executions.
    pub steps_most: Option<usize>,
    /// Events of the graph that are still to be executed.
    pub to_replay: usize,
    /// Set when the run is over and only destructors run.
    pub is_over: bool,
    /// Set by a violation: no thread does anything more.
    pub is_frozen: bool,
    pub operations_when_over: u32,
    /// What locations hold that destructors have changed since the run was over.
    pub afterwards: HashMap<u32, u64>,
    pub fault: Option<Fault>,
    /// What the one who runs the model has attached to the execution, and who judges by it.
    pub attached: Option<Box<dyn Any>>,
    pub judge: Judge,
    /// The thread in which something is wrong.
    pub failed_in: Option<usize>,
    /// Why threads have not ended.
    pub stuck: Vec<(usize, Status)>,
    /// The owners of what is made here must be counted.
    pub restart: Option<&'static Location<'static>>,
    pub counted_sites: HashSet<&'static Location<'static>>,
    /// The owners of the values to which raw pointers have been given out, by their addresses.
    pub raw_owners: HashMap<usize, Arc<Owners>>,
    pub idle_fibers: Fibers,
    /// The panics of this execution.
    pub panics: Vec<Panicked>,
    /// How many threads wait in the middle of unwinding, those of earlier executions included that were left there.
    pub waiting_while_unwinding: usize,
    /// Memory for the list of threads that can run.
    pub ready: Vec<usize>,
}

/// Calls `f` with the current run, if this real thread executes one.
#[inline]
pub(super) fn with_current<R>(f: impl FnOnce(&mut Run) -> R) -> Option<R> {
    let run = CURRENT.get();
    if run.is_null() {
        return None;
    }
    // SAFETY: `CURRENT` is set while `Run::switch_to` runs a fiber, and that borrows the run for itself but does not use it
    // meanwhile; the closures given here do not call each other.
    Some(f(unsafe { &mut *run }))
}

/// True if this real thread executes a model.
#[inline]
pub(super) fn is_inside() -> bool {
    !CURRENT.get().is_null()
}

/// Calls `f` with the current run, on another stack than that of the thread that runs: what the engine's calls leave behind
/// there would make places in the thread's own code look different that are the same.
pub(super) fn on_engine_stack<R>(f: impl FnOnce(&mut Run) -> R) -> R {
    let pause = with_current(|run| run.threads[run.running].pause).expect("this is inside of a model");
    // SAFETY: a running thread's `pause` is that of the fiber that it runs on.
    unsafe { &*pause }.on_engine_stack(|| with_current(f).expect("this is inside of a model"))
}

/// Lets other threads run.
pub(super) fn pause() {
    let pause = with_current(|run| run.threads[run.running].pause).expect("threads pause inside a model");
    let is_unwinding = is_panicking();
    with_current(|run| run.waiting_while_unwinding += usize::from(is_unwinding));
    // SAFETY: a running thread's `pause` is that of the fiber that it runs on.
    unsafe { &*pause }.pause();
    with_current(|run| run.waiting_while_unwinding -= usize::from(is_unwinding));
}

/// True if the thread that runs is unwinding. The real thread counts the panics of all its fibers together, so while a
/// fiber waits in the middle of unwinding, the thread's own record decides.
pub(super) fn is_panicking() -> bool {
    let is_panicking = std::thread::panicking();
    let own = with_current(|run| {
        let thread = run.running;
        if !is_panicking {
            run.threads[thread].has_panicked = false;
        }
        run.waiting_while_unwinding == 0 || run.threads[thread].has_panicked
    });
    is_panicking && own.unwrap_or(true)
}

impl Thread {
    /// A number without a thread.
    pub fn unused() -> Self {
        Self { status: Status::Unused, body: None, ..Self::new(None, Box::new(|| ())) }
    }

    pub fn new(name: Option<String>, body: Box<dyn FnOnce()>) -> Self {
        Self {
            status: Status::Ready,
            executed: 0,
            fiber: None,
            body: Some(body),
            pause: std::ptr::null(),
            name,
            marks: Vec::new(),
            changes: 0,
            changes_at_marks: 0,
            has_yielded: false,
            locals: Locals::default(),
            wake_flag: None,
            handle: None,
            has_panicked: false,
            destructors: Vec::new(),
            is_unaccounted: false,
            panic: None,
            in_call: None,
        }
    }
}

impl Run {
    pub fn new(
        search: Search,
        decider: Decider,
        bounds: Bounds,
        counted_sites: HashSet<&'static Location<'static>>,
        judge: Judge,
    ) -> Self {
        Self {
            graph: Graph::default(),
            search,
            decider,
            threads: Vec::new(),
            running: 0,
            places: Vec::new(),
            identities: Identities::default(),
            cells: Cells::default(),
            copies: Copies::default(),
            ledger: Ledger::default(),
            captured: 0..0,
            bounds,
            needs_preparation: false,
            progress: Progress::default(),
            orderings: None,
            steps_most: None,
            to_replay: 0,
            is_over: false,
            is_frozen: false,
            operations_when_over: 0,
            afterwards: HashMap::new(),
            fault: None,
            attached: None,
            judge,
            failed_in: None,
            stuck: Vec::new(),
            restart: None,
            counted_sites,
            raw_owners: HashMap::new(),
            idle_fibers: fiber::take_idle(),
            panics: Vec::new(),
            waiting_while_unwinding: 0,
            ready: Vec::new(),
        }
    }

    /// Runs a thread's fiber until it pauses or is done.
    pub fn switch_to(&mut self, thread: usize, start: Option<Box<dyn FnOnce()>>) {
        self.running = thread;
        let this: *mut Run = self;
        let fiber: *mut Fiber = &raw mut **self.threads[thread].fiber.as_mut().expect("the thread has a fiber");
        // SAFETY: the box stays where it is until the thread has ended or is given up, which happens after this returns.
        let fiber = unsafe { &mut *fiber };
        let before = CURRENT.replace(this);
        let is_done = match start {
            Some(body) => fiber.start(Box::new(move |pause: &Pause| {
                with_current(|run| run.threads[run.running].pause = pause);
                body();
            })),
            None => fiber.resume(),
        };
        CURRENT.set(before);
        if is_done {
            // SAFETY: `this` is `self`; what ran in between has borrowed it through the pointer and is done.
            unsafe { &mut *this }.thread_ended(thread);
        }
    }

    fn thread_ended(&mut self, thread: usize) {
        let ended = &mut self.threads[thread];
        ended.status = Status::Ended;
        self.idle_fibers.extend(ended.fiber.take());
        let left = self.graph.threads.get(thread).map_or(0, Vec::len) - self.threads[thread].executed;
        if left > 0 && !self.is_over {
            let number = self.graph.threads[thread][self.threads[thread].executed];
            let expected = self.describe(self.graph.event(number));
            let name = self.thread_name(thread);
            self.fail(Fault::not_deterministic(expected, format!("the end of {name}")));
        }
    }

    pub fn fail(&mut self, fault: Fault) {
        if self.fault.is_none() && !self.is_over {
            self.fault = Some(fault);
            self.failed_in = Some(self.running);
        }
        self.is_over = true;
        self.is_frozen = true;
    }

    pub fn has_ended(&self, thread: usize) -> bool {
        matches!(self.threads[thread].status, Status::Ended)
    }

    /// Where the stack of the thread that runs begins.
    pub fn stack_base(&self) -> usize {
        // SAFETY: a running thread's `pause` is that of the fiber that it runs on.
        unsafe { &*self.threads[self.running].pause }.stack_base()
    }

    /// The thread that runs is about to wait for a condition variable; returns its number.
    pub fn begin_to_wait(&mut self) -> usize {
        self.threads[self.running].wake_flag = None;
        self.running
    }

    /// The flag that ends a thread's present wait.
    pub fn wake_flag(&mut self, thread: usize) -> Rc<Object> {
        self.threads[thread].wake_flag.get_or_insert_default().clone()
    }

    /// What the thread that runs does now.
    pub fn note_here(&self, text: String, site: String) -> Note {
        Note { thread: self.running, executed: self.threads[self.running].executed, text, site }
    }

    /// The newest value of an object that from now on has only one user, if it has been touched; it becomes a new location
    /// when it is used again. Fails the run if another thread may still be using it.
    pub fn reclaim(&mut self, object: &mut Object) -> Option<u64> {
        let location = self.identities.of(object)?;
        let newest = self.newest_value(location);
        if !self.is_over {
            let (clock, _) = self.here();
            let writes = &self.graph.writes[location as usize];
            let unordered = writes.iter().copied().find(|&write| {
                usize::from(self.graph.event(write).thread) != self.running && !self.knows(clock, write)
            });
            if let Some(write) = unordered {
                let here = format!("{} takes the value out, as its only user", self.thread_name(self.running));
                let there = self.graph.event(write);
                let (thread, executed) = (usize::from(there.thread), usize::from(there.index) + 1);
                let notes = [
                    Note { thread, executed, text: String::new(), site: String::new() },
                    self.note_here("takes the value out".to_owned(), String::new()),
                ];
                let there = self.describe(there);
                self.fail(Fault::data_race([here, there]).noting(notes));
            }
            self.threads[self.running].changes += 1;
        }
        self.identities.unbind(object);
        Some(newest)
    }

    fn knows(&self, clock: &Clock, number: Number) -> bool {
        let event = self.graph.event(number);
        clock.get(usize::from(event.thread)).is_some_and(|&known| known > event.index)
    }

    /// What the thread that runs knows by happens-before, and how many events it has executed.
    pub fn here(&self) -> (&Clock, u16) {
        let thread = self.running;
        let executed = self.threads[thread].executed;
        let latest = match executed.checked_sub(1) {
            Some(last) => Some(self.graph.threads[thread][last]),
            None => self.graph.creators.get(thread).copied().filter(|_| thread != 0),
        };
        let clock = latest.map_or(&[][..], |latest| self.graph.after.row(latest));
        (clock, executed as u16)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        fiber::keep_idle(std::mem::take(&mut self.idle_fibers));
    }
}

//! How does one execution go? The threads' operations arrive here.
//!
//! A run begins with a graph: it re-executes the model's closure from the start, and each operation that has its event in
//! the graph gets the value which the graph says. When every event of the graph has happened, operations add events.
//! A thread goes on without a switch until an operation must wait: for the event that it reads from, for the rest of the
//! graph, for a lock, for a thread's end.
//!
//! Memory that is not atomic is real memory, used in the order of the run, which is one in which causes come first.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use super::arc::Owners;
use super::cells::Cells;
use super::clocks::Clock;
use super::decide::Decider;
use super::event::{Event, INITIAL, Kind, Number, Operands, Operation, Order};
use super::execute::Panicked;
use super::explore::Search;
use super::fault::{Fault, Note};
use super::fiber::{self, Fiber, Fibers, Pause};
use super::follow::let_others_go_first;
use super::graph::Graph;
use super::object::{Identities, LOCATIONS_MAX, Object};
use super::spin::{Mark, clear_below};
use super::teardown::end_thread;
use super::thread::{Locals, ThreadData};
use super::value::Copies;

std::thread_local! {
    /// The run whose fiber this real thread executes.
    static CURRENT: Cell<*mut Run> = const { Cell::new(std::ptr::null_mut()) };
}

/// An operation that a thread wants to perform.
#[derive(Clone, Copy)]
pub(super) struct Request<'object> {
    pub kind: Kind,
    pub operation: &'static Operation,
    pub a: u64,
    pub b: u64,
    /// The ordering, for an update that of its success.
    pub order: Order,
    pub order_if_not: Order,
    /// The object that it touches, with its type and the value that it has if nothing has touched it yet.
    pub object: Option<(&'object Object, &'static str, u64)>,
    pub site: &'static Location<'static>,
}

/// What came of an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// The value read, or the way taken, or the number of the thread created.
    pub seen: u64,
    /// True if it wrote.
    pub wrote: bool,
    /// Which of several ways it took.
    pub way: u8,
}

/// An operation that can't be performed now.
enum Wait {
    /// The fiber must pause; the thread's status says for what.
    Pause,
    /// The run is over.
    Over,
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
    has_yielded: bool,
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
    /// A panic that nobody has heard of yet.
    pub panic: Option<Fault>,
}

/// A location as the run knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub type_name: &'static str,
    pub is_bound: bool,
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
    pub bounds: Bounds,
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
    /// The thread in which something is wrong.
    pub failed_in: Option<usize>,
    /// Why threads have not ended.
    pub stuck: Vec<(usize, Status)>,
    /// The owners of what is made here must be counted.
    pub restart: Option<&'static Location<'static>>,
    pub counted_sites: HashSet<&'static Location<'static>>,
    /// The owners of the values to which raw pointers have been given out, by their addresses.
    pub raw_owners: HashMap<usize, Arc<Owners>>,
    pub operations: u64,
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

/// Performs an operation of the thread that runs.
pub(super) fn perform(request: &Request<'_>) -> Outcome {
    let outcome = perform_with_traces(request);
    // Whether the thread had to pause must not show in what is left on its stack.
    clear_below();
    outcome
}

#[inline(never)]
fn perform_with_traces(request: &Request<'_>) -> Outcome {
    loop {
        match on_engine_stack(|run| run.step(request)) {
            Ok(outcome) => {
                // A thread that was created is started first.
                if request.kind != Kind::Create {
                    let_others_go_first();
                }
                return outcome;
            }
            Err(Wait::Pause) => pause(),
            Err(Wait::Over) => return end_thread(request),
        }
    }
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
            panic: None,
        }
    }
}

impl Run {
    pub fn new(
        search: Search,
        decider: Decider,
        bounds: Bounds,
        counted_sites: HashSet<&'static Location<'static>>,
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
            bounds,
            to_replay: 0,
            is_over: false,
            is_frozen: false,
            operations_when_over: 0,
            afterwards: HashMap::new(),
            fault: None,
            failed_in: None,
            stuck: Vec::new(),
            restart: None,
            counted_sites,
            raw_owners: HashMap::new(),
            operations: 0,
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

    fn step(&mut self, request: &Request<'_>) -> Result<Outcome, Wait> {
        if self.is_over {
            return Err(Wait::Over);
        }
        let thread = self.running;
        if let Some(&(_, site)) = self.threads[thread].destructors.last() {
            self.restart_counting(site);
            return Err(Wait::Over);
        }
        let executed = self.threads[thread].executed;
        let next = self.graph.threads.get(thread).and_then(|events| events.get(executed)).copied();
        match next {
            Some(number) => self.replay(number, request)?,
            None if self.to_replay > 0 => {
                self.threads[thread].status = Status::Caught;
                return Err(Wait::Pause);
            }
            None => self.add(request)?,
        }
        let event = self.graph.event(self.graph.threads[thread][executed]);
        // What leaves a value as it was, as a spin lock's swap that finds it taken, is no change.
        let changes = event.writes && !event.keeps_value();
        self.threads[thread].executed += 1;
        self.threads[thread].changes += u64::from(changes);
        Ok(outcome(event))
    }

    /// Executes an event of the graph.
    fn replay(&mut self, number: Number, request: &Request<'_>) -> Result<(), Wait> {
        if !self.can_replay(number) {
            self.threads[self.running].status = Status::Replays(number);
            return Err(Wait::Pause);
        }
        self.check_same(number, request)?;
        let event = self.graph.event_mut(number);
        if event.kind != Kind::Create {
            event.operands = Operands { a: request.a, b: request.b, way: event.operands.way };
        }
        event.site = request.site;
        match event.kind {
            Kind::Read => {
                let (source, location) = (event.reads_from, event.location);
                let seen = self.graph.value_of(source, location);
                let event = self.graph.event_mut(number);
                let written = (event.operation.apply)(seen, event.operands);
                event.seen = seen;
                event.value = written.unwrap_or(0);
                if written.is_some() != event.writes {
                    let event = *event;
                    let expected = format!("{}, which {}", self.describe(&event), wrote(event.writes));
                    self.fail(Fault::not_deterministic(expected, format!("that it {}", wrote(!event.writes))));
                    return Err(Wait::Over);
                }
            }
            Kind::Write => event.value = request.a,
            _ => {}
        }
        self.graph.learn(number);
        self.to_replay -= 1;
        Ok(())
    }

    /// True if all that must come before an event of the graph has been executed.
    pub fn can_replay(&self, number: Number) -> bool {
        let event = self.graph.event(number);
        match event.kind {
            Kind::Read => event.reads_from == INITIAL || self.is_executed(event.reads_from),
            Kind::Join => self.has_ended(event.operands.a as usize),
            _ => true,
        }
    }

    fn is_executed(&self, number: Number) -> bool {
        let event = self.graph.event(number);
        self.threads.get(usize::from(event.thread)).is_some_and(|thread| thread.executed > usize::from(event.index))
    }

    pub fn has_ended(&self, thread: usize) -> bool {
        matches!(self.threads[thread].status, Status::Ended)
    }

    /// Fails the run if an operation is not the one that the graph has in its place.
    fn check_same(&mut self, number: Number, request: &Request<'_>) -> Result<(), Wait> {
        let event = *self.graph.event(number);
        let same_location = match request.object {
            None => true,
            Some((object, type_name, value)) => match self.identities.of(object) {
                Some(location) => location == event.location,
                None => self.bind(object, event.location, type_name, value),
            },
        };
        let operands_may_differ = event.operation.addresses || event.kind == Kind::Create;
        let is_same = same_location
            && event.kind == request.kind
            && std::ptr::eq(event.operation, request.operation)
            && event.order_if_written == request.order
            && event.order_if_not == request.order_if_not
            && (operands_may_differ || (event.operands.a, event.operands.b) == (request.a, request.b));
        if is_same {
            return Ok(());
        }
        let expected = self.describe(&event);
        let found = self.describe(&Event {
            kind: request.kind,
            operation: request.operation,
            operands: Operands { a: request.a, b: request.b, way: 0 },
            order_if_written: request.order,
            site: request.site,
            ..event
        });
        let hint = if same_location { "" } else { ", on another object" };
        self.fail(Fault::not_deterministic(expected, format!("{found}{hint}")));
        Err(Wait::Over)
    }

    /// Makes an object that nothing has touched yet a location. False if another object is that location.
    fn bind(&mut self, object: &Object, location: u32, type_name: &'static str, value: u64) -> bool {
        if self.places.len() <= location as usize {
            self.places.resize(location as usize + 1, Place { type_name: "", is_bound: false });
        }
        let place = &mut self.places[location as usize];
        if place.is_bound {
            return false;
        }
        *place = Place { type_name, is_bound: true };
        self.identities.bind(object, location);
        self.graph.set_initial(location, value);
        true
    }

    /// Adds an event to the graph.
    fn add(&mut self, request: &Request<'_>) -> Result<(), Wait> {
        let thread = self.running;
        let has_yielded = std::mem::take(&mut self.threads[thread].has_yielded);
        if self.decider.wants_switch(thread, has_yielded) {
            self.threads[thread].has_yielded = true;
            self.threads[thread].status = Status::Ready;
            return Err(Wait::Pause);
        }
        let mut event = self.new_event(request)?;
        if let Some(awaits) = event.operation.awaits
            && !awaits(self.graph.value_of(self.graph.newest(event.location), event.location), event.operands.a)
        {
            self.threads[thread].status = Status::Awaits(event);
            return Err(Wait::Pause);
        }
        match event.kind {
            Kind::Join if !self.has_ended(event.operands.a as usize) => {
                self.threads[thread].status = Status::Joins(event.operands.a as usize, event.site);
                return Err(Wait::Pause);
            }
            Kind::Create => event.operands.a = self.new_thread_number()? as u64,
            _ => {}
        }
        if !self.may_add() {
            return Err(Wait::Over);
        }
        let number = self.graph.push(event);
        let Self { graph, search, decider, .. } = self;
        if event.kind == Kind::Create {
            graph.make_room_for_thread(event.operands.a as usize);
        }
        decider.add(search, graph, number);
        if self.has_added() { Ok(()) } else { Err(Wait::Over) }
    }

    fn new_event(&mut self, request: &Request<'_>) -> Result<Event, Wait> {
        if self.graph.events.len() >= self.bounds.events_max {
            let name = self.thread_name(self.running);
            self.fail(Fault::too_many_events(self.bounds.events_max, &name, request.site));
            return Err(Wait::Over);
        }
        let location =
            request.object.map_or(0, |(object, type_name, value)| self.location_of(object, type_name, value));
        let thread = self.running;
        Ok(Event {
            kind: request.kind,
            thread: thread as u16,
            index: self.threads[thread].executed as u16,
            order: request.order,
            order_if_written: request.order,
            order_if_not: request.order_if_not,
            writes: request.kind == Kind::Write,
            maximal: true,
            revisitable: true,
            location,
            reads_from: INITIAL,
            rank: 0,
            operation: request.operation,
            operands: Operands { a: request.a, b: request.b, way: 0 },
            seen: 0,
            value: request.a,
            site: request.site,
        })
    }

    /// Which location an object is. One that nothing has touched yet becomes the first that no object is.
    pub fn location_of(&mut self, object: &Object, type_name: &'static str, value: u64) -> u32 {
        self.identities.of(object).unwrap_or_else(|| {
            let free = self.places.iter().position(|place| !place.is_bound).unwrap_or(self.places.len());
            assert!(free < LOCATIONS_MAX as usize, "raddle: a model can have {LOCATIONS_MAX} shared objects");
            let is_bound = self.bind(object, free as u32, type_name, value);
            debug_assert!(is_bound, "the number was free");
            free as u32
        })
    }

    /// A number for a thread to be created: the first that is free.
    fn new_thread_number(&mut self) -> Result<usize, Wait> {
        let threads = self.threads.iter().filter(|thread| !matches!(thread.status, Status::Unused)).count();
        if threads >= self.bounds.threads_max {
            self.fail(Fault::too_many_threads(self.bounds.threads_max));
            return Err(Wait::Over);
        }
        let is_taken =
            |&number: &usize| self.threads.get(number).is_some_and(|thread| !matches!(thread.status, Status::Unused));
        Ok((1..).find(|thread| !is_taken(thread)).expect("there are infinitely many numbers"))
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

fn outcome(event: &Event) -> Outcome {
    let seen = match event.kind {
        Kind::Choice => u64::from(event.operands.way),
        Kind::Create => event.operands.a,
        _ => event.seen,
    };
    Outcome { seen, wrote: event.writes, way: event.operands.way }
}

fn wrote(writes: bool) -> &'static str {
    if writes { "wrote" } else { "did not write" }
}

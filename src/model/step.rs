//! What happens when a thread performs an operation?
//!
//! If the operation has its event in the graph, it gets the value that the graph says. Otherwise, and when every event of
//! the graph has happened, it adds an event.

use std::panic::Location;

use super::audit::as_explored;
use super::event::{Event, INITIAL, Kind, Number, Operands, Operation, Order};
use super::fault::Fault;
use super::follow::let_others_go_first;
use super::object::{LOCATIONS_MAX, Object};
use super::progress::may_be_suspended;
use super::run::{Place, Run, Status, on_engine_stack, pause};
use super::spin::clear_below;
use super::teardown::end_thread;

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

impl Request<'_> {
    /// True if it can't change its object.
    pub fn only_reads(&self) -> bool {
        self.kind == Kind::Read && self.operation.only_reads
    }
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
    /// Something is asked of the check that comes before each operation.
    Prepare,
    /// The fiber must pause; the thread's status says for what.
    Pause,
    /// The run is over.
    Over,
}

/// Performs an operation of the thread that runs.
pub(super) fn perform(request: &Request<'_>) -> Outcome {
    let outcome = perform_with_traces(request, false);
    // Whether the thread had to pause must not show in what is left on its stack.
    clear_below();
    outcome
}

#[inline(never)]
fn perform_with_traces(request: &Request<'_>, is_prepared: bool) -> Outcome {
    loop {
        match on_engine_stack(|run| run.step(request, is_prepared)) {
            Ok(outcome) => {
                // A thread that was created is started first.
                if request.kind != Kind::Create {
                    let_others_go_first();
                }
                return outcome;
            }
            Err(Wait::Prepare) => {
                let nothing = Outcome { seen: 0, wrote: false, way: 0 };
                return prepared(request).map_or(nothing, |request| perform_with_traces(&request, true));
            }
            Err(Wait::Pause) => pause(),
            Err(Wait::Over) => return end_thread(request),
        }
    }
}

/// What is to be performed when others have been given the chance to see the thread suspended, and in an audit with another
/// ordering. None for a fence that is taken out.
#[cold]
fn prepared<'object>(request: &Request<'object>) -> Option<Request<'object>> {
    let request = as_explored(request)?;
    may_be_suspended(&request);
    Some(request)
}

impl Run {
    fn step(&mut self, request: &Request<'_>, is_prepared: bool) -> Result<Outcome, Wait> {
        if self.is_over {
            return Err(Wait::Over);
        }
        if self.needs_preparation && !is_prepared {
            return Err(Wait::Prepare);
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
        if self.threads[thread].in_call.is_none() {
            return Ok(outcome(event));
        }
        let (kind, outcome) = (event.kind, outcome(event));
        self.count_step(kind);
        if self.is_over { Err(Wait::Over) } else { Ok(outcome) }
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
            self.places.resize(location as usize + 1, Place { type_name: "", is_bound: false, is_long_lived: false });
        }
        if self.places[location as usize].is_bound {
            return false;
        }
        let is_long_lived = self.identities.bind(object, location);
        self.places[location as usize] = Place { type_name, is_bound: true, is_long_lived };
        self.graph.set_initial(location, value);
        true
    }

    /// Adds an event to the graph.
    fn add(&mut self, request: &Request<'_>) -> Result<(), Wait> {
        let thread = self.running;
        let has_yielded = std::mem::take(&mut self.threads[thread].has_yielded);
        if self.decider.wants_switch(thread, has_yielded, request) {
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

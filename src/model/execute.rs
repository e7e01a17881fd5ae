//! How is a model run from its beginning to its end, once?

use std::any::Any;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;

use super::decide::Decider;
use super::event::{Event, Kind, Number};
use super::explore::Item;
use super::fault::{Fault, Note, ViolationKind};
use super::fiber::Fiber;
use super::picture;
use super::run::{self, Run, Status, Thread, with_current};
use super::teardown::Unwind;
use super::thread::ThreadData;

/// The model's closure.
pub(super) type Body = Arc<dyn Fn() + Send + Sync>;

/// How an execution ended.
#[derive(Debug)]
pub(super) enum Verdict {
    /// All threads have ended, and nothing is wrong.
    Complete,
    /// Some thread could not go on, which is no violation.
    Blocked,
    /// Threads wait for each other, or for nobody.
    Deadlock(Fault),
    /// Anything else that is wrong.
    Violation(Fault),
    /// The search must start again, with the owners counted of what is made here.
    Restart(&'static Location<'static>),
}

/// A panic, as the hook saw it.
#[derive(Clone, Debug)]
pub(super) struct Panicked {
    pub thread: usize,
    pub message: String,
    pub site: String,
    /// How many events the thread had executed.
    pub executed: usize,
}

impl Panicked {
    pub fn note(&self) -> Note {
        Note { thread: self.thread, executed: self.executed, text: "panics".to_owned(), site: self.site.clone() }
    }
}

impl Run {
    /// Runs the model through `item` and on from there to its end.
    pub fn execute(&mut self, item: &Item, body: &Body) -> Verdict {
        self.begin(item);
        let captured = Arc::as_ptr(body).cast::<u8>().addr();
        self.captured = captured..captured + size_of_val(&**body);
        let main = body.clone();
        self.start_thread(0, Some("main".to_owned()), Box::new(move || run_main(&main)), None);
        self.run_threads();
        let verdict = self.finish();
        if let Verdict::Deadlock(_) | Verdict::Violation(_) = verdict {
            let threads = self.threads.iter().map(|thread| thread.status).enumerate();
            self.stuck.extend(threads.filter(|(_, status)| !matches!(status, Status::Ended | Status::Unused)));
        }
        self.tear_down();
        verdict
    }

    fn begin(&mut self, item: &Item) {
        self.decider.begin();
        self.graph.load(item);
        let threads = self.graph.threads.len().max(self.graph.creators.len()).max(1);
        self.threads.clear();
        self.threads.resize_with(threads, Thread::unused);
        self.places.clear();
        self.identities.begin();
        self.cells.begin();
        self.copies.clear();
        self.ledger.begin();
        self.to_replay = item.len();
        self.is_over = false;
        self.is_frozen = false;
        self.operations_when_over = 0;
        self.afterwards.clear();
        self.fault = None;
        self.attached = None;
        self.failed_in = None;
        self.stuck.clear();
        self.restart = None;
        self.raw_owners.clear();
        self.panics.clear();
    }

    /// Makes a thread that is to run `body`, which must not unwind, when it is its turn.
    pub fn start_thread(
        &mut self,
        thread: usize,
        name: Option<String>,
        body: Box<dyn FnOnce()>,
        handle: Option<Arc<ThreadData>>,
    ) {
        if self.threads.len() <= thread {
            self.threads.resize_with(thread + 1, Thread::unused);
        }
        self.threads[thread] = Thread::new(name, body);
        self.threads[thread].handle = handle;
    }

    fn run_threads(&mut self) {
        let mut ready = std::mem::take(&mut self.ready);
        while !self.is_over {
            ready.clear();
            ready.extend((0..self.threads.len()).filter(|&thread| self.can_run(thread)));
            if ready.is_empty() {
                break;
            }
            let Some(next) = self.next_thread(&ready) else { break };
            self.go_on_with(next);
            self.has_gone_on(next);
        }
        self.ready = ready;
        if self.to_replay > 0 && !self.is_over {
            let fault = self.unfinished_replay();
            self.fail(fault);
        }
    }

    fn can_run(&self, thread: usize) -> bool {
        match &self.threads[thread].status {
            Status::Ready => true,
            Status::Replays(number) => self.can_replay(*number),
            Status::Caught => self.to_replay == 0,
            Status::Awaits(event) => self.is_awaited(event),
            Status::Joins(other, _) => self.has_ended(*other),
            Status::Spins(_) => self.decider.takes_one_way() && self.goes_on_elsewhere(thread),
            Status::Unused | Status::Assumed | Status::Suspended(_) | Status::Ended => false,
        }
    }

    fn is_awaited(&self, event: &Event) -> bool {
        let newest = self.graph.value_of(self.graph.newest(event.location), event.location);
        event.operation.awaits.is_none_or(|awaits| awaits(newest, event.operands.a))
    }

    pub fn go_on_with(&mut self, thread: usize) {
        self.threads[thread].status = Status::Ready;
        let body = self.threads[thread].body.take();
        if body.is_some() {
            let fiber = match self.idle_fibers.pop() {
                Some(fiber) => fiber,
                None => match Fiber::new() {
                    Ok(fiber) => Box::new(fiber),
                    Err(error) => {
                        let message = format!("The system gives no memory for another stack: {error}");
                        return self.fail(Fault::new(ViolationKind::TooManyThreads, message));
                    }
                },
            };
            self.threads[thread].fiber = Some(fiber);
        }
        self.switch_to(thread, body);
    }

    /// Threads that should have gone on as the graph says have not.
    fn unfinished_replay(&self) -> Fault {
        let is_left = |&&number: &&Number| {
            let event = self.graph.event(number);
            self.threads[usize::from(event.thread)].executed <= usize::from(event.index)
        };
        let left = self.graph.threads.iter().flatten().find(is_left);
        let expected = left.map_or_else(String::new, |&number| self.describe(self.graph.event(number)));
        Fault::not_deterministic(expected, "that the threads can't go on".to_owned())
    }

    fn finish(&mut self) -> Verdict {
        if let Some(site) = self.restart.take() {
            return Verdict::Restart(site);
        }
        if let Some(fault) = self.fault.take() {
            return Verdict::Violation(fault);
        }
        let verdict = self.judge();
        let verdict = self.judged(verdict);
        let verdict = self.without_leaks(verdict);
        if let Verdict::Violation(_) = verdict {
            self.is_frozen = true;
        }
        verdict
    }

    fn judge(&mut self) -> Verdict {
        let awaiting: Vec<Event> = self
            .threads
            .iter()
            .filter_map(|thread| if let Status::Awaits(event) = thread.status { Some(event) } else { None })
            .collect();
        if let Decider::Explore(_) = self.decider {
            for &event in &awaiting {
                let number = self.graph.push(event);
                self.search.find_other_ways(&mut self.graph, number);
                self.graph.pop();
            }
        }
        // The first to panic: others may have panicked because of it, as where it poisons a lock.
        let first = self.panics.iter().map(|panic| panic.thread).find(|&thread| self.threads[thread].panic.is_some());
        let unseen = || (0..self.threads.len()).find(|&thread| self.threads[thread].panic.is_some());
        if let Some(thread) = first.or_else(unseen) {
            self.failed_in = Some(thread);
            return Verdict::Violation(self.threads[thread].panic.take().expect("it was there"));
        }
        if self.decider.lost().is_some() {
            return Verdict::Blocked;
        }
        self.judge_stuck_threads()
    }

    /// What a panic says, and in which thread.
    pub fn panic_fault(&self, panicked: &Panicked) -> Fault {
        let Panicked { thread, message, site, .. } = panicked;
        let message = format!("{message}\n{} panicked at {site}", self.thread_name(*thread));
        Fault::new(ViolationKind::Panic, message).noting([panicked.note()])
    }
}

fn run_main(body: &Body) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body())) {
        let fault = with_current(|run| run.panic_of_main(&*payload)).flatten();
        // What is dropped here may perform operations.
        drop(payload);
        if let Some(fault) = fault {
            with_current(|run| run.fail(fault));
        }
    }
    super::thread::drop_locals();
}

impl Run {
    /// The violation that a panic of the main thread is, unless it was told to unwind.
    fn panic_of_main(&self, payload: &(dyn Any + Send)) -> Option<Fault> {
        if payload.is::<Unwind>() {
            return None;
        }
        let panicked = self.panicked(payload);
        let mut fault = self.panic_fault(&panicked);
        // A thread that could not be joined because it had panicked is not the cause.
        if let Some(cause) = self.heard_of(&panicked) {
            fault = self.panic_fault(cause);
            fault.message += &format!("\n{} heard of it at {}", self.thread_name(panicked.thread), panicked.site);
            let heard = "panics as well".to_owned();
            fault.notes.push(Note {
                thread: panicked.thread,
                executed: panicked.executed,
                text: heard,
                site: panicked.site,
            });
        }
        Some(fault)
    }

    /// The panic of the thread that the panicking one was about to join, or of one that has poisoned a lock.
    fn heard_of(&self, panicked: &Panicked) -> Option<&Panicked> {
        if panicked.message.contains("PoisonError") {
            return self.panics.iter().find(|panic| panic.thread != panicked.thread);
        }
        let is_of_scope = panicked.message == "a scoped thread panicked";
        if !is_of_scope && !panicked.message.contains("Any { .. }") {
            return None;
        }
        let events = self.graph.threads.get(panicked.thread)?.iter().take(panicked.executed).rev();
        let joins = events.map(|&number| self.graph.event(number)).filter(|event| event.kind == Kind::Join);
        let panic_of = |join: &Event| self.panics.iter().find(|panic| panic.thread == join.operands.a as usize);
        // A scope joins all of its threads before it says that one has panicked.
        let mut causes = joins.map(panic_of).take(if is_of_scope { usize::MAX } else { 1 });
        let cause = causes.find_map(|cause| cause)?;
        self.heard_of(cause).or(Some(cause))
    }

    /// The panic with this payload, in the thread that runs.
    pub fn panicked(&self, payload: &(dyn Any + Send)) -> Panicked {
        let message = message_of(payload);
        let mut same = self.panics.iter().rev().filter(|panicked| panicked.message == message);
        let seen = same.clone().find(|panicked| panicked.thread == self.running).or_else(|| same.next()).cloned();
        // A payload that was resumed has passed no hook.
        seen.unwrap_or_else(|| Panicked {
            thread: self.running,
            message,
            site: "an unknown place".to_owned(),
            executed: self.threads[self.running].executed,
        })
    }
}

/// The words of a panic.
pub(crate) fn message_of(payload: &(dyn Any + Send)) -> String {
    if let Some(message) = payload.downcast_ref::<String>() {
        message.clone()
    } else if let Some(message) = payload.downcast_ref::<&str>() {
        (*message).to_owned()
    } else {
        "a panic without a message".to_owned()
    }
}

/// Installs, once, a panic hook that keeps quiet about models: their panics are in the report.
pub(super) fn install_panic_hook() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !run::is_inside() {
                return before(info);
            }
            let message = message_of(info.payload());
            let site = info.location().map_or_else(String::new, ToString::to_string);
            // What `core` says before it aborts.
            let aborts = message.starts_with("panic in a destructor during cleanup")
                || message.starts_with("panic in a function that cannot unwind");
            with_current(|run| {
                let thread = run.running;
                let panicked = Panicked { thread, message, site, executed: run.threads[thread].executed };
                if aborts {
                    run.fail_instead_of_aborting(&panicked);
                } else {
                    run.threads[thread].has_panicked = true;
                    run.panics.push(panicked);
                }
            });
        }));
    });
}

impl Run {
    /// The thread that runs has panicked where that can't be unwound, for the reason `last`. When the panic hook returns,
    /// it aborts the process.
    fn fail_instead_of_aborting(&mut self, last: &Panicked) {
        let mut panics = self.panics.iter().rev().filter(|panic| panic.thread == last.thread);
        let mut fault = self.panic_fault(panics.next().unwrap_or(last));
        fault.message += &match panics.next() {
            Some(first) => format!(" while it unwound from another panic: {}, at {}", first.message, first.site),
            None => " in a function that can't unwind".to_owned(),
        };
        #[cfg(unix)]
        super::survive::expect_abort();
        // In the destructors of an execution that is given up it is nobody's fault.
        if !self.is_over {
            self.fail(fault);
        }
    }

    /// What stands for the name of a thread until the threads are numbered.
    pub fn thread_name(&self, thread: usize) -> String {
        picture::placeholder(thread)
    }

    /// An event in words.
    pub fn describe(&self, event: &Event) -> String {
        let name = match event.kind {
            Kind::Create => "spawn".to_owned(),
            Kind::Join => "join".to_owned(),
            _ => event.operation.name.to_owned(),
        };
        let place = match event.kind {
            Kind::Read | Kind::Write => {
                let type_name = self.places.get(event.location as usize).map_or("", |place| place.type_name);
                format!("{type_name}::")
            }
            _ => String::new(),
        };
        format!(
            "{place}{name}, {}, by {} at {}",
            event.order_if_written.name(),
            self.thread_name(usize::from(event.thread)),
            event.site
        )
    }
}

//! What do all forms of the program have in common? Somebody generates, somebody processes, and both say so.

use std::io;
use std::time::{Duration, Instant};

use crate::sync::Arc;
use crate::thread::{self, Builder, Scope, ScopedJoinHandle};

use super::args::Mode;
use super::event::Event;
use super::output::Output;
use super::plan::{Actor, Item, Plan};
use super::shared_list::PopFromEmptyList;
use super::stop::{Stopper, Token};

/// Where and when a run takes place.
#[derive(Debug)]
pub(super) struct Stage {
    pub mode: Mode,
    pub plan: Plan,
    pub output: Arc<Output>,
    pub stopper: Arc<Stopper>,
    pub token: Token,
    pub began: Instant,
}

/// What somebody was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Generating,
    Processing,
}

/// From when to when somebody did something, counted from the beginning of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub doing: Doing,
    pub from: Duration,
    pub to: Duration,
}

/// What one producer or consumer did in a run.
#[derive(Debug)]
pub(super) struct Log {
    pub actor: Actor,
    pub spans: Vec<Span>,
    pub generated: u64,
    /// For each processed item, how long it had waited since it was generated.
    pub latencies: Vec<Duration>,
    pub failure: Option<Failure>,
}

/// Why, and when, a consumer could not go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure {
    pub at: Duration,
    pub error: PopFromEmptyList,
}

impl Log {
    pub fn new(actor: Actor) -> Self {
        Self { actor, spans: Vec::new(), generated: 0, latencies: Vec::new(), failure: None }
    }

    /// How many items this one has processed.
    pub fn processed(&self) -> u64 {
        self.latencies.len() as u64
    }
}

impl Stage {
    /// The time since the run began.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Generates the items of `producer`, one after the other, and gives each to `put`, until the run is stopped or
    /// `put` finds that nobody wants them.
    pub fn generate<E>(&self, log: &mut Log, producer: u64, mut put: impl FnMut(Item) -> Result<(), E>) {
        for number in 1..=self.plan.items {
            let from = self.now();
            let slept = self.token.sleep(self.plan.delay(producer, number));
            self.record(log, Doing::Generating, from);
            if slept.is_err() || put(self.generated(log, producer, number)).is_err() {
                return;
            }
        }
    }

    /// Processes `item`. Once begun, this is not interrupted: what was taken is finished.
    pub fn process(&self, log: &mut Log, item: Item) {
        let taken = Instant::now();
        thread::sleep(self.plan.work());
        self.processed(log, item, taken);
    }

    /// To be called with each item that somebody has just come up with, before anybody else can see it: so its line
    /// comes before the one that says that it was processed.
    pub fn generated(&self, log: &mut Log, producer: u64, number: u64) -> Item {
        let item = Item { producer, number, generated: Instant::now() };
        log.generated += 1;
        let delay_lecture_s = self.plan.delay_lecture_s(producer, number);
        self.output.event(&Event::Generated {
            mode: self.mode,
            at: self.since_began(item.generated),
            item,
            delay_lecture_s,
        });
        item
    }

    /// To be called with each item that was processed, and when it was taken.
    pub fn processed(&self, log: &mut Log, item: Item, taken: Instant) {
        let latency = taken.saturating_duration_since(item.generated);
        log.latencies.push(latency);
        self.record(log, Doing::Processing, self.since_began(taken));
        self.output.event(&Event::Processed { mode: self.mode, at: self.now(), by: log.actor, item, latency });
    }

    /// To be called by a consumer that can't go on: ends the run for all.
    pub fn failed(&self, log: &mut Log, error: PopFromEmptyList) {
        let at = self.now();
        log.failure = Some(Failure { at, error });
        self.output.event(&Event::Failed { mode: self.mode, at, by: log.actor, error });
        self.stopper.stop_run();
    }

    /// Notes what somebody has been doing until now.
    pub fn record(&self, log: &mut Log, doing: Doing, from: Duration) {
        log.spans.push(Span { doing, from, to: self.now() });
    }

    /// Starts a thread named after `actor`. If the system has none to give, those that were started are stopped.
    pub fn start<'scope, F>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        actor: Actor,
        body: F,
    ) -> io::Result<ScopedJoinHandle<'scope, Log>>
    where
        F: FnOnce(&mut Log) + Send + 'scope,
    {
        let body = move || {
            let mut log = Log::new(actor);
            body(&mut log);
            log
        };
        Builder::new().name(actor.to_string()).spawn_scoped(scope, body).inspect_err(|_| self.stopper.stop_run())
    }

    fn since_began(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.began)
    }
}

/// Waits for each of `threads` to end. A panic in one goes on in the caller.
pub(super) fn join_all(threads: Vec<ScopedJoinHandle<'_, Log>>) -> Vec<Log> {
    let join =
        |thread: ScopedJoinHandle<'_, Log>| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    threads.into_iter().map(join).collect()
}

/// What a run left behind.
#[derive(Debug)]
pub(super) struct Traces {
    /// In the order in which they are to be shown.
    pub logs: Vec<Log>,
    /// Items that were generated and that nobody took.
    pub left: u64,
}

//! How many executions does one search take, and how long? It is asked in a process that is there for nothing else, as loom and
//! shuttle panic when they find something, and may leave anything behind.

use std::io::{self, Write};
use std::panic;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use crate::child::Job;
use crate::sample::{End, Sample};
use crate::tool::{Bounds, Code, Tool};

/// How often the model was begun.
static EXECUTIONS: AtomicU64 = AtomicU64::new(0);
/// The search that goes on.
static SEARCH: Mutex<Option<Search>> = Mutex::new(None);

struct Search {
    seed: u64,
    processor: ProcessTime,
    wall: Instant,
}

impl Search {
    fn began(seed: u64) -> Self {
        // Relaxed, here and below: a statistic, and whoever has ended a search has joined its threads.
        EXECUTIONS.store(0, Relaxed);
        Self { seed, wall: Instant::now(), processor: ProcessTime::now() }
    }

    fn ended(self, end: End) -> Sample {
        let (processor, wall) = (self.processor.elapsed(), self.wall.elapsed());
        Sample { seed: self.seed, executions: EXECUTIONS.load(Relaxed), processor, wall, end }
    }
}

/// Counts an execution.
pub fn begin() {
    EXECUTIONS.fetch_add(1, Relaxed);
}

/// What a tool does before it is timed: a process is slow at first.
const WARM_UP: (&str, Bounds) = ("pop-from-empty", Bounds { executions: 100, time: Duration::from_millis(50) });

/// Does a job, and says what came of it. A fault that loom or shuttle finds ends the process.
///
/// # Panics
///
/// When there is no such variant.
pub fn do_job(job: &Job, seed: u64) {
    let tool = job.tool;
    if !tool.is_engine() {
        panic::set_hook(Box::new(move |info| ends_with_panic(tool, info)));
    }
    let (variant, bounds) = WARM_UP;
    let warm_up = tool.model(variant, Code::Fixed).expect("it is in the catalogue");
    assert_eq!(tool.search(warm_up, 0, bounds), None, "the fix of {variant} is right");

    let model = tool.model(&job.variant, job.code).expect("it is in the catalogue");
    *SEARCH.lock().unwrap_or_else(PoisonError::into_inner) = Some(Search::began(seed));
    let fault = tool.search(model, seed, job.bounds);
    say(fault.map_or(End::Nothing, |(kind, message)| End::Fault { kind, message }));
}

fn ends_with_panic(tool: Tool, info: &panic::PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or_default();
    say(End::Fault { kind: tool.kind_of(message).to_owned(), message: message.to_owned() });
    process::exit(0);
}

/// Says what came of the search that goes on, if there is one.
fn say(end: End) {
    let search = SEARCH.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(search) = search {
        let line = search.ended(end).to_line();
        let mut out = io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).expect("who has started this process listens");
    }
}

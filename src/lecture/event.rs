//! What is there to tell, and in which words?
//!
//! Each event is a line for people, in the lecture's colours, or a JSON object for programs.

use std::fmt::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde::{Serialize, Serializer};

use super::args::Mode;
use super::plan::{Actor, Item, Plan};
use super::shared_list::PopFromEmptyList;
use super::summary::{Ending, Latency, Summary};

/// For what was generated.
pub(super) const GENERATED: Style = AnsiColor::Yellow.on_default();
/// For what was processed.
pub(crate) const PROCESSED: Style = AnsiColor::Cyan.on_default();
/// For totals.
pub(crate) const TOTAL: Style = AnsiColor::White.on_default();
/// For what went wrong.
pub(crate) const FAILED: Style = AnsiColor::Red.on_default();

/// Something that happened, or that came out in the end.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event<'a> {
    /// The demo begins.
    Opened {
        modes: &'a [Mode],
        #[serde(flatten)]
        plan: &'a Plan,
    },
    /// A mode's run begins.
    Began { mode: Mode },
    /// The main thread has started all others.
    Started {
        mode: Mode,
        #[serde(rename = "at_s", serialize_with = "seconds")]
        at: Duration,
        threads: usize,
    },
    /// The main thread has handed all tasks to the runtime.
    Spawned {
        mode: Mode,
        #[serde(rename = "at_s", serialize_with = "seconds")]
        at: Duration,
        tasks: usize,
    },
    /// A producer has generated an item.
    Generated {
        mode: Mode,
        #[serde(rename = "at_s", serialize_with = "seconds")]
        at: Duration,
        #[serde(flatten)]
        item: Item,
        delay_lecture_s: f64,
    },
    /// A consumer has processed an item.
    Processed {
        mode: Mode,
        #[serde(rename = "at_s", serialize_with = "seconds")]
        at: Duration,
        by: Actor,
        #[serde(flatten)]
        item: Item,
        #[serde(rename = "latency_s", serialize_with = "seconds")]
        latency: Duration,
    },
    /// A consumer can't go on.
    Failed {
        mode: Mode,
        #[serde(rename = "at_s", serialize_with = "seconds")]
        at: Duration,
        by: Actor,
        #[serde(serialize_with = "words")]
        error: PopFromEmptyList,
    },
    /// A mode's run is over.
    Ended(&'a Summary),
    /// The demo is over.
    Summary {
        modes: usize,
        generated: u64,
        processed: u64,
        left: u64,
        #[serde(rename = "total_s", serialize_with = "seconds")]
        total: Duration,
        total_lecture_s: f64,
        exit_status: u8,
    },
}

impl Event<'_> {
    /// True for what is told even to those who want no details.
    pub fn is_summary(&self) -> bool {
        matches!(self, Event::Ended(_) | Event::Summary { .. })
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Opened { plan, .. } => opened(f, plan),
            Event::Began { mode } => {
                writeln!(f, "\n{TOTAL}{}: {}{TOTAL:#}", mode.name(), in_words(*mode))
            }
            Event::Started { at, threads, .. } => {
                writeln!(f, "{}      main started {threads} threads, and is free until it joins them", Clock(*at))
            }
            Event::Spawned { at, tasks, .. } => {
                writeln!(f, "{}      main spawned {tasks} tasks, and lets them take turns", Clock(*at))
            }
            Event::Generated { at, item, .. } => {
                let (producer, value) = (Actor::Producer(item.producer), item.value());
                writeln!(f, "{GENERATED}{}  --  {producer} generated {value}{GENERATED:#}", Clock(*at))
            }
            Event::Processed { at, by, item, latency, .. } => {
                let (value, waited) = (item.value(), latency.as_secs_f64());
                let clock = Clock(*at);
                writeln!(f, "{PROCESSED}{clock}  ++  {by} processed {value} after {waited:.3} s in line{PROCESSED:#}")
            }
            Event::Failed { at, by, error, .. } => {
                writeln!(f, "{FAILED}{}  !!  {by} failed: {error}{FAILED:#}", Clock(*at))
            }
            Event::Ended(summary) => ended(f, summary),
            // For people the table follows, which says it all.
            Event::Summary { .. } => f.write_char('\n'),
        }
    }
}

/// The time of an event, as the first column of its line.
struct Clock(Duration);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8.3} s", self.0.as_secs_f64())
    }
}

/// `1 consumer`, `2 consumers`.
pub(super) fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn in_words(mode: Mode) -> &'static str {
    match mode {
        Mode::Sequential => "one after the other on the main thread: generate, generate, process",
        Mode::Async => "tasks that take turns on one thread",
        Mode::Threads => "threads, and the channel between them",
        Mode::Buggy => "threads and a shared list; who wants an item pops it, without asking",
        Mode::Checked => "threads and a shared list; who wants an item asks whether there is one, then pops it",
    }
}

fn opened(f: &mut fmt::Formatter<'_>, plan: &Plan) -> fmt::Result {
    let (producers, consumers) = (counted(plan.producers, "producer"), counted(plan.consumers, "consumer"));
    let (each, all) = (counted(plan.items, "square"), plan.items_total());
    writeln!(
        f,
        "{TOTAL}{producers} with {each} to generate each, {consumers} with {all} to process; seed {}.",
        plan.seed
    )?;
    if !plan.is_real_time() {
        write!(f, "{} times the lecture's speed; the lines below tell real time. ", plan.speed)?;
    }
    writeln!(f, "Enter or Ctrl-C ends it early.{TOTAL:#}")
}

fn ended(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let style = if summary.as_expected { TOTAL } else { FAILED };
    write!(f, "{style}{}: {}", summary.mode.name(), summary.ending_in_words())?;
    let Summary { generated, processed, left, total, total_lecture_s, .. } = summary;
    write!(f, ". {generated} generated, {processed} processed, {left} left. Total time: {:.2} s", total.as_secs_f64())?;
    if !summary.is_real_time {
        write!(f, ", at the lecture's speed {total_lecture_s:.1} s")?;
    }
    f.write_char('.')?;
    if let Some(note) = &summary.note {
        write!(f, "\n{note}")?;
    }
    writeln!(f, "{style:#}")
}

/// Microseconds are as much as is worth telling.
pub(super) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_micros() as f64 / 1e6)
}

fn words<S: Serializer>(value: impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&value)
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            mode: Mode,
            ending: &'static str,
            as_expected: bool,
            failed: Option<Actor>,
            error: Option<String>,
            generated: u64,
            processed: u64,
            left: u64,
            of: u64,
            #[serde(rename = "total_s", serialize_with = "seconds")]
            total: Duration,
            total_lecture_s: f64,
            latency: Option<Latency>,
            note: Option<&'a str>,
        }
        let (failed, error) = match self.ending {
            Ending::Complete | Ending::Cancelled => (None, None),
            Ending::Failed { by, error } => (Some(by), Some(error.to_string())),
        };
        Fields {
            mode: self.mode,
            ending: self.ending.name(),
            as_expected: self.as_expected,
            failed,
            error,
            generated: self.generated,
            processed: self.processed,
            left: self.left,
            of: self.of,
            total: self.total,
            total_lecture_s: self.total_lecture_s,
            latency: self.latency,
            note: self.note.as_deref(),
        }
        .serialize(serializer)
    }
}

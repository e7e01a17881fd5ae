//! How do the modes compare, in numbers?

use std::fmt::Write;
use std::time::Duration;

use super::event::{FAILED, TOTAL, counted};
use super::plan::Plan;
use super::summary::{Ending, Latency, Summary};

/// A row for each run, under a caption with what they have in common.
pub(super) fn table(plan: &Plan, summaries: &[Summary]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_table(&mut text, plan, summaries);
    text
}

fn write_table(text: &mut String, plan: &Plan, summaries: &[Summary]) -> std::fmt::Result {
    let (producers, consumers) = (counted(plan.producers, "producer"), counted(plan.consumers, "consumer"));
    let speed = if plan.is_real_time() { "the lecture's speed".into() } else { format!("speed {}", plan.speed) };
    writeln!(text, "{TOTAL}{producers}, {consumers}, {speed}, seed {}; times in seconds", plan.seed)?;

    let lecture = |column: String| if plan.is_real_time() { String::new() } else { column };
    let (over, under) = (lecture(" lecture's".into()), lecture("      time".into()));
    writeln!(text, "             total{over}             waited in line")?;
    writeln!(text, "mode          time{under}    items   mean    p50    p99    max  ending{TOTAL:#}")?;
    for summary in summaries {
        let style = if summary.as_expected { TOTAL } else { FAILED };
        let (mode, total) = (summary.mode.name(), summary.total.as_secs_f64());
        let lecture = lecture(format!(" {:>9.2}", summary.total_lecture_s));
        let items = format!("{}/{}", summary.processed, summary.of);
        let (waited, ending) = (waited(summary.latency), summary.ending.name());
        writeln!(text, "{style}{mode:<10} {total:>7.2}{lecture} {items:>8}{waited}  {ending}{style:#}")?;
    }
    // Who failed, and with what, is too long for a column.
    for summary in summaries.iter().filter(|summary| matches!(summary.ending, Ending::Failed { .. })) {
        let style = if summary.as_expected { TOTAL } else { FAILED };
        writeln!(text, "{style}{}: {}{style:#}", summary.mode.name(), summary.ending_in_words())?;
    }
    Ok(())
}

fn waited(latency: Option<Latency>) -> String {
    let column = |duration: Option<Duration>| match duration {
        Some(duration) => format!(" {:>6.3}", duration.as_secs_f64()),
        None => format!(" {:>6}", "-"),
    };
    let of = |which: fn(Latency) -> Duration| column(latency.map(which));
    [of(|latency| latency.mean), of(|latency| latency.p50), of(|latency| latency.p99), of(|latency| latency.max)]
        .concat()
}

//! Who did what, when? A picture with one row per thread or task, all modes to the same scale.

use std::fmt::Write;
use std::time::Duration;

use anstyle::Style;

use super::event::{FAILED, GENERATED, PROCESSED, TOTAL};
use super::part::{Doing, Log};
use super::plan::Plan;
use super::summary::Summary;

/// How many cells the longest run takes; a multiple of the labels' number.
const COLUMNS: usize = 60;
const LABELS: usize = 4;
const IDLE: Style = Style::new().dimmed();

/// What is seen of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Generating,
    Processing,
    Idle,
    Failed,
}

impl Cell {
    fn look(self) -> (char, Style) {
        match self {
            Cell::Generating => ('▒', GENERATED),
            Cell::Processing => ('█', PROCESSED),
            Cell::Idle => ('·', IDLE),
            Cell::Failed => ('✗', FAILED),
        }
    }
}

/// The rows of each run, with a legend above and the time below.
pub(super) fn timeline(plan: &Plan, summaries: &[Summary]) -> String {
    let mut text = String::new();
    // Never less than a second of the lecture's: on a finer scale a run that failed at once shows nothing but noise.
    let shortest = Duration::from_secs_f64(1.0 / plan.speed);
    let longest = summaries.iter().map(|summary| summary.total).fold(shortest, Duration::max);
    // Writing to a string does not fail.
    let _ = write_timeline(&mut text, plan, summaries, longest);
    text
}

fn write_timeline(text: &mut String, plan: &Plan, summaries: &[Summary], longest: Duration) -> std::fmt::Result {
    text.push('\n');
    let mut legend = vec![(Cell::Generating, "generating"), (Cell::Processing, "processing"), (Cell::Idle, "waiting")];
    if summaries.iter().flat_map(|summary| &summary.logs).any(|log| log.failure.is_some()) {
        legend.push((Cell::Failed, "pop from an empty list"));
    }
    for (cell, meaning) in legend {
        let (symbol, style) = cell.look();
        write!(text, "{style}{symbol}{style:#} {meaning}   ")?;
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    for summary in summaries {
        writeln!(text, "{TOTAL}{}{TOTAL:#}", summary.mode.name())?;
        for log in &summary.logs {
            writeln!(text, "  {:<12}{}", log.actor, coloured(&cells(log, summary.total, longest)))?;
        }
    }
    let unit = if plan.is_real_time() { "s" } else { "s at the lecture's speed" };
    writeln!(text, "{TOTAL}{:14}{} {unit}{TOTAL:#}", "", axis(plan.lecture_s(longest)))
}

/// What `log` tells of a run that took `total`, on a scale on which `longest` takes all columns.
fn cells(log: &Log, total: Duration, longest: Duration) -> Vec<Cell> {
    let share = total.as_secs_f64() / longest.as_secs_f64().max(f64::MIN_POSITIVE);
    // Even the shortest run is to be seen.
    let count = ((share * COLUMNS as f64).round() as usize).clamp(1, COLUMNS);
    let width = total.as_secs_f64() / count as f64;
    let mut generating = vec![0.0; count];
    let mut processing = vec![0.0; count];
    for span in &log.spans {
        let (from, to) = (span.from.as_secs_f64() / width, span.to.as_secs_f64() / width);
        let times = match span.doing {
            Doing::Generating => &mut generating,
            Doing::Processing => &mut processing,
        };
        for (index, time) in times.iter_mut().enumerate().take(to.ceil() as usize).skip(from as usize) {
            *time += (to.min(index as f64 + 1.0) - from.max(index as f64)).max(0.0);
        }
    }
    let mut cells: Vec<Cell> = generating.into_iter().zip(processing).map(|times| most(times.0, times.1)).collect();
    if let Some(failure) = log.failure {
        let index = (failure.at.as_secs_f64() / width) as usize;
        cells[index.min(count - 1)] = Cell::Failed;
    }
    cells
}

/// What took the most of a cell, given the parts of it in which the thread was `generating` and `processing`.
fn most(generating: f64, processing: f64) -> Cell {
    let idle = 1.0 - generating - processing;
    if generating >= processing && generating >= idle {
        Cell::Generating
    } else if processing >= idle {
        Cell::Processing
    } else {
        Cell::Idle
    }
}

/// The cells as symbols; each stretch of like ones is coloured in one go.
fn coloured(cells: &[Cell]) -> String {
    let mut text = String::new();
    for stretch in cells.chunk_by(|left, right| left == right) {
        let (symbol, style) = stretch[0].look();
        let symbols: String = std::iter::repeat_n(symbol, stretch.len()).collect();
        text += &format!("{style}{symbols}{style:#}");
    }
    text
}

/// The times at the beginning, at each quarter and at the end.
fn axis(end_s: f64) -> String {
    let decimals = match end_s {
        10.0.. => 0,
        1.0.. => 1,
        0.1.. => 2,
        _ => 3,
    };
    let label = |number: usize| format!("{:.decimals$}", end_s * number as f64 / LABELS as f64);
    let mut text: String = (0..LABELS).map(|number| format!("{:<1$}", label(number), COLUMNS / LABELS)).collect();
    let end = label(LABELS);
    text.truncate(COLUMNS - end.len());
    text + &end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lecture::part::{Failure, Span};
    use crate::lecture::plan::Actor;
    use crate::lecture::shared_list::PopFromEmptyList;

    fn row(spans: &[(Doing, u64, u64)], failed_at: Option<u64>, total: u64, longest: u64) -> String {
        let mut log = Log::new(Actor::Consumer(1));
        let millis = Duration::from_millis;
        log.spans = spans.iter().map(|&(doing, from, to)| Span { doing, from: millis(from), to: millis(to) }).collect();
        log.failure = failed_at.map(|at| Failure { at: millis(at), error: PopFromEmptyList });
        cells(&log, millis(total), millis(longest)).into_iter().map(|cell| cell.look().0).collect()
    }

    #[test]
    fn a_row_shows_what_took_the_most_of_each_cell() {
        let spans = [(Doing::Generating, 0, 200), (Doing::Processing, 245, 355), (Doing::Processing, 370, 400)];
        assert_eq!(row(&spans, None, 600, 6000), "▒▒██··");
        assert_eq!(row(&[(Doing::Processing, 0, 6000)], None, 6000, 6000), "█".repeat(60));
    }

    #[test]
    fn many_short_spans_in_a_cell_add_up() {
        let spans = [(Doing::Processing, 0, 30), (Doing::Generating, 30, 60), (Doing::Processing, 60, 100)];
        assert_eq!(row(&spans, None, 100, 6000), "█");
    }

    #[test]
    fn a_run_too_short_for_a_cell_gets_one() {
        assert_eq!(row(&[], Some(0), 1, 60_000), "✗");
        assert_eq!(row(&[], None, 0, 0), "·");
    }

    #[test]
    fn a_failure_is_marked_where_it_happened() {
        assert_eq!(row(&[], Some(250), 400, 6000), "··✗·");
        assert_eq!(row(&[], Some(400), 400, 6000), "···✗");
    }

    #[test]
    fn the_axis_is_as_wide_as_the_rows() {
        assert_eq!(axis(60.2), "0              15             30             45           60");
        assert_eq!(axis(0.004), "0.000          0.001          0.002          0.003     0.004");
        assert!(axis(123_456.0).ends_with("92592    123456"), "{}", axis(123_456.0));
    }
}

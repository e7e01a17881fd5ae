//! How is the demo played? Each mode in turn, then the table and the timeline.

use std::io;
use std::time::{Duration, Instant};

use crate::sync::Arc;

use super::args::{Color, DemoArgs, Mode};
use super::event::Event;
use super::output::{Format, Output, complain};
use super::part::Stage;
use super::plan::Plan;
use super::status::Status;
use super::stop::Stopper;
use super::summary::{Ending, Summary};
use super::table::table;
use super::timeline::timeline;
use super::{interrupts, list, sequential, tasks, threads};

/// Runs `raddle demo`.
pub fn run(args: &DemoArgs, color: Color) -> Status {
    let stopper = Arc::new(Stopper::default());
    let format = if args.json { Format::Programs } else { Format::People };
    let output = Arc::new(Output::new(format, color, args.quiet, stopper.clone()));
    if let Err(error) = interrupts::listen(&stopper) {
        complain(&format!("can't listen for Enter and Ctrl-C: {error}"));
        return Status::NotAsExpected;
    }

    let (plan, modes) = (args.plan(), args.mode.modes());
    output.event(&Event::Opened { modes: &modes, plan: &plan });
    let mut summaries = Vec::new();
    for &mode in &modes {
        if stopper.is_cancelled() {
            break;
        }
        match play(mode, plan, &output, &stopper) {
            Ok(summary) => {
                output.event(&Event::Ended(&summary));
                summaries.push(summary);
            }
            Err(error) => {
                complain(&format!("can't run {}: {error}", mode.name()));
                return Status::NotAsExpected;
            }
        }
    }

    let status = status(&modes, &summaries);
    output.event(&total(&plan, &summaries, status));
    output.text(&table(&plan, &summaries));
    output.text(&timeline(&plan, &summaries));
    output.close(status)
}

fn play(mode: Mode, plan: Plan, output: &Arc<Output>, stopper: &Arc<Stopper>) -> io::Result<Summary> {
    output.event(&Event::Began { mode });
    let stage = Arc::new(Stage {
        mode,
        plan,
        output: output.clone(),
        stopper: stopper.clone(),
        token: stopper.begin_run(),
        began: Instant::now(),
    });
    let traces = match mode {
        Mode::Sequential => sequential::run(&stage),
        Mode::Async => tasks::run(&stage)?,
        Mode::Threads => threads::run(&stage)?,
        Mode::Buggy => list::run_buggy(&stage)?,
        Mode::Checked => list::run_checked(&stage)?,
    };
    Ok(Summary::new(&stage, stage.now(), traces))
}

/// The verdict on all runs. Modes that were not run were cancelled.
fn status(modes: &[Mode], summaries: &[Summary]) -> Status {
    let cancelled = summaries.iter().any(|summary| summary.ending == Ending::Cancelled);
    if cancelled || summaries.len() < modes.len() {
        Status::Cancelled
    } else if summaries.iter().all(|summary| summary.as_expected) {
        Status::AsExpected
    } else {
        Status::NotAsExpected
    }
}

fn total(plan: &Plan, summaries: &[Summary], status: Status) -> Event<'static> {
    let total: Duration = summaries.iter().map(|summary| summary.total).sum();
    let sum = |count: fn(&Summary) -> u64| summaries.iter().map(count).sum();
    Event::Summary {
        modes: summaries.len(),
        generated: sum(|summary| summary.generated),
        processed: sum(|summary| summary.processed),
        left: sum(|summary| summary.left),
        total,
        total_lecture_s: plan.lecture_s(total),
        exit_status: status as u8,
    }
}

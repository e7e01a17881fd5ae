//! How do the steps look as text, one after the other?

use std::fmt::Write;

use super::walk::{Moment, Walk};
use crate::hunt::text::{QUIET, TITLE, WRONG};

/// All steps.
pub fn plain(walk: &Walk) -> String {
    let mut text = format!("{TITLE}{}: {}{TITLE:#}\n", walk.name, walk.headline);
    for (number, moment) in (1..).zip(&walk.steps) {
        // Writing to a string does not fail.
        let _ = write_step(&mut text, walk, number, moment);
    }
    text
}

fn write_step(text: &mut String, walk: &Walk, number: usize, moment: &Moment) -> std::fmt::Result {
    let style = if moment.event.is_wrong { WRONG } else { TITLE };
    let name = &walk.threads[moment.thread];
    writeln!(text, "\n{style}step {number} of {}: {name}: {}{style:#}", walk.len(), moment.event.text)?;
    for (what, detail) in moment.details().into_iter().skip(1) {
        writeln!(text, "  {QUIET}{what:<8}{QUIET:#}  {detail}")?;
    }
    for line in &moment.lines {
        let (mark, style) = if line.is_here { ('>', TITLE) } else { (' ', QUIET) };
        let line = format!("{:>5}  {}", line.number, line.text);
        writeln!(text, "  {style}{mark} {}{style:#}", line.trim_end())?;
    }
    let states = walk.threads.iter().zip(&moment.states).map(|(name, state)| format!("{name}: {state}"));
    writeln!(text, "  {QUIET}threads {QUIET:#}  {}", states.collect::<Vec<_>>().join(" | "))?;
    let objects = moment.objects.iter().map(|object| {
        let mark = if object.is_new { "*" } else { "" };
        format!("{}: {}{mark}", object.state.name, object.state.value)
    });
    let objects: Vec<_> = objects.collect();
    if !objects.is_empty() {
        writeln!(text, "  {QUIET}objects {QUIET:#}  {}", objects.join(" | "))?;
    }
    Ok(())
}

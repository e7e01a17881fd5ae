//! How is a hunt told to people?

use std::fmt::Write;
use std::io::{self, IsTerminal};

use anstyle::{AnsiColor, Style};

use super::code::{self, Line};
use super::found::{Found, counted, coverage, memory, runs, time};
use super::story::{self, Passage};
use crate::catalogue::{Entry, Symptom, Variant};
use crate::model::{Report, width, wrapped};

/// Names and headings.
pub(super) const TITLE: Style = Style::new().bold();
/// What is wrong.
pub(super) const WRONG: Style = AnsiColor::Red.on_default();
/// What is right.
pub(super) const RIGHT: Style = AnsiColor::Green.on_default();
/// What matters less.
pub(super) const QUIET: Style = Style::new().dimmed();

/// Lines of prose that are longer are hard to read.
const PROSE_MAX: usize = 100;
const LABELS: usize = "What is wrong".len() + 2;

/// How many columns a line may have; none if nobody looks.
pub(super) fn columns() -> Option<usize> {
    from_environment().or_else(|| io::stdout().is_terminal().then(columns_of_terminal).flatten())
}

/// How many columns the terminal has, if there is one that says so.
pub(super) fn columns_of_terminal() -> Option<usize> {
    let of_terminal = || ratatui::crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns));
    from_environment().or_else(of_terminal).filter(|&columns| columns > 0)
}

fn from_environment() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok().filter(|&columns| columns > 0)
}

fn prose() -> usize {
    columns().unwrap_or(PROSE_MAX).clamp(LABELS + 20, PROSE_MAX)
}

/// Words beside a label.
fn labelled(text: &mut String, label: &str, words: &str) {
    for (number, line) in wrapped(words, prose() - LABELS).into_iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        *text += &format!("{QUIET}{label:LABELS$}{QUIET:#}{line}\n");
    }
}

fn heading(text: &mut String, words: &str) {
    *text += "\n";
    for line in wrapped(words, prose()) {
        *text += &format!("{TITLE}{line}{TITLE:#}\n");
    }
}

/// Numbered lines, with a mark before those that differ.
fn listing(text: &mut String, lines: &[Line], mark: char, style: Style) {
    for Line { number, text: line, differs } in lines {
        let (style, mark) = if *differs { (style, mark) } else { (Style::new(), ' ') };
        let line = format!("{mark} {line}");
        *text += &format!("{QUIET}{number:>5}{QUIET:#} {style}{}{style:#}\n", line.trim_end());
    }
}

/// What it is, and the code that is wrong.
pub(super) fn opening(entry: &Entry, variant: &Variant) -> String {
    let mut text = String::new();
    for line in wrapped(&format!("{}: {}", variant.name, entry.title), prose()) {
        text += &format!("{TITLE}{line}{TITLE:#}\n");
    }
    text += "\n";
    labelled(&mut text, "What is wrong", variant.fault);
    labelled(&mut text, "Lesson", entry.lesson);
    labelled(&mut text, "Source", entry.source);
    labelled(&mut text, "Comes to", &symptom(variant));
    let [wrong, _] = code::both(entry, variant);
    heading(&mut text, &format!("The code that is wrong, {}", place(entry, &wrong)));
    listing(&mut text, &wrong, '-', WRONG);
    text
}

fn symptom(variant: &Variant) -> String {
    let kind = match variant.symptom {
        Symptom::Panic(message) => format!("panic: {message}"),
        symptom => symptom.to_string(),
    };
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (threads, calls) = (counted(variant.threads, "thread"), counted(variant.calls, "call"));
    format!("{kind}; {threads} and {calls} are enough; what it needs is {}", variant.memory)
}

pub(super) fn place(entry: &Entry, lines: &[Line]) -> String {
    format!("{}:{}", entry.file.replace('\\', "/"), lines.first().map_or(1, |line| line.number))
}

/// `RC11, 0.3 ms`
fn under(report: &Report) -> String {
    format!("{}, {}", memory(report.settings.memory), time(report.elapsed))
}

/// Whether it was found, and what the execution shows.
pub(super) fn finding(found: &Found) -> String {
    let mut text = String::new();
    let report = &found.bug;
    let Some(violation) = found.violation() else {
        let what = if found.is_replay { "Nothing is wrong in this execution" } else { "Not found" };
        text += &format!("\n{WRONG}{what}: {} ({}).{WRONG:#}\n", coverage(report), under(report));
        if found.is_out_of_sight() {
            text += "It needs weak memory: where threads do nothing but take turns it can't be seen.\n";
        }
        return text;
    };
    let headline = format!("{}: {}", violation.kind, violation.message.lines().next().unwrap_or_default());
    let how = match found.is_replay {
        true => format!("Replayed ({})", under(report)),
        false => format!("Found after {} ({})", counted(runs(report)), under(report)),
    };
    heading(&mut text, &format!("{how}: {headline}"));
    text += &format!("\n{}\n", violation.coloured_trace().trim_end());
    let passages = story::passages(found.entry, violation);
    if !passages.is_empty() {
        heading(&mut text, "Line by line");
        line_by_line(&mut text, &passages);
    }
    heading(&mut text, "What went wrong");
    let mut words = story::sentences(violation);
    words.insert(0, found.variant.fault.to_owned());
    for line in wrapped(&words.join(" "), prose()) {
        text += &format!("{line}\n");
    }
    text
}

fn line_by_line(text: &mut String, passages: &[Passage]) {
    let names = passages.iter().map(|passage| width(&passage.thread)).max().unwrap_or(0);
    let mut last = "";
    for passage in passages {
        let name = if passage.thread == last { "" } else { passage.thread.as_str() };
        last = &passage.thread;
        let [from, to] = passage.steps;
        let steps = if from == to { from.to_string() } else { format!("{from}-{to}") };
        let style = if passage.is_wrong { WRONG } else { Style::new() };
        let (line, code) = (passage.line, passage.code);
        *text +=
            &format!("{TITLE}{name:names$}{TITLE:#} {steps:>6} {QUIET}{line:>5}{QUIET:#}  {style}{code}{style:#}\n");
        for remark in &passage.remarks {
            let room = names + 15;
            *text += &format!("{:room$}{style}<- {remark}{style:#}\n", "");
        }
    }
}

/// The fix.
pub(super) fn fix(found: &Found) -> String {
    let mut text = String::new();
    let [_, right] = code::both(found.entry, found.variant);
    heading(&mut text, &format!("The fix, {}", place(found.entry, &right)));
    for line in wrapped(found.variant.remedy, prose()) {
        text += &format!("{line}\n");
    }
    text += "\n";
    listing(&mut text, &right, '+', RIGHT);
    text
}

/// How far the fix is covered.
pub(super) fn covered(found: &Found) -> String {
    let Some(report) = &found.fix else { return String::new() };
    let mut text = String::new();
    let style = if report.violation.is_some() { WRONG } else { RIGHT };
    // Writing to a string does not fail.
    let _ = writeln!(text, "\n{style}Covered: {} ({}).{style:#}", coverage(report), under(report));
    if let Some(violation) = &report.violation {
        let _ = writeln!(text, "\n{}", violation.coloured_trace().trim_end());
    }
    text
}

/// How to see it again.
pub(super) fn again(found: &Found) -> String {
    let Some(command) = found.replay_command() else { return String::new() };
    format!("\nstep:   cargo hunt {} --step\nreplay: {command}\n", found.variant.name)
}

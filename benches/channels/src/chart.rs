//! What does it look like? Bars, as a picture for a README that is light or dark as the reader's screen is.

use std::fmt::Write;

use crate::contenders::Side;
use crate::report::{figures, title};
use crate::results::{Row, Table};

const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 13px }
.note { fill: #59636e; font-size: 11px }
.raddle { fill: #0969da }
.peer { fill: #b6bfc9 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .note { fill: #9198a1 }
  .raddle { fill: #4493f8 }
  .peer { fill: #57606a }
}";

const COLUMNS: usize = 2;
const PANEL_WIDTH: usize = 430;
/// Where the bars begin.
const BARS_LEFT: usize = 160;
const BAR_LENGTH_MAX: f64 = 195.0;
const BAR_HEIGHT: usize = 12;
const ROW_HEIGHT: usize = 18;
/// What a panel needs beside its rows.
const HEAD_HEIGHT: usize = 44;
const GAP: usize = 14;
const FOOT_HEIGHT: usize = 24;

/// The picture, with a panel for each table.
pub fn chart(tables: &[&Table]) -> String {
    let mut body = String::new();
    let mut top = GAP;
    for line in tables.chunks(COLUMNS) {
        for (column, table) in line.iter().enumerate() {
            panel(&mut body, table, column * PANEL_WIDTH + GAP, top);
        }
        top += line.iter().map(|table| HEAD_HEIGHT + bars(table).count() * ROW_HEIGHT).max().unwrap_or(0) + GAP;
    }
    let (width, height) = (COLUMNS * PANEL_WIDTH + GAP, top + FOOT_HEIGHT);
    let note = "* only tries; a loop waits for it. Medians; longer bars are better, and those of one panel compare.";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"raddle's channel and queues beside others\">\n<style>\n{STYLE}\n</style>\n{body}\
         <text class=\"note\" x=\"{GAP}\" y=\"{}\">{note}</text>\n</svg>\n",
        top + GAP
    )
}

fn bars<'a>(table: &'a Table) -> impl Iterator<Item = &'a Row> {
    table.rows.iter().filter(|row| row.about.side != Side::Limit)
}

fn panel(body: &mut String, table: &Table, left: usize, top: usize) {
    let (workload, payload) = (table.contest.workload, table.contest.payload);
    let unit = workload.kind.unit();
    let limit = table.rows.iter().find(|row| row.about.side == Side::Limit);
    let limit = limit.map_or(String::new(), |row| {
        let name = row.about.title.trim_start_matches("limit: ");
        format!("; limit {} ({name})", figures(row.value.median))
    });
    text(body, "title", left, top + 12, "start", workload.title);
    let note = format!("{}, {}, {}{limit}", unit.title(), payload.title(), table.placement.name());
    text(body, "note", left, top + 28, "start", &note);
    let best = bars(table).map(|row| unit.goodness(row.value.median)).fold(0.0, f64::max);
    for (number, row) in bars(table).enumerate() {
        let y = top + HEAD_HEIGHT + number * ROW_HEIGHT - 6;
        let length = (unit.goodness(row.value.median) / best * BAR_LENGTH_MAX).max(1.0);
        let class = if row.about.side == Side::Raddle { "raddle" } else { "peer" };
        let (middle, bars_left) = (y + BAR_HEIGHT - 2, left + BARS_LEFT);
        text(body, "", bars_left - 6, middle, "end", &title(&row.about));
        writeln!(
            body,
            "<rect class=\"{class}\" x=\"{bars_left}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR_HEIGHT}\" rx=\"2\"/>"
        )
        .unwrap();
        text(body, "", bars_left + length as usize + 6, middle, "start", &figures(row.value.median));
    }
}

fn text(body: &mut String, class: &str, x: usize, y: usize, anchor: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;");
    writeln!(body, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{content}</text>").unwrap();
}

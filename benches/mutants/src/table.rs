//! What is shown: a table with a row for each variant, and what the rows come to together?

use std::fmt::Write as _;

use raddle_engine_benches::{Spread, geometric_mean};

use crate::results::{Cell, Row};
use crate::tool::Tool;

/// What the signs in the table mean.
pub const LEGEND: &str = "\
Each cell: executions to the first violation, and milliseconds of the processor, as medians over the seeds.
  n/9     how many of the seeds found it, where not all did
  -       not found within the bound
  other   something else was found, or the process was lost
  alarm   the fix fails too, so nothing was found
  sc      not to be found by a tool that takes all atomics for SeqCst, and sees no data races on cells";

/// All rows, under the names of the tools.
pub fn table(rows: &[Row]) -> String {
    let mut lines = vec![vec!["variant".to_owned()]];
    lines[0].extend(Tool::ALL.map(|tool| tool.name().to_owned()));
    for row in rows {
        let cells = row.cells.iter().map(shown);
        lines.push(std::iter::once(row.variant.to_owned()).chain(cells).collect());
    }
    aligned(&lines)
}

fn shown(cell: &Cell) -> String {
    let searches = cell.samples.len();
    let of = if cell.found < searches { format!("{}/{searches}", cell.found) } else { String::new() };
    match (cell.executions(), cell.millis()) {
        _ if cell.false_alarm.is_some() => "alarm".to_owned(),
        (Some(executions), Some(millis)) => format!("{executions:.0} {} {of}", figures(millis)).trim_end().to_owned(),
        _ if cell.found > 0 => of,
        _ if cell.is_blind => "sc".to_owned(),
        _ if cell.samples.iter().any(|sample| sample.end != crate::sample::End::Nothing) => "other".to_owned(),
        _ => "-".to_owned(),
    }
}

/// With three figures, or with two places.
fn figures(number: f64) -> String {
    let places = match number {
        0.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{number:.places$}")
}

/// The first column to the left, the others to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in lines {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            match column {
                0 => write!(text, "{cell:width$}"),
                _ => write!(text, "  {cell:>width$}"),
            }
            .expect("a string takes everything");
        }
        text.push('\n');
    }
    text
}

/// For each tool in how many variants it finds the fault, and how far it is from the engine's best strategy for each.
pub fn summary(rows: &[Row]) -> String {
    let mut lines = vec![
        ["", "found in", "executions : best", "at most", "", "time : best", "at most", ""].map(str::to_owned).to_vec(),
    ];
    for tool in Tool::ALL {
        let found = rows.iter().filter(|row| row.cell(tool).executions().is_some()).count();
        let mut line = vec![tool.name().to_owned(), format!("{found} of {}", rows.len())];
        for measure in [Cell::executions, Cell::millis] {
            let ratio = |row: &Row| Some((measure(row.cell(tool))? / row.best(measure)?, row.variant));
            let ratios: Vec<_> = rows.iter().filter_map(ratio).collect();
            let most = ratios.iter().max_by(|left, right| left.0.total_cmp(&right.0));
            line.extend(match most {
                Some((most, variant)) => {
                    let mean = geometric_mean(ratios.iter().map(|(ratio, _)| *ratio));
                    [figures(mean), figures(*most), (*variant).to_owned()]
                }
                None => ["-", "-", ""].map(str::to_owned),
            });
        }
        lines.push(line);
    }
    aligned(&lines)
}

/// What another tool takes for each unit that `Auto` takes, where both find the fault.
pub fn against_auto(rows: &[Row], tool: Tool) -> String {
    let ratio = |row: &Row, measure: fn(&Cell) -> Option<f64>| {
        Some((measure(row.cell(tool))? / measure(row.cell(Tool::Auto))?, row.variant))
    };
    let times: Vec<_> = rows.iter().filter_map(|row| ratio(row, Cell::millis)).collect();
    let executions = rows.iter().filter_map(|row| ratio(row, Cell::executions)).map(|(ratio, _)| ratio);
    let by_time = |left: &&(f64, _), right: &&(f64, _)| left.0.total_cmp(&right.0);
    let (Some(least), Some(most)) = (times.iter().min_by(by_time), times.iter().max_by(by_time)) else {
        return format!("{}: auto  no variant that both find", tool.name());
    };
    let ratios = || times.iter().map(|(ratio, _)| *ratio);
    format!(
        "{} : auto, in time  geometric mean {}, median {:.2}, least {} ({}), most {} ({}); in executions {}; {} variants",
        tool.name(),
        figures(geometric_mean(ratios())),
        Spread::of(ratios()),
        figures(least.0),
        least.1,
        figures(most.0),
        most.1,
        figures(geometric_mean(executions)),
        times.len(),
    )
}

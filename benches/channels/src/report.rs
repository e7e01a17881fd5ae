//! What is printed? A table for each contest, then how raddle stands, and what the machine was like.

use std::fmt::Write;

use crate::contenders::{About, Form, Side};
use crate::contest::{Contest, Pace};
use crate::machine;
use crate::probe::Placement;
use crate::results::{Standing, Table, mean_standing};
use crate::statistics::Spread;

/// Above this the machine is not quiet.
const FOREIGN_LOAD_QUIET: f64 = 0.1;

/// A number with three figures.
pub fn figures(value: f64) -> String {
    let places = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.places$}")
}

fn optional(value: Option<f64>, text: impl FnOnce(f64) -> String) -> String {
    value.map_or("-".to_owned(), text)
}

/// The whole report.
pub fn report(contests: &[Contest], tables: &[Table], pace: Pace) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    line(machine::processors());
    let versions: Vec<_> =
        machine::versions().iter().map(|(package, version)| format!("{package} {version}")).collect();
    line(versions.join(", "));
    line(format!(
        "{} rounds, samples of about {} ms; medians, in brackets the quartiles",
        pace.rounds,
        pace.sample.as_millis()
    ));
    line("* only tries; a loop waits for it: 127 pauses in 7 steps, then yield_now each time".to_owned());
    for table in tables {
        line(String::new());
        line(self::table(table));
    }
    line(standings(tables));
    line(conditions(contests));
    text
}

/// How an entry is called in a table.
pub fn title(about: &About) -> String {
    format!("{}{}", about.title, if about.waits { "" } else { " *" })
}

fn percent(spread: Spread) -> String {
    let [low, median, high] = [spread.low, spread.median, spread.high].map(|part| part * 100.0);
    format!("{median:.0} % ({low:.0} to {high:.0})")
}

fn table(table: &Table) -> String {
    let workload = table.contest.workload;
    let mut text = format!(
        "{}: {}; {}; {}; others used {} of the processors\n",
        workload.name,
        workload.title,
        table.contest.payload.title(),
        table.placement.name(),
        percent(table.foreign_load)
    );
    let mut line = |cells: [&str; 7]| {
        let [name, value, samples, to_best, of_limit, cpu, switches] = cells;
        let row = format!("  {name:35}{value:>28}{samples:>9}{to_best:>9}{of_limit:>10}{cpu:>13}{switches:>14}");
        text.push_str(row.trim_end());
        text.push('\n');
    };
    let unit = workload.kind.unit().title();
    line(["", unit, "samples", "to best", "of limit", "CPU ns/item", "switches/1000"]);
    for row in &table.rows {
        let is_exact = workload.kind.is_exact();
        line([
            &title(&row.about),
            &if is_exact { figures(row.value.median) } else { row.value.to_string() },
            &row.value.count.to_string(),
            &optional(row.to_best, |ratio| format!("{ratio:.2}")),
            &optional(row.of_limit, |ratio| format!("{:.1} %", ratio * 100.0)),
            &if is_exact { "-".to_owned() } else { figures(row.cpu) },
            &if is_exact { "-".to_owned() } else { figures(row.switches) },
        ]);
    }
    text.trim_end().to_owned()
}

const FORMS: [(&str, Option<Form>); 3] =
    [("channel to channel", Some(Form::Channel)), ("queue to queue", Some(Form::Queue)), ("any to any", None)];

/// raddle's best to the best of the others, in every table.
fn standings(tables: &[Table]) -> String {
    let mut text =
        String::from("\nraddle's best to the best of the others, of what was compared; 2 is twice as good\n");
    let mut line = |name: &str, cells: [String; 3]| {
        let [channels, queues, any] = cells;
        let row = format!("  {name:38}{channels:>30}{queues:>30}  {any}");
        text.push_str(row.trim_end());
        text.push('\n');
    };
    line("", FORMS.map(|(title, _)| title.to_owned()));
    for table in tables {
        let contest = table.contest;
        let name = format!("{}, {}, {}", contest.workload.name, contest.payload.name(), table.placement.name());
        line(&name, FORMS.map(|(_, form)| against(table.standing(form), form.is_none())));
    }
    for placement in [Placement::Near, Placement::Far, Placement::Alone] {
        let means = FORMS.map(|(_, form)| mean_standing(tables, placement, form));
        if means.iter().any(Option::is_some) {
            let name = format!("geometric mean, {}, without memory", placement.name());
            line(&name, means.map(|mean| optional(mean, |mean| format!("{mean:.2}"))));
        }
    }
    text.trim_end().to_owned()
}

fn against(standing: Option<Standing>, names_ours: bool) -> String {
    let Some(Standing { ratio, raddle, peer }) = standing else { return "-".to_owned() };
    if names_ours { format!("{ratio:.2} {raddle} : {peer}") } else { format!("{ratio:.2} {peer}") }
}

/// What the machine was like.
fn conditions(contests: &[Contest]) -> String {
    let entries = || contests.iter().flat_map(|contest| &contest.entries);
    let samples = || entries().flat_map(|entry| &entry.samples);
    let thrown_away: usize = entries().map(|entry| entry.thrown_away).sum();
    let mut text = String::from("\nthe machine\n");
    for placement in [Placement::Near, Placement::Far] {
        let here = samples().filter(|measured| measured.placement == placement);
        let trips: Vec<f64> = here.filter_map(|measured| measured.round_trips).flatten().collect();
        if !trips.is_empty() {
            let spread = Spread::of(trips);
            let count = spread.count / 2;
            writeln!(text, "  {:5}{count:6} samples, round trip of a cache line {spread} ns", placement.name())
                .unwrap();
        }
    }
    writeln!(
        text,
        "  and  {thrown_away:6} samples that were thrown away: the processors moved, or others used too much"
    )
    .unwrap();
    let foreign: Vec<f64> = samples().map(|measured| measured.foreign_load).collect();
    if !foreign.is_empty() {
        let foreign = Spread::of(foreign);
        writeln!(text, "  others used {} of the processors", percent(foreign)).unwrap();
        if foreign.median > FOREIGN_LOAD_QUIET {
            writeln!(text, "  It was not quiet: threads had to take turns, and what is above tells little.").unwrap();
        }
    }
    let missing = entries().filter(|entry| entry.samples.is_empty() && entry.about.side != Side::Limit).count();
    if missing > 0 {
        writeln!(text, "  {missing} entries have no sample that counts, and are in no table").unwrap();
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_figures() {
        assert_eq!([0.1234, 1.234, 12.34, 123.4, 1234.4].map(figures), ["0.123", "1.23", "12.3", "123", "1234"]);
    }
}

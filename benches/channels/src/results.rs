//! What came out of a contest? Tables of medians, and how raddle stands to the best of the others.

use crate::contenders::{About, Form, Side};
use crate::contest::{Contest, Entry, Measured};
use crate::probe::Placement;
use crate::statistics::{Spread, geometric_mean, median};

/// A second table, for processors that were elsewhere, is worth it if each entry has so many samples.
const SAMPLES_FOR_A_SECOND_TABLE: usize = 3;

/// What the entries of a contest did while the processors were in one place.
pub struct Table<'a> {
    /// Which contest.
    pub contest: &'a Contest,
    /// Where the processors were.
    pub placement: Placement,
    /// Best first, then the limits.
    pub rows: Vec<Row>,
    /// The part of the processors' time that others used.
    pub foreign_load: Spread,
}

/// What one entry did.
pub struct Row {
    /// Who.
    pub about: About,
    /// In the unit of the workload.
    pub value: Spread,
    /// As a part of the best peer's: 2 is twice as good.
    pub to_best: Option<f64>,
    /// As a part of the best limit's.
    pub of_limit: Option<f64>,
    /// Nanoseconds of the processors' time for an item.
    pub cpu: f64,
    /// Context switches for a thousand items.
    pub switches: f64,
}

/// How raddle's best stands to the best of the others, and who they are.
#[derive(Clone, Copy)]
pub struct Standing {
    /// 2 is twice as good.
    pub ratio: f64,
    /// Ours.
    pub raddle: &'static str,
    /// Theirs.
    pub peer: &'static str,
}

/// The tables of all contests. Each has the one of where the processors were most often, and others that have enough.
pub fn tables(contests: &[Contest]) -> Vec<Table<'_>> {
    contests.iter().flat_map(tables_of).collect()
}

fn samples_in(entry: &Entry, placement: Placement) -> impl Iterator<Item = &Measured> + Clone {
    entry.samples.iter().filter(move |measured| measured.placement == placement)
}

fn tables_of(contest: &Contest) -> Vec<Table<'_>> {
    let counts = |placement| contest.entries.iter().map(move |entry| samples_in(entry, placement).count());
    let places = [Placement::Alone, Placement::Near, Placement::Far];
    let Some(main) = places.into_iter().max_by_key(|&placement| counts(placement).sum::<usize>()) else {
        return Vec::new();
    };
    places
        .into_iter()
        .filter(|&placement| counts(placement).any(|count| count > 0))
        .filter(|&placement| placement == main || counts(placement).all(|count| count >= SAMPLES_FOR_A_SECOND_TABLE))
        .map(|placement| table(contest, placement))
        .collect()
}

fn table(contest: &Contest, placement: Placement) -> Table<'_> {
    let unit = contest.workload.kind.unit();
    let rows = contest.entries.iter().filter(|&entry| samples_in(entry, placement).next().is_some());
    let mut rows: Vec<Row> = rows.map(|entry| row(entry, placement)).collect();
    let goodness = |row: &Row| unit.goodness(row.value.median);
    let best = |side: Side| rows.iter().filter(|row| row.about.side == side).map(goodness).max_by(f64::total_cmp);
    let (peer, limit) = (best(Side::Peer), best(Side::Limit));
    for row in &mut rows {
        if row.about.side != Side::Limit {
            row.to_best = peer.map(|peer| goodness(row) / peer);
        }
        row.of_limit = limit.map(|limit| goodness(row) / limit);
    }
    rows.sort_by(|one, other| {
        let is_limit = |row: &Row| row.about.side == Side::Limit;
        is_limit(one).cmp(&is_limit(other)).then(goodness(other).total_cmp(&goodness(one)))
    });
    let foreign = contest.entries.iter().flat_map(|entry| samples_in(entry, placement));
    Table { contest, placement, rows, foreign_load: Spread::of(foreign.map(|measured| measured.foreign_load)) }
}

fn row(entry: &Entry, placement: Placement) -> Row {
    let samples = samples_in(entry, placement).map(|measured| measured.sample);
    Row {
        about: entry.about,
        value: Spread::of(samples.clone().map(|sample| sample.value)),
        to_best: None,
        of_limit: None,
        cpu: median(samples.clone().map(|sample| sample.usage.cpu.as_nanos() as f64 / sample.items as f64)),
        switches: median(samples.map(|sample| sample.usage.switches as f64 * 1e3 / sample.items as f64)),
    }
}

impl Table<'_> {
    /// How raddle's best of that form, or of any, stands to the best of the others.
    pub fn standing(&self, form: Option<Form>) -> Option<Standing> {
        let first = |side: Side| {
            self.rows.iter().find(|row| row.about.side == side && form.is_none_or(|form| row.about.form == form))
        };
        let (raddle, peer) = (first(Side::Raddle)?, first(Side::Peer)?);
        let ratio = raddle.to_best? / peer.to_best?;
        Some(Standing { ratio, raddle: raddle.about.title, peer: peer.about.title })
    }
}

/// The mean of the standings in all tables of that placement, without those of memory.
pub fn mean_standing(tables: &[Table], placement: Placement, form: Option<Form>) -> Option<f64> {
    let tables = tables.iter().filter(|table| table.placement == placement && !table.contest.workload.kind.is_exact());
    geometric_mean(tables.filter_map(|table| table.standing(form)).map(|standing| standing.ratio))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::contest::contests;
    use crate::measure::Sample;
    use crate::payload::PayloadName;
    use crate::usage::Usage;
    use crate::workloads;

    fn measured(value: f64, placement: Placement) -> Measured {
        let sample = Sample { value, items: 1000, wall: Duration::from_millis(1), usage: Usage::default() };
        Measured { sample, placement, round_trips: None, foreign_load: 0.0 }
    }

    /// A contest in which the entries, in their order, have these values for near processors and for far ones.
    fn contest(workload: &str, names: [&str; 2], near: [&[f64]; 2], far: [&[f64]; 2]) -> Contest {
        let workload = workloads::ALL.iter().find(|known| known.name == workload).unwrap();
        let names = names.map(str::to_owned);
        let mut contest = contests(&[workload], Some(&[PayloadName::Box]), Some(&names)).pop().unwrap();
        for (entry, (near, far)) in contest.entries.iter_mut().zip(near.into_iter().zip(far)) {
            entry.samples.extend(near.iter().map(|&value| measured(value, Placement::Near)));
            entry.samples.extend(far.iter().map(|&value| measured(value, Placement::Far)));
        }
        contest
    }

    #[test]
    fn near_and_far_are_never_compared() {
        let contests = [contest("spsc", ["raddle-spsc", "rtrb"], [&[30.0; 3], &[20.0; 3]], [&[3.0; 3], &[6.0; 4]])];
        let tables = tables(&contests);
        let standings: Vec<_> =
            tables.iter().map(|table| (table.placement, table.standing(None).unwrap().ratio)).collect();
        assert_eq!(standings, [(Placement::Near, 1.5), (Placement::Far, 0.5)]);
    }

    #[test]
    fn a_few_samples_from_elsewhere_are_no_table() {
        let contests = [contest("spsc", ["raddle-spsc", "rtrb"], [&[30.0; 5], &[20.0; 5]], [&[3.0; 4], &[6.0; 2]])];
        let tables = tables(&contests);
        assert_eq!(tables.iter().map(|table| table.placement).collect::<Vec<_>>(), [Placement::Near]);
    }

    #[test]
    fn less_is_better_where_time_is_counted() {
        let contests = [contest("ping-pong", ["raddle-channel", "kanal"], [&[4.0; 3], &[1.0; 3]], [&[], &[]])];
        let tables = tables(&contests);
        let titles: Vec<_> = tables[0].rows.iter().map(|row| row.about.title).collect();
        assert_eq!(titles, ["kanal", "raddle channel"]);
        let standing = tables[0].standing(Some(Form::Channel)).unwrap();
        assert_eq!((standing.ratio, standing.peer), (0.25, "kanal"));
        assert!(tables[0].standing(Some(Form::Queue)).is_none());
        assert!((mean_standing(&tables, Placement::Near, None).unwrap() - 0.25).abs() < 1e-12);
    }
}

//! How are the entries compared on a machine that is not quiet? In turns, round after round, each sample between two probes.

use std::time::Duration;

use crate::contenders::{self, About, Side};
use crate::limits;
use crate::measure::Sample;
use crate::payload::PayloadName;
use crate::probe::{Placement, Probe};
use crate::usage::Watch;
use crate::workloads::{Kind, Workload};

/// How often a sample is taken until it is given up, because it is mixed or others used too much.
const TRIES: usize = 4;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// In each, every entry runs once.
    pub rounds: usize,
    /// How long it runs, about.
    pub sample: Duration,
    /// What part of the processors' time others may use; a sample in which they used more does not count.
    pub foreign_load_max: f64,
}

/// One workload with one payload.
pub struct Contest {
    /// What is done.
    pub workload: &'static Workload,
    /// With what.
    pub payload: PayloadName,
    /// By whom.
    pub entries: Vec<Entry>,
}

/// One that takes part.
pub struct Entry {
    /// What it is called.
    pub about: About,
    measure: fn(Kind, u64) -> Sample,
    /// How many items take about as long as a sample should.
    items: u64,
    /// What was measured.
    pub samples: Vec<Measured>,
    /// How many samples were thrown away.
    pub thrown_away: usize,
}

/// A sample, and what the machine was like.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// What was measured.
    pub sample: Sample,
    /// Where the processors were.
    pub placement: Placement,
    /// The probe before and after, in nanoseconds.
    pub round_trips: Option<[f64; 2]>,
    /// The part of the processors' time that others used.
    pub foreign_load: f64,
}

/// The contests of these workloads, with the payloads that were asked for or those of the workload; the contenders are
/// all, or those named. One without a contender is left out.
pub fn contests(
    workloads: &[&'static Workload],
    payloads: Option<&[PayloadName]>,
    contenders: Option<&[String]>,
) -> Vec<Contest> {
    let is_wanted = |about: &About| contenders.is_none_or(|names| names.iter().any(|name| name == about.name));
    let mut contests = Vec::new();
    for &workload in workloads {
        let kind = workload.kind;
        for &payload in payloads.unwrap_or(workload.payloads()) {
            let ours_and_theirs = contenders::all(payload)
                .into_iter()
                .filter(|contender| (contender.takes)(kind.shape()) && is_wanted(&contender.about))
                .filter(|contender| contender.about.waits || kind.takes_those_that_only_try())
                .map(|contender| (contender.about, contender.measure));
            let limits = limits::ALL
                .into_iter()
                .filter(|limit| payload == PayloadName::U64 && (limit.applies)(kind))
                .map(|limit| (limit.about, limit.measure));
            let entries: Vec<Entry> = ours_and_theirs
                .chain(limits)
                .map(|(about, measure)| Entry {
                    about,
                    measure,
                    items: kind.items_first(),
                    samples: Vec::new(),
                    thrown_away: 0,
                })
                .collect();
            if entries.iter().any(|entry| entry.about.side != Side::Limit) {
                contests.push(Contest { workload, payload, entries });
            }
        }
    }
    contests
}

impl Contest {
    /// Runs every entry once, in an order drawn anew for each round; tells `progress` who is next.
    ///
    /// What comes out the same each time is measured in the first round alone.
    pub fn round(&mut self, round: usize, pace: Pace, probe: &Probe, progress: impl Fn(&Contest, &Entry)) {
        let kind = self.workload.kind;
        if kind.is_exact() && round > 0 {
            return;
        }
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        fastrand::Rng::with_seed(round as u64).shuffle(&mut order);
        for index in order {
            progress(self, &self.entries[index]);
            let entry = &mut self.entries[index];
            if round == 0 && !kind.is_exact() {
                entry.calibrate(kind, pace.sample);
            }
            entry.run(kind, pace, probe);
        }
    }
}

impl Entry {
    /// Finds how many items make a sample.
    fn calibrate(&mut self, kind: Kind, target: Duration) {
        loop {
            let sample = (self.measure)(kind, self.items);
            self.items = items_for(target, &sample, 16.0);
            if sample.wall >= target / 8 {
                return;
            }
        }
    }

    /// Takes a sample that counts, if the machine allows one.
    fn run(&mut self, kind: Kind, pace: Pace, probe: &Probe) {
        for _ in 0..TRIES {
            let watch = Watch::start();
            let (sample, round_trips) = if kind.is_alone() {
                ((self.measure)(kind, self.items), None)
            } else {
                let before = probe.round_trip();
                let sample = (self.measure)(kind, self.items);
                (sample, Some([before, probe.round_trip()]))
            };
            let foreign_load = watch.foreign_load();
            let placement = round_trips.map_or(Placement::Alone, |[before, after]| Placement::between(before, after));
            if !kind.is_exact() {
                self.items = items_for(pace.sample, &sample, 4.0);
            }
            if placement != Placement::Mixed && (foreign_load <= pace.foreign_load_max || kind.is_exact()) {
                self.samples.push(Measured { sample, placement, round_trips, foreign_load });
                return;
            }
            self.thrown_away += 1;
        }
    }
}

/// How many items take about `target`, if so many took as long as the sample did; at most `factor` times as many or few.
fn items_for(target: Duration, sample: &Sample, factor: f64) -> u64 {
    let wanted = target.as_secs_f64() / sample.wall.as_secs_f64().max(1e-9);
    ((sample.items as f64 * wanted.clamp(1.0 / factor, factor)) as u64).max(4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::Usage;

    fn items_after(items: u64, millis: u64) -> u64 {
        let sample = Sample { value: 0.0, items, wall: Duration::from_millis(millis), usage: Usage::default() };
        items_for(Duration::from_millis(80), &sample, 4.0)
    }

    #[test]
    fn the_next_sample_is_as_long_as_it_should_be() {
        assert_eq!(items_after(1000, 80), 1000);
        assert_eq!(items_after(1000, 40), 2000);
        assert_eq!(items_after(1000, 160), 500);
    }

    #[test]
    fn one_odd_sample_changes_the_length_by_no_more_than_four_times() {
        assert_eq!(items_after(1000, 1), 4000);
        assert_eq!(items_after(1000, 80_000), 250);
        assert_eq!(items_after(4, 80_000), 4);
    }
}

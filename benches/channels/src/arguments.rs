//! What was asked for?

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::contenders;
use crate::contest::{Contest, Pace, contests};
use crate::payload::PayloadName;
use crate::workloads::{self, Workload};

/// How quick are raddle's channel and queues beside others? Without arguments: all workloads, some five minutes.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo bench-channels", term_width = 100)]
pub struct Arguments {
    /// Only this workload; may be given several times
    #[arg(long, value_name = "NAME", value_parser = workload())]
    workload: Vec<&'static Workload>,

    /// Only this contender; may be given several times. Limits are always measured
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(contenders::names()))]
    contender: Vec<String>,

    /// Only this payload, for each workload; may be given several times [default: those that tell most]
    #[arg(long, value_name = "NAME", value_parser = payload())]
    payload: Vec<PayloadName>,

    /// In each, every contender runs once [default: 9]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,

    /// How long a contender runs in a round, about, in milliseconds [default: 80]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u16).range(1..))]
    sample: Option<u16>,

    /// Throws a sample away in which others used more of the processors, in percent; the system counts
    /// in ticks of 10 ms, so this needs samples of 80 ms or more [default: 100]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    foreign_max: Option<u8>,

    /// 3 rounds, samples of 10 ms, u64 alone, to see that it works; whatever else is given holds
    #[arg(long)]
    quick: bool,

    /// Writes all samples and the tables to this file; with cargo, as seen from the workspace's root
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Draws the medians into this file; likewise
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

fn workload() -> impl TypedValueParser<Value = &'static Workload> {
    let names = workloads::ALL.iter().map(|workload| PossibleValue::new(workload.name).help(workload.title));
    PossibleValuesParser::new(names)
        .map(|name| workloads::ALL.iter().find(|workload| workload.name == name).expect("it is one of the names"))
}

fn payload() -> impl TypedValueParser<Value = PayloadName> {
    PossibleValuesParser::new(PayloadName::ALL.map(PayloadName::name)).map(|name| {
        PayloadName::ALL.into_iter().find(|payload| payload.name() == name).expect("it is one of the names")
    })
}

impl Arguments {
    /// How much is measured.
    pub fn pace(&self) -> Pace {
        let (rounds, sample) = if self.quick { (3, 10) } else { (9, 80) };
        Pace {
            rounds: usize::from(self.rounds.unwrap_or(rounds)),
            sample: Duration::from_millis(u64::from(self.sample.unwrap_or(sample))),
            foreign_load_max: f64::from(self.foreign_max.unwrap_or(100)) / 100.0,
        }
    }

    /// What is to be measured.
    ///
    /// # Errors
    ///
    /// Nothing of what was asked for goes together.
    pub fn contests(&self) -> Result<Vec<Contest>, String> {
        let all: Vec<&Workload> = workloads::ALL.iter().collect();
        let workloads = if self.workload.is_empty() { &all } else { &self.workload };
        let payloads = match (&self.payload[..], self.quick) {
            ([], true) => Some(&[PayloadName::U64][..]),
            ([], false) => None,
            (asked, _) => Some(asked),
        };
        let contenders = (!self.contender.is_empty()).then_some(&self.contender[..]);
        let contests = contests(workloads, payloads, contenders);
        if contests.is_empty() {
            return Err("none of these contenders can do any of these workloads".to_owned());
        }
        Ok(contests)
    }

    /// Creates the files for JSON and for the picture, those that were asked for.
    ///
    /// # Errors
    ///
    /// One can't be created.
    pub fn files(&self) -> Result<[Option<File>; 2], String> {
        // Cargo runs benchmarks in the folder of their package.
        let folder = if self.bench { concat!(env!("CARGO_MANIFEST_DIR"), "/../..") } else { "" };
        let create = |path: &Option<PathBuf>| {
            let Some(path) = path else { return Ok(None) };
            let path = Path::new(folder).join(path);
            File::create(&path).map(Some).map_err(|error| format!("{}: {error}", path.display()))
        };
        Ok([create(&self.json)?, create(&self.svg)?])
    }

    /// True if the contest belongs into the picture: those with the first payload of what was asked for, or of what tells
    /// most.
    pub fn is_charted(&self, contest: &Contest) -> bool {
        let payload = self.payload.first().copied().unwrap_or(PayloadName::U64);
        contest.payload == payload && (contest.workload.is_charted || !self.workload.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, String> {
        let words = std::iter::once("channels").chain(line.split_whitespace());
        Arguments::try_parse_from(words).map_err(|error| error.to_string())
    }

    #[test]
    fn an_unknown_name_is_told_with_the_known_ones() {
        let error = parsed("--workload mpcs").unwrap_err();
        assert!(error.contains("mpcs") && error.contains("mpsc, ") && error.contains("memory-backlog"), "{error}");
        let error = parsed("--contender tokio").unwrap_err();
        assert!(error.contains("tokio") && error.contains("raddle-channel, ") && error.contains("rtrb"), "{error}");
        let error = parsed("--payload u128").unwrap_err();
        assert!(error.contains("u64, 64-bytes, box"), "{error}");
        assert!(parsed("--rounds 0").is_err());
    }

    #[test]
    fn what_is_asked_for_is_measured() {
        let arguments =
            parsed("--bench --quick --workload spsc --payload box --contender rtrb --rounds 5 --foreign-max 10")
                .unwrap();
        assert_eq!((arguments.pace().rounds, arguments.pace().foreign_load_max), (5, 0.1));
        let contests = arguments.contests().unwrap();
        assert_eq!(contests.len(), 1);
        assert_eq!((contests[0].workload.name, contests[0].payload), ("spsc", PayloadName::Box));
        assert_eq!(contests[0].entries.len(), 1);
        assert!(arguments.is_charted(&contests[0]));
    }

    #[test]
    fn what_nobody_can_do_is_an_error() {
        assert!(parsed("--workload mpsc --contender rtrb").unwrap().contests().is_err());
    }

    #[test]
    fn without_arguments_every_workload_is_measured() {
        let contests = parsed("").unwrap().contests().unwrap();
        for workload in &workloads::ALL {
            assert!(contests.iter().any(|contest| contest.workload.name == workload.name), "{}", workload.name);
        }
    }
}

//! What came of one search, in memory and as a line?

use std::time::Duration;

/// One search for a fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Where chance started.
    pub seed: u64,
    /// How many executions were begun.
    pub executions: u64,
    /// The time of the processor until the fault was reported, or until the search ended.
    pub processor: Duration,
    /// The time by the clock.
    pub wall: Duration,
    /// How it ended.
    pub end: End,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything was looked at, or a bound was reached.
    Nothing,
    /// Something was wrong.
    Fault {
        /// What it is called.
        kind: String,
        /// More about it.
        message: String,
    },
    /// The process said nothing more, for this reason.
    Lost(String),
}

/// What a line begins with.
const SAMPLE: &str = "sample";

impl Sample {
    /// A search of which nothing is known.
    pub fn lost(seed: u64, why: &str) -> Self {
        let (processor, wall) = (Duration::ZERO, Duration::ZERO);
        Self { seed, executions: 0, processor, wall, end: End::Lost(why.to_owned()) }
    }

    /// As a line, of an end that is known.
    pub fn to_line(&self) -> String {
        let Self { seed, executions, processor, wall, end } = self;
        let (kind, message) = match end {
            End::Fault { kind, message } => (&**kind, message.replace(['\n', '\t'], " ")),
            End::Nothing | End::Lost(_) => ("", String::new()),
        };
        let (processor, wall) = (processor.as_nanos(), wall.as_nanos());
        format!("{SAMPLE}\t{seed}\t{executions}\t{processor}\t{wall}\t{kind}\t{message}")
    }

    /// What a line says, if it is one of these.
    pub fn of_line(line: &str) -> Option<Self> {
        let [SAMPLE, seed, executions, processor, wall, kind, message] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let end = match kind {
            "" => End::Nothing,
            _ => End::Fault { kind: kind.to_owned(), message: message.to_owned() },
        };
        let time = |nanos: &str| nanos.parse().ok().map(Duration::from_nanos);
        let (seed, executions) = (seed.parse().ok()?, executions.parse().ok()?);
        Some(Self { seed, executions, processor: time(processor)?, wall: time(wall)?, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_written() {
        let found = End::Fault { kind: "data race".to_owned(), message: "two writes".to_owned() };
        for end in [End::Nothing, found] {
            let (processor, wall) = (Duration::from_micros(7), Duration::from_nanos(9));
            let sample = Sample { seed: 3, executions: 12, processor, wall, end };
            assert_eq!(Sample::of_line(&sample.to_line()), Some(sample));
        }
        assert_eq!(Sample::of_line("something else"), None);
    }
}

//! What did the environment ask for? The one place that reads it.

use std::env::{self, VarError};
use std::fmt;
#[cfg(feature = "model")]
use std::io::{self, IsTerminal};
use std::time::Duration;

use crate::sync::BACKEND;

const ITERATIONS: &str = "RADDLE_ITERATIONS";
const HANG_SECONDS: &str = "RADDLE_HANG_SECONDS";
const EXPECTED_BACKEND: &str = "RADDLE_BACKEND";
const MEMORY: &str = "RADDLE_MEMORY";
const STRATEGY: &str = "RADDLE_STRATEGY";
const DEPTH: &str = "RADDLE_DEPTH";
const SEED: &str = "RADDLE_SEED";
const WORKERS: &str = "RADDLE_WORKERS";
const MAX_EXECUTIONS: &str = "RADDLE_MAX_EXECUTIONS";
const MAX_DURATION: &str = "RADDLE_MAX_DURATION";
#[cfg(feature = "check")]
const CHECK_TIME: &str = "RADDLE_CHECK_TIME";
const REQUIRE_COMPLETE: &str = "RADDLE_REQUIRE_COMPLETE";
const MAX_EVENTS: &str = "RADDLE_MAX_EVENTS";
const MAX_THREADS: &str = "RADDLE_MAX_THREADS";
const SPURIOUS_WAKEUPS: &str = "RADDLE_SPURIOUS_WAKEUPS";
const WEAK_CAS_FAILURES: &str = "RADDLE_WEAK_CAS_FAILURES";
const REPLAY: &str = "RADDLE_REPLAY";
#[cfg(feature = "check")]
const REPORT: &str = "RADDLE_REPORT";

/// What `RADDLE_STRATEGY` takes.
pub(super) const STRATEGIES: [&str; 6] = ["auto", "exhaustive", "random", "pct", "pos", "surw"];

/// The settings of a model's run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Runs of a model on real threads, or random executions.
    pub iterations: u64,
    /// The time after which a run on real threads counts as hung.
    pub hang_after: Duration,
    /// What is asked of the engine.
    #[allow(dead_code, reason = "only the engine's backend looks at it")]
    pub engine: EngineSettings,
}

/// What is asked of the engine; what is not is left to its defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(dead_code, reason = "only the engine's backend looks at it")]
pub(crate) struct EngineSettings {
    pub is_seq_cst: Option<bool>,
    /// The name of one of [`STRATEGIES`].
    pub strategy: Option<&'static str>,
    pub depth: Option<u64>,
    pub seed: u64,
    pub workers: Option<u64>,
    pub max_executions: Option<u64>,
    pub max_duration: Option<Duration>,
    /// For all of a check's programs.
    #[cfg(feature = "check")]
    pub check_time: Option<Duration>,
    /// Whatever is left out is a failure.
    pub requires_complete: bool,
    pub max_events: Option<u64>,
    pub max_threads: Option<u64>,
    pub spurious_wakeups: Option<u64>,
    pub weak_cas_failures: Option<u64>,
    pub replay: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { iterations: 1000, hang_after: Duration::from_secs(60), engine: EngineSettings::default() }
    }
}

/// A variable whose value makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    variable: &'static str,
    value: String,
    takes: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?}: takes {}", self.variable, self.value, self.takes)
    }
}

impl Settings {
    /// What the environment says.
    ///
    /// # Panics
    ///
    /// When a variable is malformed.
    #[track_caller]
    pub fn from_env_or_panic() -> Self {
        Self::from_env().unwrap_or_else(|error| panic!("raddle: {error}"))
    }

    fn from_env() -> Result<Self, Malformed> {
        Self::from(variable)
    }

    fn from(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, Malformed> {
        let source = Source(lookup);
        source.check_backend()?;
        let default = Self::default();
        let upwards = u64::MAX;
        Ok(Self {
            iterations: source.whole(ITERATIONS, 1, upwards)?.unwrap_or(default.iterations),
            hang_after: source.whole(HANG_SECONDS, 1, upwards)?.map_or(default.hang_after, Duration::from_secs),
            engine: EngineSettings {
                is_seq_cst: source.one_of(MEMORY, ["rc11", "sc"])?.map(|choice| choice == 1),
                strategy: source.one_of(STRATEGY, STRATEGIES)?.map(|choice| STRATEGIES[choice]),
                depth: source.whole(DEPTH, 1, 1000)?,
                seed: source.whole(SEED, 0, upwards)?.unwrap_or(0),
                workers: source.whole(WORKERS, 1, 1024)?,
                max_executions: source.whole(MAX_EXECUTIONS, 1, upwards)?,
                max_duration: source.seconds(MAX_DURATION)?,
                #[cfg(feature = "check")]
                check_time: source.seconds(CHECK_TIME)?,
                requires_complete: source.one_of(REQUIRE_COMPLETE, ["0", "1"])? == Some(1),
                max_events: source.whole(MAX_EVENTS, 1, 60_000)?,
                max_threads: source.whole(MAX_THREADS, 1, 4096)?,
                spurious_wakeups: source.whole(SPURIOUS_WAKEUPS, 0, 1000)?,
                weak_cas_failures: source.whole(WEAK_CAS_FAILURES, 0, 1000)?,
                replay: (source.0)(REPLAY),
            },
        })
    }
}

/// Where reports for a browser go, if anywhere.
#[cfg(feature = "check")]
pub(crate) fn report_folder() -> Option<std::path::PathBuf> {
    variable(REPORT).filter(|folder| !folder.is_empty()).map(Into::into)
}

fn variable(name: &'static str) -> Option<String> {
    match env::var(name) {
        Ok(value) => Some(value),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(value)) => Some(value.to_string_lossy().into_owned()),
    }
}

/// True if what a failing check says is to have colours.
///
/// A test's panic goes to the standard error, or is kept and goes to the standard output when all tests have ended, which
/// nobody knows who panics. So both must be terminals.
#[cfg(feature = "model")]
pub(super) fn wants_colours() -> bool {
    wants_colours_on(variable, || io::stdout().is_terminal() && io::stderr().is_terminal())
}

/// As <https://no-color.org> and <https://force-color.org> have it, `CLICOLOR_FORCE` included.
#[cfg(feature = "model")]
fn wants_colours_on(lookup: impl Fn(&'static str) -> Option<String>, is_terminal: impl FnOnce() -> bool) -> bool {
    let is_set = |name| lookup(name).is_some_and(|value| !value.is_empty());
    let is_forced = |name| is_set(name) && lookup(name).as_deref() != Some("0");
    !is_set("NO_COLOR")
        && (["CLICOLOR_FORCE", "FORCE_COLOR"].into_iter().any(is_forced)
            || lookup("TERM").as_deref() != Some("dumb") && is_terminal())
}

/// Where the variables' values come from.
struct Source<F>(F);

impl<F: Fn(&'static str) -> Option<String>> Source<F> {
    fn whole(&self, variable: &'static str, from: u64, to: u64) -> Result<Option<u64>, Malformed> {
        let Some(value) = (self.0)(variable) else { return Ok(None) };
        match value.parse() {
            Ok(number) if (from..=to).contains(&number) => Ok(Some(number)),
            _ if to == u64::MAX => Err(Malformed { variable, value, takes: format!("a whole number from {from} up") }),
            _ => Err(Malformed { variable, value, takes: format!("a whole number from {from} to {to}") }),
        }
    }

    fn seconds(&self, variable: &'static str) -> Result<Option<Duration>, Malformed> {
        let Some(value) = (self.0)(variable) else { return Ok(None) };
        let seconds = value.parse::<f64>().ok().filter(|&seconds| seconds >= 0.001);
        match seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            Some(duration) => Ok(Some(duration)),
            None => Err(Malformed { variable, value, takes: "a number of seconds, from 0.001 up".into() }),
        }
    }

    fn one_of<const N: usize>(&self, variable: &'static str, names: [&str; N]) -> Result<Option<usize>, Malformed> {
        let Some(value) = (self.0)(variable) else { return Ok(None) };
        match names.iter().position(|&name| name == value) {
            Some(position) => Ok(Some(position)),
            None => Err(Malformed { variable, value, takes: listed(&names) }),
        }
    }

    fn check_backend(&self) -> Result<(), Malformed> {
        let Some(value) = (self.0)(EXPECTED_BACKEND) else { return Ok(()) };
        let built = BACKEND.to_string();
        if value == built {
            return Ok(());
        }
        let takes = match value.as_str() {
            "std" | "loom" | "model" => format!("the backend of this build, which is {built}"),
            _ => "std, loom or model".into(),
        };
        Err(Malformed { variable: EXPECTED_BACKEND, value, takes })
    }
}

/// `a, b or c`
fn listed(names: &[&str]) -> String {
    let (last, others) = names.split_last().expect("there is a choice");
    format!("{} or {last}", others.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variable: &'static str, value: &str) -> Result<Settings, String> {
        Settings::from(|asked| (asked == variable).then(|| value.to_owned())).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        assert_eq!(Settings::from(|_| None), Ok(Settings::default()));
    }

    #[test]
    fn a_malformed_number_names_the_variable_and_what_it_takes() {
        for variable in [ITERATIONS, HANG_SECONDS] {
            for value in ["", "0", "-1", "many", "1.5", "99999999999999999999"] {
                let expected = format!("{variable}={value:?}: takes a whole number from 1 up");
                assert_eq!(settings(variable, value), Err(expected));
            }
        }
        for (variable, value, takes) in [
            (WORKERS, "0", "a whole number from 1 to 1024"),
            (MAX_EVENTS, "60001", "a whole number from 1 to 60000"),
            (SPURIOUS_WAKEUPS, "-1", "a whole number from 0 to 1000"),
            (MAX_DURATION, "0", "a number of seconds, from 0.001 up"),
            (MAX_DURATION, "NaN", "a number of seconds, from 0.001 up"),
            (MAX_DURATION, "1e300", "a number of seconds, from 0.001 up"),
            (REQUIRE_COMPLETE, "yes", "0 or 1"),
            (MEMORY, "tso", "rc11 or sc"),
            (STRATEGY, "luck", "auto, exhaustive, random, pct, pos or surw"),
        ] {
            assert_eq!(settings(variable, value), Err(format!("{variable}={value:?}: takes {takes}")));
        }
        assert_eq!(settings(ITERATIONS, "7"), Ok(Settings { iterations: 7, ..Settings::default() }));
        let hang_after = Duration::from_secs(7);
        assert_eq!(settings(HANG_SECONDS, "7"), Ok(Settings { hang_after, ..Settings::default() }));
    }

    #[test]
    fn what_is_set_is_asked_of_the_engine() {
        let engine = |variable, value| settings(variable, value).unwrap().engine;
        assert_eq!(engine(MEMORY, "sc").is_seq_cst, Some(true));
        assert_eq!(engine(MEMORY, "rc11").is_seq_cst, Some(false));
        assert_eq!(engine(STRATEGY, "random").strategy, Some("random"));
        assert_eq!(engine(DEPTH, "3").depth, Some(3));
        assert_eq!(engine(MAX_DURATION, "1.5").max_duration, Some(Duration::from_millis(1500)));
        assert!(engine(REQUIRE_COMPLETE, "1").requires_complete && !engine(REQUIRE_COMPLETE, "0").requires_complete);
        assert_eq!(engine(SPURIOUS_WAKEUPS, "0").spurious_wakeups, Some(0));
        assert_eq!(engine(WORKERS, "3").workers, Some(3));
    }

    #[cfg(feature = "model")]
    #[test]
    fn colours_go_to_terminals_unless_the_environment_says_otherwise() {
        for (set, on_terminal, elsewhere) in [
            (&[][..], true, false),
            (&[("NO_COLOR", "1")], false, false),
            (&[("NO_COLOR", "")], true, false),
            (&[("TERM", "dumb")], false, false),
            (&[("TERM", "xterm")], true, false),
            (&[("CLICOLOR_FORCE", "1")], true, true),
            (&[("FORCE_COLOR", "1"), ("TERM", "dumb")], true, true),
            (&[("FORCE_COLOR", "0")], true, false),
            (&[("CLICOLOR_FORCE", "")], true, false),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false, false),
        ] {
            let wants = |is_terminal| {
                let lookup = |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
                wants_colours_on(lookup, || is_terminal)
            };
            assert_eq!((wants(true), wants(false)), (on_terminal, elsewhere), "{set:?}");
        }
    }

    #[test]
    fn another_backend_than_the_expected_is_an_error() {
        let built = BACKEND.to_string();
        let other = if built == "std" { "loom" } else { "std" };
        assert!(settings(EXPECTED_BACKEND, &built).is_ok());
        assert_eq!(
            settings(EXPECTED_BACKEND, other),
            Err(format!("RADDLE_BACKEND={other:?}: takes the backend of this build, which is {built}"))
        );
        assert_eq!(settings(EXPECTED_BACKEND, "mono"), Err("RADDLE_BACKEND=\"mono\": takes std, loom or model".into()));
    }
}

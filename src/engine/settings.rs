//! What did the environment ask for? The one place that reads it.

use std::env::{self, VarError};
use std::fmt;
use std::time::Duration;

use crate::sync::BACKEND;

const ITERATIONS: &str = "RADDLE_ITERATIONS";
const HANG_SECONDS: &str = "RADDLE_HANG_SECONDS";
const EXPECTED_BACKEND: &str = "RADDLE_BACKEND";

/// The settings of a model's run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Runs of a model on real threads.
    pub iterations: u64,
    /// The time after which one of these counts as hung.
    pub hang_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { iterations: 1000, hang_after: Duration::from_secs(60) }
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
    pub fn from_env() -> Result<Self, Malformed> {
        Self::from(|variable| match env::var(variable) {
            Ok(value) => Some(value),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(value)) => Some(value.to_string_lossy().into_owned()),
        })
    }

    fn from(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, Malformed> {
        let whole = |variable, default| match lookup(variable) {
            None => Ok(default),
            Some(value) => match value.parse() {
                Ok(number @ 1..) => Ok(number),
                _ => Err(Malformed { variable, value, takes: "a whole number from 1 up".into() }),
            },
        };
        let default = Self::default();
        let iterations = whole(ITERATIONS, default.iterations)?;
        let hang_after = Duration::from_secs(whole(HANG_SECONDS, default.hang_after.as_secs())?);
        if let Some(value) = lookup(EXPECTED_BACKEND) {
            let built = BACKEND.to_string();
            if value != built {
                let takes = match value.as_str() {
                    "std" | "loom" => format!("the backend of this build, which is {built}"),
                    _ => "std or loom".into(),
                };
                return Err(Malformed { variable: EXPECTED_BACKEND, value, takes });
            }
        }
        Ok(Self { iterations, hang_after })
    }
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
        assert_eq!(settings(ITERATIONS, "7"), Ok(Settings { iterations: 7, ..Settings::default() }));
        let hang_after = Duration::from_secs(7);
        assert_eq!(settings(HANG_SECONDS, "7"), Ok(Settings { hang_after, ..Settings::default() }));
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
        assert_eq!(settings(EXPECTED_BACKEND, "mono"), Err("RADDLE_BACKEND=\"mono\": takes std or loom".into()));
    }
}

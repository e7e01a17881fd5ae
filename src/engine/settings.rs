//! What did the environment ask for? The one place that reads it.

use std::env::{self, VarError};
use std::fmt;

use crate::sync::BACKEND;

const ITERATIONS: &str = "RADDLE_ITERATIONS";
const EXPECTED_BACKEND: &str = "RADDLE_BACKEND";

/// The settings of a model's run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Runs of a model on real threads.
    pub iterations: u64,
}

/// A variable whose value makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
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
        let iterations = match lookup(ITERATIONS) {
            None => 1000,
            Some(value) => match value.parse() {
                Ok(iterations @ 1..) => iterations,
                _ => return Err(Malformed { variable: ITERATIONS, value, takes: "a whole number from 1 up".into() }),
            },
        };
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
        Ok(Self { iterations })
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
        assert_eq!(Settings::from(|_| None), Ok(Settings { iterations: 1000 }));
    }

    #[test]
    fn a_malformed_number_of_iterations_names_the_variable_and_what_it_takes() {
        for value in ["", "0", "-1", "many", "1.5", "99999999999999999999"] {
            let expected = format!("RADDLE_ITERATIONS={value:?}: takes a whole number from 1 up");
            assert_eq!(settings(ITERATIONS, value), Err(expected));
        }
        assert_eq!(settings(ITERATIONS, "7"), Ok(Settings { iterations: 7 }));
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

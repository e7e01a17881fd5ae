//! How large is a test that could be of any size? Its own size, unless the environment has another.

use std::env::{self, VarError};

/// The number that `variable` has, or else `usual`.
pub fn size(variable: &str, usual: usize) -> usize {
    let value = match env::var(variable) {
        Err(VarError::NotPresent) => return usual,
        Ok(value) => value,
        Err(VarError::NotUnicode(value)) => value.to_string_lossy().into_owned(),
    };
    match value.parse() {
        Ok(number @ 1..) => number,
        _ => panic!("{variable}={value:?}: takes a number, 1 or more"),
    }
}

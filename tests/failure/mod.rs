//! What does a model that is wrong fail with?

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Checks a model; returns the message that it panicked with, if it did.
pub fn failure_of(model: impl Fn() + Send + Sync + 'static) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| raddle::model(model))).err()?;
    let message = match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("a panic with a message")).to_owned(),
    };
    Some(message)
}

//! What does the process tell its caller?

use std::process::ExitCode;

/// The exit status of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything ended as it should; a program with a bug by showing it.
    AsExpected = 0,
    /// Something did not end as it should.
    NotAsExpected = 1,
    /// The arguments, or the build, make no sense for the command.
    BadArguments = 2,
    /// Somebody pressed Enter or Ctrl-C: 128 and the number of SIGINT, as shells report it.
    Cancelled = 130,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(status as u8)
    }
}

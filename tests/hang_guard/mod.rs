//! Did it end at all? A test that waits for ever tells nothing; one that fails says where it stood.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Far more than any test of the usual size takes, however slow or busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What `body` returns; panics where `body` does, or if it does not end.
#[allow(dead_code, reason = "a test file uses this or the other")]
#[track_caller]
pub fn must_end<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    must_end_within(PATIENCE, body)
}

/// As [`must_end`], for a test whose size is not the usual one.
#[track_caller]
pub fn must_end_within<R: Send + 'static>(patience: Duration, body: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, ended) = channel();
    let thread = thread::spawn(move || {
        let result = body();
        // The other side is gone if it has given up waiting, and then there is nobody to tell.
        let _ = done.send(result);
    });
    match ended.recv_timeout(patience) {
        Ok(result) => {
            thread.join().expect("the body has returned, and nothing came after it");
            result
        }
        Err(RecvTimeoutError::Timeout) => panic!("still not done after {patience:?}: somebody waits for ever"),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("the body has returned, and what it returned was sent"),
        },
    }
}

//! How does a check go on when a thread of its model is about to abort the process?
//!
//! A panic that leaves a destructor while its thread is unwinding can't be unwound: `core` panics once more, calls the panic
//! hook, and aborts. The hook must return, or it would keep a lock of `std`'s for ever. So what comes after it is caught:
//! the signal that `abort` raises. Its handler leaves the fiber as it is, in the middle of `abort`, and the run goes on with
//! a violation. The real thread has panics that will never end, so no other check uses it.

use std::cell::Cell;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;

use super::teardown::abandon;

std::thread_local! {
    /// True while the fiber that this real thread runs is on its way to `abort`.
    static IS_DOOMED: Cell<bool> = const { Cell::new(false) };
}

/// What was done about the signal before.
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

/// The thread of the model that runs calls `abort` as soon as the panic hook returns, and will be left there.
pub(super) fn expect_abort() {
    BEFORE.get_or_init(|| {
        let mut before = MaybeUninit::zeroed();
        // SAFETY: all bytes zero are a valid `sigaction`: no flags, no signals, no handler.
        let mut ours: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        ours.sa_sigaction = on_abort as extern "C" fn(libc::c_int) as libc::sighandler_t;
        // The handler does not return, so the signal must not stay blocked.
        ours.sa_flags = libc::SA_NODEFER;
        // SAFETY: both point to what `sigaction` takes; the handler has the signature that the flags ask for.
        unsafe { libc::sigaction(libc::SIGABRT, &raw const ours, before.as_mut_ptr()) };
        // Not `eprintln!`, whose output the test harness would keep.
        let _ = writeln!(
            io::stderr(),
            "raddle: a thread of a model panicked where that can't be unwound; the check goes on, although `std` now says:"
        );
        // SAFETY: `sigaction` has filled it in, or it is all zero.
        unsafe { before.assume_init() }
    });
    IS_DOOMED.set(true);
}

extern "C" fn on_abort(signal: libc::c_int) {
    if IS_DOOMED.take() {
        // This thread is in `abort`, which it called from Rust code: no lock is held, and `abort` allows to be left.
        abandon();
    }
    // Somebody else's, which goes on as if this handler were not there.
    if let Some(before) = BEFORE.get() {
        // SAFETY: what was in force before is valid.
        unsafe { libc::sigaction(signal, before, ptr::null_mut()) };
    }
    // SAFETY: `raise` may be called in a signal handler.
    unsafe { libc::raise(signal) };
}

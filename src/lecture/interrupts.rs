//! How does the audience stop the demo? With Enter or with Ctrl-C; the latter ends other commands as well.

use std::io::{self, BufRead};
use std::process;

use crate::sync::Arc;
use crate::thread;

use super::status::Status;
use super::stop::Stopper;

/// Cancels when a line arrives on the standard input, or when Ctrl-C is pressed; a second Ctrl-C ends the process.
///
/// # Errors
///
/// What the system says when it can't listen.
pub(super) fn listen(stopper: &Arc<Stopper>) -> io::Result<()> {
    listen_for_interrupts(stopper)?;
    let on_enter = stopper.clone();
    // Nobody joins this thread: it may wait for a line for ever, and ends with the process.
    thread::Builder::new().name("enter".into()).spawn(move || {
        if a_line_arrives(io::stdin().lock()) {
            on_enter.cancel();
        }
    })?;
    Ok(())
}

/// As [`listen`], to Ctrl-C alone.
pub(crate) fn listen_for_interrupts(stopper: &Arc<Stopper>) -> io::Result<()> {
    let on_interrupt = stopper.clone();
    ctrlc::set_handler(move || {
        if !on_interrupt.cancel() {
            process::exit(Status::Cancelled as i32);
        }
    })
    .map_err(io::Error::other)
}

/// True after a line; false if the input ends, or fails, before one does: nobody is there to press Enter then.
fn a_line_arrives(mut input: impl BufRead) -> bool {
    // Looked through piece by piece and not kept, as nobody knows how long a line is.
    loop {
        match input.fill_buf() {
            Ok(piece) if piece.contains(&b'\n') => return true,
            Ok([]) => return false,
            Ok(piece) => {
                let length = piece.len();
                input.consume(length);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_line_counts_as_enter() {
        assert!(a_line_arrives(&b"\n"[..]));
        assert!(a_line_arrives(&b"stop\xff\r\n"[..]));
        assert!(!a_line_arrives(&b""[..]));
        assert!(!a_line_arrives(&b"no end"[..]));
    }
}

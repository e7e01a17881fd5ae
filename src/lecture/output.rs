//! Who writes? This file alone, so that lines stay whole and nobody else has to think about a reader that went away.

use std::io::{self, ErrorKind, Stdout, Write};

use anstream::{AutoStream, ColorChoice};

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::args::Color;
use super::event::Event;
use super::status::Status;
use super::stop::Stopper;

/// For whom the output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    People,
    /// One JSON object per line.
    Programs,
}

/// The standard output.
#[derive(Debug)]
pub(crate) struct Output {
    writer: Mutex<Writer>,
    format: Format,
    quiet: bool,
    stopper: Arc<Stopper>,
}

#[derive(Debug)]
struct Writer {
    stream: AutoStream<Stdout>,
    /// The first error; nothing is written after it.
    failure: Option<io::Error>,
}

impl Output {
    /// Output in `format`, of summaries only if `quiet`. Cancels through `stopper` when nothing can be written.
    pub fn new(format: Format, color: Color, quiet: bool, stopper: Arc<Stopper>) -> Self {
        let choice = match (format, color) {
            (Format::Programs, _) | (_, Color::Never) => ColorChoice::Never,
            (_, Color::Auto) => ColorChoice::Auto,
            (_, Color::Always) => ColorChoice::Always,
        };
        let stream = AutoStream::new(io::stdout(), choice);
        Self { writer: Mutex::new(Writer { stream, failure: None }), format, quiet, stopper }
    }

    /// True if what is written has colours.
    #[allow(dead_code, reason = "for the hunt, which not every build has")]
    pub fn has_colours(&self) -> bool {
        self.lock().stream.current_choice() != ColorChoice::Never
    }

    /// Tells of `event`, as far as the reader wants to know.
    pub(super) fn event(&self, event: &Event<'_>) {
        match self.format {
            Format::People if self.quiet => {}
            Format::People => self.write(&event.to_string()),
            Format::Programs if self.quiet && !event.is_summary() => {}
            Format::Programs => match serde_json::to_string(event) {
                Ok(object) => self.write(&(object + "\n")),
                Err(error) => self.fail(&mut self.lock(), error.into()),
            },
        }
    }

    /// Writes `text`, which has its own line ends, if people are to read it.
    pub fn text(&self, text: &str) {
        if self.format == Format::People {
            self.write(text);
        }
    }

    /// Writes a JSON document, if programs are to read it.
    #[allow(dead_code, reason = "for the hunt, which not every build has")]
    pub fn document(&self, document: &serde_json::Value) {
        if self.format == Format::Programs {
            self.write(&format!("{document:#}\n"));
        }
    }

    /// What `status` becomes if something could not be written. Says why on the standard error, unless the reader went
    /// away: who closes a pipe has read enough.
    pub fn close(&self, status: Status) -> Status {
        match &self.lock().failure {
            None => status,
            Some(error) if error.kind() == ErrorKind::BrokenPipe => Status::AsExpected,
            Some(error) => {
                complain(&format!("can't write: {error}"));
                Status::NotAsExpected
            }
        }
    }

    fn write(&self, text: &str) {
        let mut writer = self.lock();
        if writer.failure.is_some() {
            return;
        }
        if let Err(error) = writer.stream.write_all(text.as_bytes()).and_then(|()| writer.stream.flush()) {
            self.fail(&mut writer, error);
        }
    }

    fn fail(&self, writer: &mut Writer, error: io::Error) {
        writer.failure = Some(error);
        self.stopper.cancel();
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        // At worst a line was written by halves.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says on the standard error what went wrong.
pub(crate) fn complain(message: &str) {
    // If that can't be written either, there is nobody left to tell.
    let _ = writeln!(anstream::stderr(), "raddle: {message}");
}

//! How does a walk get onto the terminal, and the terminal back to what it was?

use std::io::{self, IsTerminal};

use ratatui::crossterm::event::{self, Event};

use super::draw::draw;
use super::stepper::{Next, Stepper};
use super::walk::Walk;

/// True if there is a terminal to draw on and to read keys from, and nobody wants it `plain`.
pub(in crate::hunt) fn is_on_terminal(plain: bool) -> bool {
    !plain && io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Shows a walk until somebody has seen enough. True if that was by Ctrl-C.
///
/// # Errors
///
/// What the terminal says when it can't be drawn on. It is what it was before then, as it is after a panic.
pub(in crate::hunt) fn on_terminal(walk: &Walk, has_colours: bool) -> io::Result<bool> {
    let mut terminal = ratatui::try_init()?;
    let mut stepper = Stepper::new(walk);
    let ended = loop {
        if let Err(error) = terminal.draw(|frame| draw(frame, &stepper, has_colours)) {
            break Err(error);
        }
        let next = match event::read() {
            Ok(Event::Key(key)) => stepper.press(key),
            // It has another size: draw again.
            Ok(_) => Next::Stay,
            Err(error) => break Err(error),
        };
        match next {
            Next::Stay => {}
            Next::Leave => break Ok(false),
            Next::Interrupt => break Ok(true),
        }
    };
    ratatui::try_restore()?;
    ended
}

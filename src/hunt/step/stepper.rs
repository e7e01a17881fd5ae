//! Where is somebody who walks through a counterexample, and where do the keys lead?

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::walk::{Moment, Walk};

/// How many steps a page is.
const PAGE: usize = 10;

/// Somebody who walks through a counterexample.
#[derive(Debug)]
pub struct Stepper<'walk> {
    pub(super) walk: &'walk Walk,
    /// The step that was taken last, from 0.
    pub(super) at: usize,
}

/// What comes after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It goes on.
    Stay,
    /// Enough was seen.
    Leave,
    /// Ctrl-C.
    Interrupt,
}

impl<'walk> Stepper<'walk> {
    /// At the first step of a walk that has one.
    pub fn new(walk: &'walk Walk) -> Self {
        assert!(!walk.is_empty(), "there is no step to be at");
        Self { walk, at: 0 }
    }

    /// The number of the step, from 1.
    pub fn step(&self) -> usize {
        self.at + 1
    }

    pub(super) fn now(&self) -> &'walk Moment {
        &self.walk.steps[self.at]
    }

    /// Does what a key asks for.
    pub fn press(&mut self, key: KeyEvent) -> Next {
        use KeyCode::{Backspace, Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Up};
        let last = self.walk.len() - 1;
        if key.kind == KeyEventKind::Release {
            return Next::Stay;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return if key.code == Char('c') { Next::Interrupt } else { Next::Stay };
        }
        self.at = match key.code {
            Char('q') | Esc => return Next::Leave,
            Right | Down | Enter | Char('j' | ' ' | 'l') => (self.at + 1).min(last),
            Left | Up | Backspace | Char('k' | 'h') => self.at.saturating_sub(1),
            PageDown => (self.at + PAGE).min(last),
            PageUp => self.at.saturating_sub(PAGE),
            Home => 0,
            End => last,
            _ => self.at,
        };
        Next::Stay
    }
}

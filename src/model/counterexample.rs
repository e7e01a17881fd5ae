//! What is there to show of a violation, and did a replay show the same?

use std::{fmt, thread};

use super::checker::Counterexample;
use super::execute::Verdict;
use super::fault::{Fault, ViolationKind};
use super::follow::Lost;
use super::lanes::lanes;
use super::leak;
use super::picture::Picture;
use super::run::Run;
use super::steps::changes;
use super::stuck;
use super::styled::{Style, Text};
use super::token::{Token, hash_of_events};
use super::trace;
use super::words::Words;

impl Counterexample {
    /// What the run that has just ended shows, of the model with the hash `model`.
    pub(super) fn of(run: &Run, fault: Fault, model: u32) -> Self {
        let has_token = !matches!(fault.kind, ViolationKind::TooManyEvents | ViolationKind::NotDeterministic);
        let picture = Picture::of(run, fault);
        let token = if has_token { Token::of(&picture, model).to_string() } else { String::new() };
        Self::shown(&picture, token)
    }

    fn shown(picture: &Picture<'_>, token: String) -> Self {
        let words = Words::of(picture);
        let kind = picture.fault.kind;
        let message = match kind {
            ViolationKind::Deadlock | ViolationKind::Livelock => {
                stuck::explain(&words) + &picture.with_names(&picture.fault.message)
            }
            ViolationKind::NoProgress if picture.fault.message.is_empty() => stuck::explain(&words),
            ViolationKind::Leak => leak::explain(&words),
            _ => picture.with_names(&picture.fault.message),
        };
        let mut trace = trace::table(&words);
        let lanes = lanes(&words);
        let changes = changes(&words, &lanes);
        trace.push("\n");
        push_fault(&mut trace, kind, &message);
        Self { kind, message, trace: trace.plain, marks: trace.marks, lanes, changes, token, test: test_name() }
    }

    fn refused(message: String) -> Self {
        let kind = ViolationKind::NotReplayed;
        Self {
            kind,
            message,
            trace: String::new(),
            marks: Vec::new(),
            lanes: Vec::new(),
            changes: Vec::new(),
            token: String::new(),
            test: test_name(),
        }
    }

    /// What a replay of another model's token comes to.
    pub(super) fn of_other_model() -> Self {
        Self::refused(
            "The token was printed by another test than this one: the model's closure has another name. Replay it with the \
             test that it was printed by; if that has been renamed, run the whole check again."
                .to_owned(),
        )
    }

    /// What the replay of a token came to. Nothing if the execution is as it was, and nothing is wrong with it any more.
    pub(super) fn of_replay(run: &Run, verdict: Verdict, token: &Token) -> Option<Self> {
        let fault = match verdict {
            Verdict::Violation(fault) | Verdict::Deadlock(fault) => Some(fault),
            Verdict::Complete | Verdict::Blocked | Verdict::Restart(_) => None,
        };
        let is_found = fault.is_some();
        let picture = Picture::of(run, fault.unwrap_or_else(|| Fault::new(ViolationKind::NotReplayed, "")));
        let is_same = hash_of_events(&picture) == token.events;
        let lost = run.decider.lost();
        let changed = match lost {
            Some(Lost::NoThread) => "after these steps a thread was to go on that does not exist now, or can't",
            Some(Lost::NoWay) => {
                "after these steps an operation was to see a value, or to have a place, that it can't have now"
            }
            Some(Lost::GoesOn) if !is_found && is_same => {
                "these steps are the same, but nothing is wrong after them now, and the threads go on"
            }
            _ if !is_same => "now it has these steps, and they are others",
            _ if is_found => return Some(Self::shown(&picture, token.to_string())),
            _ => return None,
        };
        let mut trace = trace::table(&Words::of(&picture));
        if is_found {
            trace.push("\n");
            trace.push_as(Style::Wrong, &Self::shown(&picture, String::new()).headline());
        }
        let mut refused = Self::refused(format!(
            "The model has changed since the token was printed: {changed}. Run the whole check again."
        ));
        (refused.trace, refused.marks) = (trace.plain, trace.marks);
        Some(refused)
    }

    /// The kind and the first line of the message.
    pub(super) fn headline(&self) -> String {
        headline(self.kind, &self.message)
    }

    /// All that is to be told, for people.
    fn text(&self) -> Text {
        let mut text = Text::default();
        if self.trace.is_empty() || self.kind == ViolationKind::NotReplayed {
            push_fault(&mut text, self.kind, &self.message);
        } else {
            // The trace closes with all of the message.
            text.push_as(Style::Wrong, &self.headline());
        }
        if !self.trace.is_empty() {
            text.push("\n\n");
            text.append(&self.trace, &self.marks);
        }
        if let Some(command) = self.replay_command() {
            text.push(&format!("\n\nreplay: {command}"));
        }
        text
    }

    /// The trace, with the escape sequences of colours.
    #[cfg(all(feature = "cli", feature = "check", feature = "catalogue"))]
    pub(crate) fn coloured_trace(&self) -> String {
        Text { plain: self.trace.clone(), marks: self.marks.clone() }.with_colours()
    }

    /// The command that runs this execution again; nothing if there is nothing to be replayed.
    pub fn replay_command(&self) -> Option<String> {
        let test = self.test.as_ref().map_or_else(String::new, |test| format!(" cargo test {test}"));
        (!self.token.is_empty()).then(|| format!("RADDLE_REPLAY={}{test}", self.token))
    }
}

/// `{:#}` writes it with colours.
impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        if f.alternate() { f.write_str(&text.with_colours()) } else { f.write_str(&text.plain) }
    }
}

fn headline(kind: ViolationKind, message: &str) -> String {
    format!("{kind}: {}", message.split('\n').next().unwrap_or_default())
}

/// Adds what is wrong, in all its words.
fn push_fault(text: &mut Text, kind: ViolationKind, message: &str) {
    text.push_as(Style::Wrong, &headline(kind, message));
    if let Some((_, rest)) = message.split_once('\n') {
        text.push("\n");
        text.push(rest);
    }
}

/// The test that runs, by the name of its thread, which the workers have from it.
fn test_name() -> Option<String> {
    thread::current().name().filter(|&name| name != "main").map(str::to_owned)
}

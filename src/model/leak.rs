//! What has a complete execution left behind, and who made it?

use std::collections::BTreeMap;

use super::execute::Verdict;
use super::fault::{Fault, Note, ViolationKind};
use super::ledger::{Entry, What};
use super::run::Run;
use super::trace::short_site;
use super::words::Words;

/// How many lines of the source are named.
const LINES_MAX: usize = 5;

/// What was made at one line and is not gone.
#[derive(Default)]
struct Left<'run> {
    entries: Vec<&'run Entry>,
}

impl Run {
    /// The verdict when it is known whether something has leaked. What, is for [`explain`] to say.
    pub fn without_leaks(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Complete if self.ledger.is_open() && !self.static_may_own() => Verdict::Violation(self.leak()),
            _ => verdict,
        }
    }

    /// True if something that outlives the execution may be the owner of what it has made.
    fn static_may_own(&self) -> bool {
        let holds_pointer = |location: usize| {
            let place = &self.places[location];
            place.is_bound
                && place.is_long_lived
                && place.type_name == "AtomicPtr"
                && self.newest_value(location as u32) != 0
        };
        self.ledger.has_owning_static || (0..self.places.len()).any(holds_pointer)
    }

    fn leak(&self) -> Fault {
        let mut notes: Vec<Note> = Vec::new();
        for (_, left) in self.left().into_iter().take(LINES_MAX) {
            // One of each thread's at a line is enough.
            for entry in left.entries {
                let text = match entry.what {
                    What::Shared => "makes an Arc that leaks",
                    What::Tracked => "makes a value that leaks",
                };
                let Entry { thread, executed, site, .. } = *entry;
                let note = Note { thread, executed, text: text.to_owned(), site: site.to_string() };
                if !notes.iter().any(|other| (other.thread, &other.site) == (thread, &note.site)) {
                    notes.push(note);
                }
            }
        }
        Fault::new(ViolationKind::Leak, String::new()).noting(notes)
    }

    /// What is left, by file, line and kind.
    fn left(&self) -> BTreeMap<(&str, u32, What), Left<'_>> {
        let mut lines: BTreeMap<_, Left<'_>> = BTreeMap::new();
        for entry in self.ledger.left() {
            lines.entry((entry.site.file(), entry.site.line(), entry.what)).or_default().entries.push(entry);
        }
        lines
    }
}

/// Says what is left, and why that is wrong.
pub(super) fn explain(words: &Words<'_, '_>) -> String {
    let lines = words.picture.run.left();
    let mut text: Vec<String> = lines.values().take(LINES_MAX).map(|left| left.explain(words)).collect();
    if lines.len() > LINES_MAX {
        text.push(format!("and so it is with what was made at {} other lines", lines.len() - LINES_MAX));
    }
    let has = |wanted| lines.keys().any(|&(_, _, what)| what == wanted);
    let question = match (has(What::Shared), has(What::Tracked)) {
        (true, false) => "Do owners own each other, or was one forgotten?",
        (false, _) => "Was it forgotten, or left in a MaybeUninit or behind a raw pointer?",
        (true, true) => "Do owners own each other, or was one forgotten, or a value left in a MaybeUninit?",
    };
    format!("{}\nAll threads have ended, and nobody is left to drop it. {question}", text.join("\n"))
}

impl Left<'_> {
    fn explain(&self, words: &Words<'_, '_>) -> String {
        let first = self.entries[0];
        let mut threads: Vec<usize> = self.entries.iter().map(|entry| entry.thread).collect();
        threads.sort_by_key(|&thread| words.picture.number(thread));
        threads.dedup();
        let threads: Vec<_> = threads.into_iter().map(|thread| words.picture.thread_name(thread)).collect();
        let made = format!("that {} made at {}", threads.join(" and "), short_site(first.site));
        let count = self.entries.len();
        let sum = |of: fn(&Entry) -> u32| self.entries.iter().map(|entry| of(entry)).sum::<u32>();
        let (owners, weak) = (sum(|entry| entry.owners), sum(|entry| entry.weak));
        let several =
            |number: u32, one: &str| if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") };
        match (first.what, count) {
            (What::Tracked, 1) => format!("the value {made} was never dropped"),
            (What::Tracked, _) => format!("{count} values {made} were never dropped"),
            (What::Shared, 1) if owners == 0 => {
                format!("the memory of the Arc {made} is still kept by {}", several(weak, "weak reference"))
            }
            (What::Shared, _) if owners == 0 => {
                format!("the memory of {count} Arcs {made} is still kept by {}", several(weak, "weak reference"))
            }
            (What::Shared, 1) => format!("the Arc {made} still has {}", several(owners, "owner")),
            (What::Shared, _) => format!("{count} Arcs {made} still have {}", several(owners, "owner")),
        }
    }
}

//! What do the tools make of the mutants, and is it what the catalogue says?
//!
//! `src/catalogue/verdicts/` has a file for each tool, with a line for each variant: what it makes of the wrong code and of
//! the fix. `src/catalogue/matrix.md` is a table made from these.

#[cfg(any(loom, raddle_std))]
mod child;
#[cfg(not(any(loom, raddle_std)))]
mod engine;
#[cfg(loom)]
mod on_loom;
#[cfg(raddle_std)]
mod real_threads;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use raddle::catalogue::{Entry, Symptom, Tool, Variant};

#[cfg(not(any(loom, raddle_std)))]
pub use engine::of_this_build;
#[cfg(loom)]
pub use on_loom::of_this_build;
#[cfg(raddle_std)]
pub use real_threads::of_this_build;

/// What a tool saw of a model.
pub struct Seen {
    /// How many times the model was run.
    pub executions: u64,
    /// What was wrong: what it is called, and more about it.
    pub failure: Option<(String, String)>,
}

/// What a tool makes of a variant.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    name: String,
    buggy: String,
    fixed: String,
}

impl Verdict {
    pub fn of(variant: &Variant, buggy: &Seen, fixed: &Seen) -> Self {
        let of_buggy = match &buggy.failure {
            None => format!("missed in {}", buggy.executions),
            Some(_) if Self::is_found(variant, buggy) => format!("found in {}", buggy.executions),
            Some((kind, _)) => format!("found something else: {kind}"),
        };
        let of_fixed = match &fixed.failure {
            None => format!("passes in {}", fixed.executions),
            Some((kind, _)) => format!("false alarm: {kind}"),
        };
        Self { name: variant.name.to_owned(), buggy: of_buggy, fixed: of_fixed }
    }

    /// Whether what was seen of the wrong code is what is wrong with it.
    pub fn is_found(variant: &Variant, seen: &Seen) -> bool {
        let Some((kind, message)) = &seen.failure else { return false };
        match variant.symptom {
            Symptom::Panic(words) => kind == "panic" && message.contains(words),
            // Real threads don't tell who goes round from who sleeps.
            Symptom::Deadlock | Symptom::Livelock if kind == "hang" => true,
            Symptom::UsedAfterDrop => kind == "used after it was dropped",
            other => *kind == other.to_string(),
        }
    }
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/catalogue").join(file)
}

fn file_of(tool: Tool) -> PathBuf {
    path(&format!("verdicts/{}.tsv", tool.to_string().replace(' ', "_")))
}

fn recorded(tool: Tool) -> Vec<Verdict> {
    let path = file_of(tool);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let verdict = |line: &str| {
        let [name, buggy, fixed] = line.split('\t').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
        Verdict { name, buggy, fixed }
    };
    text.lines().skip(1).map(verdict).collect()
}

pub fn is_recording() -> bool {
    std::env::var("RADDLE_RECORD").is_ok_and(|value| value == "1")
}

/// Fails unless the file has this content, or gives it this content.
fn compare_or_record(path: PathBuf, text: &str) {
    if is_recording() {
        fs::write(path, text).unwrap();
        return;
    }
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<_> = text.lines().filter(|line| !recorded.lines().any(|known| known == *line)).collect();
    assert!(
        recorded == text,
        "{} is out of date; RADDLE_RECORD=1 writes it. New or changed, or in another order:\n{}",
        path.display(),
        changed.join("\n")
    );
}

pub fn compare_or_record_verdicts(tool: Tool, verdicts: &[Verdict]) {
    let mut text = "variant\tbuggy\tfixed\n".to_owned();
    for Verdict { name, buggy, fixed } in verdicts {
        writeln!(text, "{name}\t{buggy}\t{fixed}").unwrap();
    }
    compare_or_record(file_of(tool), &text);
}

const TOOLS: [Tool; 4] = [Tool::Engine, Tool::Random, Tool::Loom, Tool::RealThreads];

/// The table is made from the recorded verdicts, and whoever is said to find a variant does.
pub fn matrix<I: Iterator<Item = (&'static Entry, &'static Variant)>>(variants: fn() -> I) {
    let verdicts = TOOLS.map(recorded);
    let mut table = "| mutant | what it comes to | what must be explored |".to_owned();
    TOOLS.iter().for_each(|tool| write!(table, " {tool} |").unwrap());
    table += "\n| --- | --- | --- |";
    TOOLS.iter().for_each(|_| table += " --- |");
    for (_, variant) in variants() {
        let Variant { name, symptom, memory, .. } = variant;
        write!(table, "\n| `{name}` | {symptom} | {memory} |").unwrap();
        for (tool, verdicts) in TOOLS.iter().zip(&verdicts) {
            let Some(Verdict { buggy, fixed, .. }) = verdicts.iter().find(|verdict| verdict.name == *name) else {
                assert!(
                    is_recording(),
                    "no verdict of {tool} on {name}: RADDLE_RECORD=1 records it in the build for {tool}"
                );
                table += " not recorded |";
                continue;
            };
            let (is_found, is_passed) = (buggy.starts_with("found in"), fixed.starts_with("passes"));
            // Who finds something in the fix, too, has found nothing.
            assert!(is_found && is_passed || !variant.finders.contains(tool), "{tool} on {name}: {buggy}; {fixed}");
            match is_passed {
                true => write!(table, " {buggy} |").unwrap(),
                false => write!(table, " {buggy}; {fixed} |").unwrap(),
            }
        }
    }
    compare_or_record(path("matrix.md"), &(table + "\n"));
}

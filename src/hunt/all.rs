//! What comes of hunting them all? A line each, and a sum.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::args::HuntArgs;
use super::found::{Found, counted, coverage, runs, time};
use super::hunter::Hunter;
use super::text::{RIGHT, TITLE, WRONG, columns};
use super::{json, pages};
use crate::catalogue::entries;
use crate::lecture::Status;
use crate::lecture::output::{Output, complain};
use crate::model::{Coverage, width};

/// What it came to.
#[derive(Default)]
struct Sum {
    variants: usize,
    found: usize,
    fixes: usize,
    /// Fixes of which every execution was visited.
    complete: usize,
    /// Fixes in which something is wrong.
    broken: usize,
    documents: Vec<Value>,
    /// For each variant its page, or why there is none.
    pages: Vec<(String, String, PathBuf)>,
}

/// Hunts them all.
pub(super) fn run(args: &HuntArgs, hunter: &Hunter, output: &Output) -> Status {
    let began = Instant::now();
    let mut sum = Sum::default();
    for (entry, variant) in entries().iter().flat_map(|entry| entry.variants.iter().map(move |v| (entry, v))) {
        if hunter.is_interrupted() {
            break;
        }
        let mut found = Found::new(entry, variant, hunter.find(variant), false);
        if !hunter.is_interrupted() {
            found.fix = Some(hunter.cover(variant));
        }
        output.text(&line(&found));
        if let Err(error) = sum.add(&found, args.html.as_deref()) {
            complain(&format!("can't write a page: {error}"));
            return Status::NotAsExpected;
        }
    }
    let mut status = sum.status(hunter);
    output.text(&sum.text(began, hunter));
    if let Some(folder) = &args.html {
        match pages::write_index(folder, &sum.pages) {
            Ok(index) => output.text(&format!("pages: {}\n", index.display())),
            Err(error) => {
                complain(&format!("can't write to {}: {error}", folder.display()));
                status = Status::NotAsExpected;
            }
        }
    }
    output.document(&json!({
        "variants": sum.documents, "found": sum.found, "missed": sum.variants - sum.found, "fixes_covered": sum.complete,
        "fixes_broken": sum.broken, "elapsed_s": began.elapsed().as_secs_f64(), "exit_status": status as u8,
    }));
    output.close(status)
}

impl Sum {
    fn add(&mut self, found: &Found, folder: Option<&Path>) -> std::io::Result<()> {
        self.variants += 1;
        self.found += usize::from(found.violation().is_some());
        if let Some(fix) = &found.fix {
            self.fixes += 1;
            self.complete += usize::from(fix.coverage == Coverage::Complete);
            self.broken += usize::from(fix.violation.is_some());
        }
        let mut document = json::found(found);
        if let Some(folder) = folder {
            let page = pages::write(folder, found)?;
            document["page"] = page.display().to_string().into();
            let words = anstream::adapter::strip_str(&words(found).join("; ")).to_string();
            self.pages.push((found.variant.name.to_owned(), words, page));
        }
        self.documents.push(document);
        Ok(())
    }

    fn status(&self, hunter: &Hunter) -> Status {
        match () {
            () if hunter.is_interrupted() => Status::Cancelled,
            () if self.found < self.variants || self.broken > 0 => Status::NotAsExpected,
            () => Status::AsExpected,
        }
    }

    fn text(&self, began: Instant, hunter: &Hunter) -> String {
        let Self { variants, found, fixes, complete, broken, .. } = self;
        let is_well = found == variants && *broken == 0 && complete == fixes;
        let style = if is_well { RIGHT } else { WRONG };
        let broken = if *broken > 0 { format!(", {broken} of them wrong") } else { String::new() };
        let interrupted = if hunter.is_interrupted() { "; interrupted" } else { "" };
        format!(
            "\n{style}{found} of {variants} found, {complete} of {fixes} fixes covered completely{broken}, in {}{interrupted}\
             {style:#}\n",
            time(began.elapsed())
        )
    }
}

/// What came of the hunt, and what came of the fix.
fn words(found: &Found) -> [String; 2] {
    let bug = match found.violation() {
        Some(violation) => format!(
            "{RIGHT}found{RIGHT:#} after {}, {}: {}",
            counted(runs(&found.bug)),
            time(found.bug.elapsed),
            violation.kind
        ),
        None => {
            let why = if found.is_out_of_sight() { " (it needs weak memory)" } else { "" };
            format!("{WRONG}not found{WRONG:#}{why}: {}", coverage(&found.bug))
        }
    };
    let fix = found.fix.as_ref().map_or_else(String::new, |fix| match &fix.violation {
        Some(violation) => format!("fix: {WRONG}{}{WRONG:#} after {}", violation.kind, counted(runs(fix))),
        None => format!("fix: {}, {}", coverage(fix), time(fix.elapsed)),
    });
    [bug, fix]
}

/// A line, or two where there is no room for one.
fn line(found: &Found) -> String {
    const FOUND: usize = 52;
    let names = entries().iter().flat_map(|entry| entry.variants).map(|variant| variant.name.len()).max().unwrap_or(0);
    let [bug, fix] = words(found);
    let plain = |text: &str| width(&anstream::adapter::strip_str(text).to_string());
    let padding = FOUND.saturating_sub(plain(&bug));
    let name = found.variant.name;
    let line = format!("{TITLE}{name:names$}{TITLE:#}  {bug}{:padding$}  {fix}", "");
    match columns() {
        Some(columns) if plain(&line) > columns => {
            format!("{TITLE}{name}{TITLE:#}\n    {bug}\n    {fix}\n")
        }
        _ => line.trim_end().to_owned() + "\n",
    }
}

//! What does a known bug look like when it is found?
//!
//! A variant of the [catalogue](crate::catalogue) is shown, found by the engine, drawn, walked through, and compared with its fix:
//! the command `cargo hunt`.
//!
//! - `args` is what can be asked for, `list` what there is, `names` what a name stands for.
//! - `hunter` lets the engine search, `progress` tells how that goes, `found` is what came of it.
//! - `code` is the source, with what differs between wrong and right; `story` says in words what an execution shows.
//! - `text` is the report for people, `json` the one for programs, `pages` the one for the browser, `all` those of all variants.
//! - `step` walks through a counterexample.
//! - `real_threads` does without the engine, by luck.

pub mod args;
pub mod step;

mod all;
mod code;
mod found;
mod hunter;
mod json;
mod list;
mod names;
mod pages;
mod progress;
mod real_threads;
mod story;
mod text;

use crate::catalogue::{Entry, Variant};
use crate::lecture::args::Color;
use crate::lecture::output::{Format, Output, complain};
use crate::lecture::stop::Stopper;
use crate::lecture::{Status, interrupts};
use crate::sync::{Arc, BACKEND, Backend};

use args::HuntArgs;
use found::Found;
use hunter::Hunter;

/// Runs `raddle hunt`.
pub fn run(args: &HuntArgs, color: Color) -> Status {
    hunt(args, color).unwrap_or_else(|refusal| {
        complain(&refusal);
        Status::BadArguments
    })
}

/// Does what is asked for, or says why that makes no sense.
fn hunt(args: &HuntArgs, color: Color) -> Result<Status, String> {
    let named = args.name.as_deref().map(names::find).transpose()?;
    if let Some(contradiction) = args.search.contradiction() {
        return Err(contradiction.to_owned());
    }
    if args.real_threads.is_asked_for() {
        return match args.name.as_deref() {
            Some(real_threads::NAME) => Ok(real_threads::run(&args.real_threads, color)),
            _ => Err(format!("real threads hunt nothing but {}; the engine hunts them all", real_threads::NAME)),
        };
    }
    let stopper = Arc::new(Stopper::default());
    let format = if args.json { Format::Programs } else { Format::People };
    let output = Output::new(format, color, false, stopper.clone());
    if named.is_none() && !args.all {
        if args.html.is_some() {
            return Err("--html takes a name or --all: the list has no page".to_owned());
        }
        output.text(&list::text(text::columns()));
        output.document(&json::list());
        return Ok(output.close(Status::AsExpected));
    }
    if BACKEND != Backend::Model {
        return Err(format!(
            "this build has no engine (its backend is {BACKEND}); build without --cfg, or hunt {} with --real-threads",
            real_threads::NAME
        ));
    }
    let checker = args.search.checker();
    let checker = match &args.replay {
        Some(token) => checker.replay(token).map_err(|error| format!("--replay: {error}"))?,
        None => checker,
    };
    if let Err(error) = interrupts::listen_for_interrupts(&stopper) {
        complain(&format!("can't listen for Ctrl-C: {error}"));
        return Ok(Status::NotAsExpected);
    }
    let hunter = Hunter::new(checker, stopper);
    match named {
        None => Ok(all::run(args, &hunter, &output)),
        Some((entry, variant)) => one(args, &hunter, &output, entry, variant),
    }
}

/// Hunts one.
fn one(
    args: &HuntArgs,
    hunter: &Hunter,
    output: &Output,
    entry: &'static Entry,
    variant: &'static Variant,
) -> Result<Status, String> {
    let opening = text::opening(entry, variant);
    let is_replay = args.replay.is_some();
    // A search may take its time, during which there is something to read.
    if !args.step && !is_replay {
        output.text(&opening);
    }
    let mut found = Found::new(entry, variant, hunter.find(variant), is_replay);
    if let Some(refusal) = found.refusal() {
        return Err(refusal);
    }
    if args.step {
        return Ok(walk(args, hunter, output, &found));
    }
    if is_replay {
        output.text(&opening);
    }
    output.text(&text::finding(&found));
    if !is_replay && !hunter.is_interrupted() {
        output.text(&text::fix(&found));
        found.fix = Some(hunter.cover(variant));
        output.text(&text::covered(&found));
    }
    output.text(&text::again(&found));
    let mut document = json::found(&found);
    let mut status = found.status(hunter);
    if let Some(folder) = &args.html {
        match pages::write(folder, &found) {
            Ok(page) => {
                document["page"] = page.display().to_string().into();
                output.text(&format!("page:   {}\n", page.display()));
            }
            Err(error) => {
                complain(&format!("can't write to {}: {error}", folder.display()));
                status = Status::NotAsExpected;
            }
        }
    }
    document["exit_status"] = (status as u8).into();
    output.document(&document);
    Ok(output.close(status))
}

/// Walks through what was found, step by step.
fn walk(args: &HuntArgs, hunter: &Hunter, output: &Output, found: &Found) -> Status {
    let Some(violation) = found.violation() else {
        output.text(&text::finding(found));
        return output.close(found.status(hunter));
    };
    let walk = step::Walk::new(found.entry, found.variant.name, violation);
    if step::is_on_terminal(args.plain) {
        match step::on_terminal(&walk, output.has_colours()) {
            Ok(true) => hunter.interrupt(),
            Ok(false) => {}
            Err(error) => {
                complain(&format!("can't use the terminal: {error}; --plain does without"));
                return Status::NotAsExpected;
            }
        }
    } else {
        output.text(&step::plain(&walk));
    }
    output.text(&text::again(found));
    output.close(found.status(hunter))
}

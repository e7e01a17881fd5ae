//! How is a hunt told to programs? All that the text says, as JSON.

use serde_json::{Value, json};

use super::code::{self, Line};
use super::found::{Found, runs};
use super::story;
use crate::catalogue::{Entry, Needs, Symptom, Variant, entries};
use crate::model::{Counterexample, Coverage, Memory, Report};

/// What there is.
pub(super) fn list() -> Value {
    let variants = entries().iter().flat_map(|entry| entry.variants.iter().map(move |variant| about(entry, variant)));
    json!({ "variants": variants.collect::<Vec<_>>() })
}

/// What is known of a variant.
fn about(entry: &Entry, variant: &Variant) -> Value {
    let message = match variant.symptom {
        Symptom::Panic(message) => Some(message),
        _ => None,
    };
    json!({
        "name": variant.name,
        "entry": entry.name,
        "title": entry.title,
        "fault": variant.fault,
        "remedy": variant.remedy,
        "lesson": entry.lesson,
        "source": entry.source,
        "symptom": variant.symptom.to_string(),
        "message": message,
        "needs": variant.memory.to_string(),
        "needs_weak_memory": variant.memory == Needs::WeakMemory,
        "threads": variant.threads,
        "calls": variant.calls,
        "file": entry.file.replace('\\', "/"),
    })
}

/// What came of a hunt.
pub(super) fn found(found: &Found) -> Value {
    let mut document = about(found.entry, found.variant);
    let [wrong, right] = code::both(found.entry, found.variant);
    document["buggy_code"] = lines(&wrong);
    document["fixed_code"] = lines(&right);
    document["is_replay"] = found.is_replay.into();
    document["buggy"] = report(&found.bug);
    if let Some(violation) = found.violation() {
        let passages = story::passages(found.entry, violation);
        let passages: Vec<_> = passages
            .into_iter()
            .map(|passage| {
                json!({
                    "thread": passage.thread, "steps": passage.steps, "line": passage.line, "code": passage.code,
                    "remarks": passage.remarks, "is_wrong": passage.is_wrong,
                })
            })
            .collect();
        document["line_by_line"] = passages.into();
        document["what_went_wrong"] = story::sentences(violation).into();
        document["replay_command"] = found.replay_command().into();
    }
    document["fixed"] = found.fix.as_ref().map_or(Value::Null, report);
    document
}

fn lines(lines: &[Line]) -> Value {
    let lines = lines.iter().map(|line| json!({ "line": line.number, "text": line.text, "differs": line.differs }));
    lines.collect()
}

fn report(report: &Report) -> Value {
    let bound = match &report.coverage {
        Coverage::Complete => None,
        Coverage::Bounded(reason) => Some(reason),
    };
    let estimate = report.estimate.map(
        |estimate| json!({ "executions": estimate.executions, "error": estimate.error, "probes": estimate.probes }),
    );
    json!({
        "memory": if report.settings.memory == Memory::Rc11 { "rc11" } else { "sc" },
        "executions": report.executions,
        "blocked": report.blocked,
        "sampled": report.sampled,
        "runs": runs(report),
        "complete": report.coverage == Coverage::Complete,
        "bound": bound,
        "estimate": estimate,
        "elapsed_s": report.elapsed.as_secs_f64(),
        "violation": report.violation.as_ref().map(violation),
    })
}

fn violation(violation: &Counterexample) -> Value {
    let steps: Vec<Value> = story::steps(violation)
        .into_iter()
        .zip(violation.steps())
        .map(|((lane, event), step)| {
            let states = violation.lanes.iter().zip(&step.threads).map(|(lane, state)| (&lane.name, state.to_string()));
            let objects = step.objects.iter().map(|object| (&object.name, &object.value));
            json!({
                "number": event.number, "thread": lane.name, "text": event.text, "note": event.note,
                "object": event.object, "ordering": event.ordering, "value": event.value, "site": event.site,
                "reads_from": event.reads_from, "newest": event.newest, "happens_after": event.happens_after,
                "is_wrong": event.is_wrong,
                "threads": states.map(|(name, state)| json!({ "name": name, "state": state })).collect::<Vec<_>>(),
                "objects": objects.map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "kind": violation.kind.to_string(), "message": violation.message, "trace": violation.trace,
        "token": violation.token, "steps": steps,
    })
}

//! What was measured, all of it, for other programs?

use serde_json::{Value, json};

use crate::results::{Amount, Cell, Row};
use crate::sample::{End, Sample};

/// All rows.
pub fn json(rows: &[Row], amount: &Amount) -> Value {
    let cell_of = |row: &Row, cell: &Cell| {
        json!({
            "variant": row.variant,
            "tool": cell.tool.name(),
            "found": cell.found,
            "executions": cell.executions(),
            "milliseconds": cell.millis(),
            "false_alarm": cell.false_alarm.as_ref().map(end),
            "is_blind": cell.is_blind,
            "samples": cell.samples.iter().map(sample).collect::<Vec<_>>(),
        })
    };
    json!({
        "seeds": amount.seeds,
        "executions_max": amount.bounds.executions,
        "milliseconds_max": amount.bounds.time.as_millis() as u64,
        "cells": rows.iter().flat_map(|row| row.cells.iter().map(|cell| cell_of(row, cell))).collect::<Vec<_>>(),
    })
}

fn sample(sample: &Sample) -> Value {
    json!({
        "seed": sample.seed,
        "executions": sample.executions,
        "processor_ms": sample.processor.as_secs_f64() * 1e3,
        "wall_ms": sample.wall.as_secs_f64() * 1e3,
        "end": end(&sample.end),
    })
}

fn end(end: &End) -> Value {
    match end {
        End::Nothing => json!("nothing"),
        End::Fault { kind, message } => json!({ "fault": kind, "message": message }),
        End::Lost(why) => json!({ "lost": why }),
    }
}

//! What do programs get? Every sample, with what the machine was like, and the tables.

use serde_json::{Value, json};

use crate::contenders::{Form, Side};
use crate::contest::{Contest, Entry, Measured, Pace};
use crate::machine;
use crate::results::{Row, Standing, Table};

/// All that was measured.
pub fn json(contests: &[Contest], tables: &[Table], pace: Pace) -> Value {
    json!({
        "machine": machine::processors(),
        "versions": machine::versions().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "rounds": pace.rounds,
        "sample_ms": pace.sample.as_millis() as u64,
        "foreign_load_max": pace.foreign_load_max,
        "contests": contests.iter().map(contest).collect::<Vec<_>>(),
        "tables": tables.iter().map(table).collect::<Vec<_>>(),
    })
}

fn contest(contest: &Contest) -> Value {
    json!({
        "workload": contest.workload.name,
        "title": contest.workload.title,
        "payload": contest.payload.name(),
        "unit": contest.workload.kind.unit().title(),
        "entries": contest.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Value {
    let side = match entry.about.side {
        Side::Raddle => "raddle",
        Side::Peer => "peer",
        Side::Limit => "limit",
    };
    json!({
        "name": entry.about.name,
        "title": entry.about.title,
        "side": side,
        "waits": entry.about.waits,
        "thrown_away": entry.thrown_away,
        "samples": entry.samples.iter().map(sample).collect::<Vec<_>>(),
    })
}

fn sample(measured: &Measured) -> Value {
    let Measured { sample, placement, round_trips, foreign_load } = measured;
    json!({
        "value": sample.value,
        "items": sample.items,
        "wall_s": sample.wall.as_secs_f64(),
        "cpu_s": sample.usage.cpu.as_secs_f64(),
        "context_switches": sample.usage.switches,
        "placement": placement.name(),
        "round_trips_ns": round_trips,
        "foreign_load": foreign_load,
    })
}

fn table(table: &Table) -> Value {
    json!({
        "workload": table.contest.workload.name,
        "payload": table.contest.payload.name(),
        "placement": table.placement.name(),
        "foreign_load": table.foreign_load.median,
        "rows": table.rows.iter().map(row).collect::<Vec<_>>(),
        "channel_to_channel": table.standing(Some(Form::Channel)).map(standing),
        "queue_to_queue": table.standing(Some(Form::Queue)).map(standing),
        "any_to_any": table.standing(None).map(standing),
    })
}

fn row(row: &Row) -> Value {
    json!({
        "name": row.about.name,
        "samples": row.value.count,
        "median": row.value.median,
        "quartiles": [row.value.low, row.value.high],
        "to_best": row.to_best,
        "of_limit": row.of_limit,
        "cpu_ns_per_item": row.cpu,
        "context_switches_per_1000_items": row.switches,
    })
}

fn standing(standing: Standing) -> Value {
    json!({ "ratio": standing.ratio, "raddle": standing.raddle, "peer": standing.peer })
}

//! Each contender passes each workload that it claims, with each payload and few items. That nothing is lost, doubled or
//! changed is asserted by the measuring itself.

use std::collections::BTreeSet;

use raddle_channel_benches::contenders::{self, Form, Side};
use raddle_channel_benches::limits;
use raddle_channel_benches::payload::PayloadName;
use raddle_channel_benches::workloads::{self, Kind};

/// Enough for every bounded channel to be full and empty; a multiple of no share.
const ITEMS: u64 = 1500;

fn items(kind: Kind) -> u64 {
    match kind {
        Kind::Idle => 3,
        Kind::PingPong(_) => ITEMS / 10,
        Kind::Memory(..) => kind.items_first(),
        _ => ITEMS,
    }
}

fn all_pass(payload: PayloadName) {
    for workload in &workloads::ALL {
        let mut names = BTreeSet::new();
        for contender in contenders::all(payload) {
            if !(contender.takes)(workload.kind.shape()) {
                continue;
            }
            let what = format!("{}, {}", contender.about.name, workload.name);
            assert!(names.insert(contender.about.name), "{what}: twice");
            let kind = match workload.kind {
                // Without optimisation a million takes long.
                Kind::Memory(None, _) => Kind::Memory(None, 10_000),
                kind => kind,
            };
            let sample = (contender.measure)(kind, items(kind));
            assert!(sample.items >= items(kind), "{what}: {} items", sample.items);
            assert!(sample.value.is_finite() && sample.value > 0.0, "{what}: {}", sample.value);
        }
        assert!(names.contains("raddle-channel") && names.len() >= 5, "{}: {names:?}", workload.name);
    }
}

#[test]
fn with_numbers() {
    all_pass(PayloadName::U64);
}

#[test]
fn with_64_bytes() {
    all_pass(PayloadName::Bytes64);
}

#[test]
fn with_boxes() {
    all_pass(PayloadName::Box);
}

#[test]
fn every_timed_workload_but_those_of_bursts_and_batches_has_a_limit() {
    for workload in workloads::ALL.iter().filter(|workload| !workload.kind.is_exact()) {
        let limits: Vec<_> = limits::ALL.into_iter().filter(|limit| (limit.applies)(workload.kind)).collect();
        assert_eq!(
            limits.is_empty(),
            matches!(workload.kind, Kind::Bursts(_) | Kind::Batches(..)),
            "{}",
            workload.name
        );
        for limit in limits {
            let sample = (limit.measure)(workload.kind, items(workload.kind));
            assert!(sample.value.is_finite() && sample.value > 0.0, "{}, {}", limit.about.name, workload.name);
        }
    }
}

#[test]
fn a_full_channel_holds_its_messages_and_not_much_more() {
    for workload in workloads::ALL.iter().filter(|workload| workload.kind.is_exact()) {
        for contender in contenders::all(PayloadName::Bytes64) {
            if (contender.takes)(workload.kind.shape()) {
                let bytes = (contender.measure)(workload.kind, workload.kind.items_first()).value;
                assert!((64.0..200.0).contains(&bytes), "{}, {}: {bytes}", contender.about.name, workload.name);
            }
        }
    }
}

#[test]
fn both_forms_have_ours_and_theirs() {
    for form in [Form::Channel, Form::Queue] {
        for side in [Side::Raddle, Side::Peer] {
            let contenders = contenders::all(PayloadName::U64);
            assert!(contenders.iter().any(|contender| contender.about.form == form && contender.about.side == side));
        }
    }
}

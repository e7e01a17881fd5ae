//! Each mutant of the catalogue has the fault that it says it has, and its fix has none: this is what the engine finds in
//! them, completely; and what other tools find is what the catalogue says that they do.
//!
//! With `RADDLE_RECORD=1` what this build's tools find is written to the catalogue, in place of being compared with it.

mod verdicts;

use std::collections::HashSet;

use raddle::catalogue::{Entry, Variant, entries, find};

fn variants() -> impl Iterator<Item = (&'static Entry, &'static Variant)> {
    entries().iter().flat_map(|entry| entry.variants.iter().map(move |variant| (entry, variant)))
}

#[test]
fn every_variant_is_found_by_its_name() {
    let mut names = HashSet::new();
    for (entry, variant) in variants() {
        assert!(names.insert(variant.name), "two variants are called {}", variant.name);
        let kebab_case = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        assert!(variant.name.chars().all(kebab_case), "{}", variant.name);
        let found = find(variant.name).unwrap();
        assert_eq!((found.0.name, found.1.name), (entry.name, variant.name));
    }
    assert!(entries().iter().all(|entry| entry.variants[0].name == entry.name));
    assert!(find("pop_from_empty").is_none());
}

#[test]
fn every_entry_tells_what_there_is_to_tell() {
    let is_sentence = |text: &str| text.len() > 10 && text.ends_with('.');
    for (entry, variant) in variants() {
        assert!(!entry.title.is_empty() && !entry.source.is_empty() && is_sentence(entry.lesson), "{}", entry.name);
        assert!(is_sentence(variant.fault) && is_sentence(variant.remedy), "{}", variant.name);
        assert!(variant.threads > 0 && variant.calls >= variant.threads, "{}", variant.name);
        let file = format!("src/catalogue/{}.rs", entry.name.replace('-', "_"));
        assert_eq!(entry.file.replace('\\', "/"), file);
    }
}

#[test]
fn every_variant_shows_its_fault_and_its_fix() {
    for (entry, variant) in variants() {
        let (buggy, fixed) = (entry.buggy_code(variant), entry.fixed_code(variant));
        assert_ne!(buggy.text, fixed.text, "{}", variant.name);
        for excerpt in [buggy, fixed] {
            let in_file = entry.code.lines().nth(excerpt.line - 1).unwrap();
            assert_eq!(excerpt.text.lines().next(), Some(in_file.trim()), "{}", variant.name);
            assert!(excerpt.text.lines().count() < 40 && !excerpt.text.contains("use super"), "{}", variant.name);
        }
    }
}

#[test]
fn an_excerpt_is_shown_with_its_line_numbers() {
    let (entry, variant) = find("pop-from-empty").unwrap();
    let excerpt = entry.fixed_code(variant);
    let line = excerpt.line;
    let expected = [
        format!("{:>4}  /// Takes the first item, if there is one.", line),
        format!("{:>4}  pub fn take(list: &List) -> Option<u32> {{", line + 1),
        format!("{:>4}      list.pop()", line + 2),
        format!("{:>4}  }}", line + 3),
    ];
    assert_eq!(excerpt.to_string(), expected.join("\n") + "\n");
}

/// One after the other, as the second reads what the first may write.
#[test]
fn tools_find_what_the_catalogue_says() {
    verdicts::of_this_build(variants);
    verdicts::matrix(variants);
}

#[cfg(not(any(loom, raddle_std)))]
mod on_the_engine {
    use raddle::catalogue::{Needs, Symptom, Variant, specs};
    use raddle::check::{Check, Subject};
    use raddle::model::{Checker, Counterexample, Coverage, Memory, ViolationKind};

    use super::variants;

    #[track_caller]
    fn assert_shows(variant: &Variant, violation: &Counterexample) {
        let kind = match variant.symptom {
            Symptom::Panic(message) => {
                assert!(violation.message.contains(message), "{}: {violation}", variant.name);
                ViolationKind::Panic
            }
            Symptom::DataRace => ViolationKind::DataRace,
            Symptom::UsedAfterDrop => ViolationKind::UsedAfterDrop,
            Symptom::Deadlock => ViolationKind::Deadlock,
            Symptom::Livelock => ViolationKind::Livelock,
            other => panic!("{other} is not known here"),
        };
        assert_eq!(violation.kind, kind, "{}: {violation}", variant.name);
    }

    #[test]
    fn every_fault_is_found_and_found_again_by_its_token() {
        for (_, variant) in variants() {
            let report = Checker::new().explore(variant.buggy);
            let violation = report.violation.unwrap_or_else(|| panic!("{} is not found", variant.name));
            assert_shows(variant, &violation);
            let threads = violation.lanes.iter().filter(|lane| lane.thread != 0).count();
            assert_eq!(threads, variant.threads, "{}: {violation}", variant.name);

            let replayed = Checker::new().replay(&violation.token).unwrap().explore(variant.buggy);
            assert_eq!(replayed.violation.expect("the same again").trace, violation.trace, "{}", variant.name);
        }
    }

    #[test]
    fn every_fault_needs_what_it_is_said_to_need() {
        for (_, variant) in variants() {
            let report = Checker::new().memory(Memory::SeqCst).explore(variant.buggy);
            match (variant.memory, variant.symptom) {
                // Whether two accesses race is judged by the orderings as they are written, under either memory.
                (Needs::Interleaving, _) | (Needs::WeakMemory, Symptom::DataRace) => {
                    assert_shows(variant, &report.violation.expect(variant.name));
                }
                (Needs::WeakMemory, _) => {
                    assert!(report.violation.is_none(), "{}: {report}", variant.name);
                    assert_eq!(report.coverage, Coverage::Complete, "{}: {report}", variant.name);
                }
                (other, _) => panic!("{other} is not known here"),
            }
        }
    }

    #[test]
    fn every_fix_is_right_in_all_executions() {
        for (_, variant) in variants() {
            let report = Checker::new().explore(variant.fixed);
            assert!(report.violation.is_none(), "{}: {report}", variant.name);
            assert_eq!(report.coverage, Coverage::Complete, "{}: {report}", variant.name);
            assert_eq!(report.executions > 1, variant.threads > 1, "{}: {report}", variant.name);
        }
    }

    /// The wrong structure fails by this program, which is a smallest one, and the right one by none of up to this size.
    #[track_caller]
    fn smallest<B: Subject, F: Subject>(kind: ViolationKind, program: &str, threads: usize, calls: usize) {
        let violation = Check::<B>::new().threads(3).calls(6).explore().violation.expect("a violation");
        assert_eq!((violation.kind, &*violation.scenario.to_string()), (kind, program), "{violation}");
        let report = Check::<F>::new().threads(threads).calls(calls).run();
        assert_eq!(report.coverage, Coverage::Complete);
    }

    #[test]
    fn pop_from_empty_takes_two_consumers() {
        use specs::pop_from_empty::{buggy, fixed};
        let program = "thread 1 | push(1)  take()\nthread 2 | take()";
        smallest::<buggy::Subject, fixed::Subject>(ViolationKind::Panic, program, 3, 5);
    }

    #[test]
    fn notify_one_wakes_the_wrong_one_of_three() {
        use specs::notify_one_wrong_waiter::{buggy, fixed};
        let program = "thread 1 | push(1)  push(2)\nthread 2 | pop()\nthread 3 | pop()";
        smallest::<buggy::Subject, fixed::Subject>(ViolationKind::Deadlock, program, 3, 4);
    }

    #[test]
    fn treiber_aba_takes_a_push_and_two_pops_on_one_node() {
        use specs::treiber_aba::{buggy, fixed};
        let program = "thread 1 | push(1)  pop()  push(2)\nthread 2 | pop()";
        smallest::<buggy::Subject, fixed::Subject>(ViolationKind::Unexplained, program, 3, 4);
    }

    #[test]
    fn capacity_one_ring_takes_two_pushes() {
        use specs::capacity_one_ring::{buggy, fixed};
        let program = "thread 1 | try_push(1)  try_push(2)";
        smallest::<buggy::Subject, fixed::Subject>(ViolationKind::Unexplained, program, 2, 7);
    }

    #[test]
    fn sequence_wrap_takes_three_pushes() {
        use specs::sequence_wrap::{buggy, fixed};
        let program = "thread 1 | try_push(1)  try_push(2)  try_push(3)";
        // With a call more a pop may miss a push of which it has not heard: each slot has an order of its own.
        smallest::<buggy::Subject, fixed::Subject>(ViolationKind::Livelock, program, 2, 4);
    }

    #[test]
    fn ring_relaxed_publish_takes_a_push_and_a_pop() {
        use specs::ring_relaxed_publish::{buggy, fixed};
        let program = "thread 1 | try_push(1)\nthread 2 | try_pop()";
        smallest::<buggy::Subject, fixed::Subject>(ViolationKind::DataRace, program, 2, 6);
    }

    #[test]
    fn the_trace_of_pop_from_empty_shows_the_other_consumer_between() {
        let (_, variant) = raddle::catalogue::find("pop-from-empty").unwrap();
        let violation = Checker::new().workers(1).explore(variant.buggy).violation.unwrap();
        insta::assert_snapshot!(violation.trace);
    }
}

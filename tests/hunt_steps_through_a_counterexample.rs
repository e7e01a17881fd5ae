//! `cargo hunt NAME --step` walks through the counterexample: forth and back, in a terminal of any size, and as text.

#![cfg(not(any(loom, raddle_std)))]

mod demo;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use raddle::catalogue::find;
use raddle::hunt::step::{Next, Stepper, Walk, draw};
use raddle::model::Checker;

fn walk(name: &str) -> Walk {
    let (entry, variant) = find(name).unwrap();
    let report = Checker::new().workers(1).explore(variant.buggy);
    Walk::new(entry, variant.name, &report.violation.unwrap())
}

fn press(stepper: &mut Stepper<'_>, code: KeyCode) -> Next {
    stepper.press(KeyEvent::new(code, KeyModifiers::NONE))
}

fn frame(stepper: &Stepper<'_>, columns: u16, lines: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| draw(frame, stepper, true)).unwrap();
    let text = terminal.backend().to_string();
    text.lines().map(|line| line.trim_matches('"').trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_other_consumer_comes_between() {
    let walk = walk("pop-from-empty");
    let mut stepper = Stepper::new(&walk);
    for _ in 1..7 {
        press(&mut stepper, KeyCode::Right);
    }
    insta::assert_snapshot!("the_other_consumer_pops", frame(&stepper, 110, 30));
    press(&mut stepper, KeyCode::End);
    press(&mut stepper, KeyCode::Left);
    insta::assert_snapshot!("the_first_consumer_panics_in_a_small_terminal", frame(&stepper, 70, 22));
}

#[test]
fn a_thread_that_waits_says_in_what_and_objects_have_their_values() {
    let walk = walk("sleep-flag-store-load");
    let mut stepper = Stepper::new(&walk);
    for _ in 1..10 {
        press(&mut stepper, KeyCode::Char('j'));
    }
    let shown = frame(&stepper, 120, 32);
    for text in
        ["waits for ever", "AtomicBool#1: true", "*Mutex#1: free", "Condvar#1: awaited by thread 2", "waits to join"]
    {
        assert!(shown.contains(text), "{text}\n{shown}");
    }
    for _ in 0..3 {
        press(&mut stepper, KeyCode::Char('k'));
    }
    let shown = frame(&stepper, 120, 32);
    for text in ["ordering Acquire", "value    false", "reads the initial value; #3 wrote true since"] {
        assert!(shown.contains(text), "{text}\n{shown}");
    }
}

#[test]
fn what_is_read_says_whose_value_it_is() {
    let walk = walk("ring-relaxed-observe");
    let mut stepper = Stepper::new(&walk);
    while stepper.step() < 8 {
        press(&mut stepper, KeyCode::Char(' '));
    }
    let shown = frame(&stepper, 150, 40);
    assert!(shown.contains("from     step 6, thread 1: AtomicUsize#1.store(1, Release)"), "{shown}");
}

#[test]
fn keys_lead_where_they_say() {
    use KeyCode::{Backspace, Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Up};
    let walk = walk("treiber-aba");
    let last = walk.len();
    let mut stepper = Stepper::new(&walk);
    for (key, step) in [
        (Left, 1),
        (Right, 2),
        (Down, 3),
        (Enter, 4),
        (Char('j'), 5),
        (Char(' '), 6),
        (Char('x'), 6),
        (Up, 5),
        (Backspace, 4),
        (Char('k'), 3),
        (PageDown, 13),
        (PageUp, 3),
        (PageUp, 1),
        (End, last),
        (Right, last),
        (PageDown, last),
        (Home, 1),
    ] {
        assert_eq!((press(&mut stepper, key), stepper.step()), (Next::Stay, step), "{key:?}");
    }
    let released = KeyEvent::new_with_kind(Right, KeyModifiers::NONE, KeyEventKind::Release);
    assert_eq!((stepper.press(released), stepper.step()), (Next::Stay, 1));
    assert_eq!([press(&mut stepper, Char('q')), press(&mut stepper, Esc)], [Next::Leave; 2]);
    let interrupt = KeyEvent::new(Char('c'), KeyModifiers::CONTROL);
    assert_eq!(stepper.press(interrupt), Next::Interrupt);
}

#[test]
fn every_step_has_a_frame_at_any_size() {
    // With two threads and with one, with a line for the details and without.
    for name in ["sleep-flag-store-load", "lap-not-masked", "two-sided-free"] {
        let walk = walk(name);
        let mut stepper = Stepper::new(&walk);
        for step in 1..=walk.len() {
            for (columns, lines) in [(1, 1), (7, 3), (30, 8), (80, 24), (200, 60)] {
                let shown = frame(&stepper, columns, lines);
                let is_shown = shown.contains(&format!("step {step} of {}", walk.len()));
                assert!(is_shown || columns < 80, "{name}\n{shown}");
            }
            press(&mut stepper, KeyCode::Right);
        }
    }
}

#[test]
fn without_a_terminal_the_steps_come_one_after_the_other() {
    let args = ["hunt", "pop-from-empty", "--step", "--workers", "1"];
    let ran = demo::run(&args);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    let (steps, _) = ran.stdout.split_once("\nstep:   ").unwrap();
    insta::assert_snapshot!("the_steps_as_text", steps);
    assert_eq!(demo::run(&[&args[..], &["--plain"]].concat()).stdout, ran.stdout);
    assert!(!ran.stdout.contains('\x1b'));
}

#[test]
fn a_replay_can_be_walked_through_as_well() {
    let ran = demo::run(&["hunt", "lost-wakeup", "--workers", "1"]);
    let (_, command) = ran.stdout.split_once("\nreplay: cargo ").unwrap();
    let args: Vec<&str> = command.split_whitespace().chain(["--step"]).collect();
    let ran = demo::run(&args);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("\nstep 12 of "), "{}", ran.stdout);
}

//! A model that checked nothing fails, one that is wrong fails with its own message, and a setting that makes no sense
//! is an error that names the variable.

mod failure;

use std::process::{Command, Output};

use failure::failure_of;
use raddle::sync::BACKEND;
use raddle::thread;

#[test]
fn a_model_that_uses_nothing_of_the_facade_fails() {
    let failure = failure_of(|| {
        std::hint::black_box(1 + 1);
    });
    assert!(failure.unwrap().contains("nothing was checked"));
}

#[test]
fn a_model_whose_threads_are_not_the_facades_fails() {
    let failure = failure_of(|| std::thread::spawn(|| ()).join().unwrap());
    let failure = failure.unwrap();
    assert!(failure.contains("nothing was checked") && failure.contains("raddle::thread"), "{failure}");
}

#[test]
fn a_model_that_starts_a_thread_passes() {
    assert_eq!(failure_of(|| thread::spawn(|| ()).join().unwrap()), None);
    assert_eq!(failure_of(|| thread::scope(|scope| scope.spawn(|| ()).join().unwrap())), None);
    let built = || thread::Builder::new().spawn(|| ()).unwrap().join().unwrap();
    assert_eq!(failure_of(built), None);
}

#[test]
fn the_threads_of_one_model_do_not_count_for_another() {
    assert_eq!(failure_of(|| thread::spawn(|| ()).join().unwrap()), None);
    assert!(failure_of(|| ()).is_some());
}

/// What the test below runs in a process of its own: with a short time it is not covered.
#[cfg(not(any(loom, raddle_std)))]
#[test]
fn a_model_with_a_million_executions() {
    use raddle::sync::{Arc, atomic::AtomicU8};
    use std::sync::atomic::Ordering::Relaxed;

    if std::env::var_os("RADDLE_MAX_EXECUTIONS").is_none() && std::env::var_os("RADDLE_MAX_DURATION").is_none() {
        return;
    }
    raddle::model(|| {
        let count = Arc::new(AtomicU8::new(0));
        for _ in 0..5 {
            let count = count.clone();
            thread::spawn(move || (0..3).map(|_| count.fetch_add(1, Relaxed)).sum::<u8>());
        }
    });
}

#[cfg(not(any(loom, raddle_std)))]
#[test]
fn a_bound_that_the_caller_has_set_passes_and_says_what_was_not_covered() {
    let test = "a_model_with_a_million_executions";
    let (output, text) = run_with(test, "RADDLE_MAX_EXECUTIONS", "1000");
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1000 executions, not complete: the limit of 1000 executions was reached"), "{text}");
    let (output, text) = run_with(test, "RADDLE_MAX_DURATION", "0.2");
    assert!(output.status.success(), "{text}");
    assert!(text.contains("not complete: the time of 200ms was over"), "{text}");
}

#[test]
fn a_failing_models_own_message_comes_through() {
    let failure = failure_of(|| {
        let thread = thread::spawn(|| 1);
        assert_eq!(thread.join().unwrap(), 2, "the model's own words");
    });
    assert!(failure.unwrap().contains("the model's own words"));
}

/// What the tests below run in a process of its own, with variables set.
#[test]
fn a_right_model() {
    raddle::model(|| {
        println!("one run");
        thread::spawn(|| ()).join().unwrap();
    });
}

fn run_with(test: &str, variable: &str, value: &str) -> (Output, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--show-output"])
        .env(variable, value)
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, text)
}

#[test]
fn a_malformed_number_of_iterations_is_an_error_that_names_the_variable() {
    for value in ["0", "-3", "many", ""] {
        let (output, text) = run_with("a_right_model", "RADDLE_ITERATIONS", value);
        assert!(!output.status.success());
        let expected = format!("raddle: RADDLE_ITERATIONS={value:?}: takes a whole number from 1 up");
        assert!(text.contains(&expected), "{text}");
    }
}

#[test]
fn a_build_with_another_backend_than_the_expected_fails() {
    let built = BACKEND.to_string();
    let other = if built == "loom" { "model" } else { "loom" };
    let (output, text) = run_with("a_right_model", "RADDLE_BACKEND", other);
    assert!(!output.status.success());
    assert!(text.contains(&format!("takes the backend of this build, which is {built}")), "{text}");
    assert!(run_with("a_right_model", "RADDLE_BACKEND", &built).0.status.success());
}

/// What the test below runs in a process of its own: without the variable it is right.
#[cfg(raddle_std)]
#[test]
fn a_model_that_hangs_if_it_is_told_to() {
    let hangs = std::env::var_os("RADDLE_HANG_SECONDS").is_some();
    raddle::model(move || {
        let (sender, receiver) = raddle::channel::unbounded::<()>();
        let waiting = thread::spawn(move || receiver.recv());
        if hangs {
            std::mem::forget(sender);
        } else {
            drop(sender);
        }
        assert!(waiting.join().unwrap().is_err());
    });
}

#[cfg(raddle_std)]
#[test]
fn on_real_threads_a_model_that_hangs_ends_with_a_message() {
    let (output, text) = run_with("a_model_that_hangs_if_it_is_told_to", "RADDLE_HANG_SECONDS", "1");
    assert_eq!(output.status.code(), Some(101));
    let expected = "raddle: the model of a_model_that_hangs_if_it_is_told_to hangs: iteration 1 of ";
    assert!(text.contains(expected), "{text}");
}

#[cfg(raddle_std)]
#[test]
fn on_real_threads_a_model_runs_as_often_as_it_is_told_to() {
    let (output, text) = run_with("a_right_model", "RADDLE_ITERATIONS", "7");
    assert!(output.status.success());
    assert_eq!(text.matches("one run").count(), 7);
}

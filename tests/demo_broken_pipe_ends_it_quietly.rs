//! A reader that goes away (`cargo demo | head -1`) ends the demo: at once, quietly and without a panic.

#![cfg(not(loom))]

mod demo;

use demo::start;

#[test]
fn a_closed_output_ends_every_mode_that_would_go_on() {
    for mode in ["sequential", "async", "threads", "checked", "all"] {
        for more in [&["--json"][..], &[]] {
            // These would take hours.
            let endless = ["demo", "--items", "1000000", "--speed", "100", "--mode", mode];
            let mut running = start(&[&endless, more].concat());
            running.read_lines_with("", 1);
            let ran = running.close_stdout_and_finish();
            assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{mode}");
        }
    }
}

#[test]
fn an_output_that_is_closed_from_the_outset_is_no_panic() {
    for args in [&["hunt"][..], &["demo", "--quiet", "--mode", "buggy"], &["demo", "--help"], &["--version"]] {
        let ran = start(args).close_stdout_and_finish();
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_is_full_is_an_error_and_says_so() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let endless = ["demo", "--items", "1000000", "--mode", "threads"];
    let output = demo::raddle(&endless).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("raddle: can't write: "));
}

//! A counterexample opens in a browser, and shows there what is wrong and what the threads did.
#![cfg(not(any(loom, raddle_std)))]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use raddle::check::{CallEvents, Explanation, Outcome, ShownCall, html};
use raddle::model::{Checker, Counterexample, ViolationKind};
use raddle::sync::atomic::AtomicUsize;
use raddle::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use raddle::sync::{Arc, Mutex};
use raddle::thread;

/// Two consumers look whether there is an item, and then take it.
fn consumers() {
    let list = Arc::new((AtomicUsize::new(0), Mutex::new(Vec::new())));
    list.1.lock().unwrap().push(7);
    list.0.store(1, Release);
    let consumers = [1, 2].map(|number| {
        let list = list.clone();
        let consumer = thread::Builder::new().name(format!("consumer <{number}>"));
        let consume = move || {
            if list.0.load(Acquire) > 0 {
                list.0.fetch_sub(1, Relaxed);
                list.1.lock().unwrap().pop().expect("pop from an empty list");
            }
        };
        consumer.spawn(consume).unwrap()
    });
    for consumer in consumers {
        consumer.join().unwrap();
    }
}

fn found(model: fn()) -> Counterexample {
    Checker::new().workers(1).explore(model).violation.expect("there is a violation")
}

/// The same as a harness tells it that has made these calls.
fn told_with_calls(violation: &Counterexample) -> Explanation {
    let call = |thread, steps, (from, to), outcome| ShownCall {
        thread,
        call: if thread == 0 { "push(7)" } else { "pop()" }.to_owned(),
        outcome,
        steps,
        events: Some(CallEvents { thread: violation.lanes[thread].thread, from, to }),
    };
    let returned = |text: &str| Outcome::Returned(text.to_owned());
    Explanation {
        scenario: "setup | push(7)\nthread 1 | pop()\nthread 2 | pop()".parse().ok(),
        calls: vec![
            call(0, [0, 1], (0, 3), returned("()")),
            call(1, [2, 5], (0, usize::MAX), returned("Some(7)")),
            call(2, [3, 4], (0, usize::MAX), Outcome::Pending),
        ],
        wrong: Some(2),
        why: vec!["After push(7) and pop() of thread 1, pop() of thread 2 would have to return None.".to_owned()],
        ..Explanation::from(violation)
    }
}

/// The browser to use: that which `CHROMIUM` names, or one of the usual names.
fn browser() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let paths = env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = env::split_paths(&paths).flat_map(|dir| names.map(|name| dir.join(name)));
    found.into_iter().find(|path| path.is_file())
}

/// What the browser makes of a page.
fn opened(browser: &Path, page: &Path) -> String {
    let profile = page.with_extension("profile");
    let _ = fs::remove_dir_all(&profile);
    fs::create_dir_all(&profile).unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", browser.display()));
    let _ = fs::remove_dir_all(&profile);
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && !dom.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    dom
}

#[test]
fn a_page_shows_the_violation_the_lanes_and_what_the_calls_returned() {
    let violation = found(consumers);
    assert_eq!(violation.kind, ViolationKind::Panic);
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    let engine = html::write(&dir, "engine", &Explanation::from(&violation)).unwrap();
    let harness = html::write(&dir, "harness", &told_with_calls(&violation)).unwrap();
    let Some(browser) = browser() else {
        println!("not opened: no chromium, chromium-browser or google-chrome in PATH, and CHROMIUM is not set");
        return;
    };
    let [engine, harness] = [engine, harness].map(|page| opened(&browser, &page));
    let events: usize = violation.lanes.iter().map(|lane| lane.events.len()).sum();
    for dom in [&engine, &harness] {
        assert!(dom.contains("<h1>pop from an empty list</h1>"), "{dom}");
        assert!(dom.contains("consumer &lt;2&gt;"), "names are text");
        assert_eq!(dom.matches("class=\"lane\"").count(), 3);
        assert_eq!(dom.matches("<g class=\"event").count(), events);
        assert!(dom.contains("class=\"arrow reads\"") && dom.contains("class=\"arrow before\""));
        assert!(dom.contains(&violation.token));
    }
    assert_eq!(harness.matches("<g class=\"call").count(), 3);
    assert!(harness.contains("pop() has not returned") && harness.contains("would have to return None"));
    assert!(harness.contains("<mark>"));
}

//! How is a model run on real threads?

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::mpsc;
use std::thread::JoinHandle;

use super::Settings;

/// Runs `model` as often as `settings` says, on real threads.
pub(crate) fn on_real_threads(settings: &Settings, model: impl Fn() + Send + Sync + 'static) {
    let iterations = settings.iterations;
    let (progress, watcher) = watch(settings);
    let failure = (1..=iterations).find_map(|iteration| {
        // The watcher listens until `progress` is dropped.
        let _ = progress.send(iteration);
        panic::catch_unwind(AssertUnwindSafe(&model)).err().map(|panic| (iteration, panic))
    });
    drop(progress);
    watcher.join().expect("the watcher does not panic");
    if let Some((iteration, panic)) = failure {
        eprintln!("raddle: the model failed on real threads, in iteration {iteration} of {iterations}");
        panic::resume_unwind(panic);
    }
}

/// Starts a thread that ends the process if it hears of no new iteration for too long. Threads that wait for ever can't
/// be stopped otherwise, and a test that hangs tells nothing.
fn watch(settings: &Settings) -> (mpsc::Sender<u64>, JoinHandle<()>) {
    let &Settings { iterations, hang_after, .. } = settings;
    let model = std::thread::current().name().unwrap_or("a thread without a name").to_owned();
    let (sender, receiver) = mpsc::channel();
    let watcher = std::thread::spawn(move || {
        let mut iteration = 0;
        loop {
            match receiver.recv_timeout(hang_after) {
                Ok(next) => iteration = next,
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Err(mpsc::RecvTimeoutError::Timeout) => break,
            }
        }
        // Not `eprintln!`, whose output the test harness would keep until a test ends that does not.
        let _ = writeln!(
            io::stderr(),
            "raddle: the model of {model} hangs: iteration {iteration} of {iterations} on real threads has not ended \
             for {} s, so this ends the process; is there a deadlock or a lost wake-up?",
            hang_after.as_secs()
        );
        process::exit(101);
    });
    (sender, watcher)
}

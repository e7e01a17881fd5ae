//! Which real threads run executions?
//!
//! A thread that checks models keeps the threads that have worked for it, for its next check: to start one takes longer than
//! to check a small model. They end when it does. No two threads share them, so whatever the test harness keeps track of
//! by thread, as what a test prints, stays with the test.

use std::cell::RefCell;
use std::io;
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::thread;

/// What a worker is given to do.
pub(super) type Task = Box<dyn FnOnce() + Send>;

std::thread_local! {
    /// The way to each of this thread's workers.
    static CREW: RefCell<Vec<Option<Sender<Task>>>> = const { RefCell::new(Vec::new()) };
}

/// Lets worker `number` of this thread do `task`.
///
/// # Errors
///
/// What the system says when it can't start a thread.
pub(super) fn start(number: usize, task: Task) -> io::Result<()> {
    CREW.with_borrow_mut(|crew| {
        if crew.len() <= number {
            crew.resize_with(number + 1, || None);
        }
        let task = match &crew[number] {
            None => task,
            Some(worker) => match worker.send(task) {
                Ok(()) => return Ok(()),
                // It has ended, by a panic of its own.
                Err(SendError(task)) => task,
            },
        };
        let (sender, tasks) = channel();
        // Whoever asks for the name, as a panic's message does, means the test.
        let name = thread::current().name().map(str::to_owned);
        let builder = name.into_iter().fold(thread::Builder::new(), thread::Builder::name);
        builder.spawn(move || work(tasks))?;
        sender.send(task).expect("the worker waits for it");
        crew[number] = Some(sender);
        Ok(())
    })
}

/// Does without worker `number` from now on. It ends when it is done.
pub(super) fn dismiss(number: usize) {
    CREW.with_borrow_mut(|crew| crew[number] = None);
}

fn work(tasks: Receiver<Task>) {
    tasks.into_iter().for_each(|task| task());
}

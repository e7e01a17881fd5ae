//! Who waits for a process in which a search goes on? Its panic, its end or its silence is the end of that search alone.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::sample::Sample;
use crate::tool::{Bounds, Code, Tool};

/// What is searched, by whom, and how far.
#[derive(Clone, Debug)]
pub struct Job {
    /// Who searches.
    pub tool: Tool,
    /// The name of the variant.
    pub variant: String,
    /// Which code of it.
    pub code: Code,
    /// How far.
    pub bounds: Bounds,
}

impl Job {
    /// As the arguments of a process, before the seed.
    pub fn to_arguments(&self) -> Vec<String> {
        let Self { tool, variant, code, bounds } = self;
        let code = if *code == Code::Buggy { "buggy" } else { "fixed" };
        let bounds = [bounds.executions.to_string(), bounds.time.as_millis().to_string()];
        [tool.name(), variant, code].map(str::to_owned).into_iter().chain(bounds).collect()
    }

    /// What the arguments say, and the seed after them. None if they are not such arguments.
    pub fn of_arguments(arguments: &[String]) -> Option<(Self, u64)> {
        let [tool, variant, code, executions, time, seed] = arguments else { return None };
        let code = match &**code {
            "buggy" => Code::Buggy,
            "fixed" => Code::Fixed,
            _ => return None,
        };
        let bounds = Bounds { executions: executions.parse().ok()?, time: Duration::from_millis(time.parse().ok()?) };
        let job = Self { tool: Tool::named(tool)?, variant: variant.clone(), code, bounds };
        Some((job, seed.parse().ok()?))
    }
}

/// Has `program` do a job in a process, which is ended when it is silent for longer than `silence_max`.
///
/// # Panics
///
/// When no process can be started.
pub fn measure(program: &Path, job: &Job, seed: u64, silence_max: Duration) -> Sample {
    let mut command = Command::new(program);
    command.args(job.to_arguments()).arg(seed.to_string());
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a process starts");
    let lines = lines_of(&mut child);
    let said = loop {
        match lines.recv_timeout(silence_max) {
            Ok(line) => match Sample::of_line(&line) {
                Some(sample) => break Ok(sample),
                None => continue,
            },
            Err(RecvTimeoutError::Disconnected) => break Err(None),
            Err(RecvTimeoutError::Timeout) => break Err(Some(format!("silent for {silence_max:?}"))),
        }
    };
    if !matches!(said, Err(None)) {
        // It has nothing more to say. An error says that it has ended by itself.
        _ = child.kill();
    }
    let status = child.wait().expect("it is a child of this process");
    said.unwrap_or_else(|why| Sample::lost(seed, &why.unwrap_or_else(|| format!("ended: {status}"))))
}

fn lines_of(child: &mut Child) -> Receiver<String> {
    let out = child.stdout.take().expect("it is piped");
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

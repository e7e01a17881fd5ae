//! How do the tests run the program, and read what it says?

#![allow(dead_code, reason = "each test file uses its own part of this one")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// What came of a run of the program.
pub struct Ran {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The program with `args`, nobody at its standard input, and no say of the environment in colours.
pub fn raddle(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raddle"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
        command.env_remove(variable);
    }
    command
}

/// Runs the program to its end.
pub fn run(args: &[&str]) -> Ran {
    let output = raddle(args).output().unwrap();
    Ran {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    /// The JSON objects of its standard output.
    pub fn objects(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Those of the event `name`.
    pub fn events(&self, name: &str) -> Vec<Value> {
        self.objects().into_iter().filter(|object| object["event"] == name).collect()
    }
}

/// The program while it runs.
pub struct Running {
    pub child: Child,
    pub stdin: Option<ChildStdin>,
    stdout: Option<BufReader<ChildStdout>>,
    stderr: ChildStderr,
    seen: String,
}

/// Starts the program with somebody at its standard input.
pub fn start(args: &[&str]) -> Running {
    let mut child = raddle(args).stdin(Stdio::piped()).spawn().unwrap();
    Running {
        stdin: child.stdin.take(),
        stdout: child.stdout.take().map(BufReader::new),
        stderr: child.stderr.take().unwrap(),
        seen: String::new(),
        child,
    }
}

impl Running {
    /// Reads until `count` more lines with `text` in them have come.
    pub fn read_lines_with(&mut self, text: &str, count: usize) {
        let stdout = self.stdout.as_mut().unwrap();
        for _ in 0..count {
            loop {
                let mut line = String::new();
                assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "no line with {text:?} in\n{}", self.seen);
                self.seen += &line;
                if line.contains(text) {
                    break;
                }
            }
        }
    }

    /// Presses Enter.
    pub fn enter(&mut self) {
        self.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Waits for the end, with the standard input left open.
    pub fn finish(mut self) -> Ran {
        self.stdout.as_mut().unwrap().read_to_string(&mut self.seen).unwrap();
        self.end()
    }

    /// Closes its standard output, and waits for the end.
    pub fn close_stdout_and_finish(mut self) -> Ran {
        self.stdout = None;
        self.end()
    }

    fn end(mut self) -> Ran {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        Ran { status: self.child.wait().unwrap().code(), stdout: self.seen, stderr }
    }
}

//! The command line: reads the arguments and hands over.

use std::process::ExitCode;

use clap::Parser;
use raddle::lecture::args::{Cli, Command};
use raddle::lecture::{Status, demo, hunt};
use raddle::sync::{BACKEND, Backend};

fn main() -> ExitCode {
    let Cli { command, color } = Cli::parse();
    if BACKEND == Backend::Loom {
        // Its threads live only inside a model, and no time passes there.
        eprintln!(
            "raddle: this build has the loom backend, which runs models and no programs; build without --cfg loom"
        );
        return Status::BadArguments.into();
    }
    match command {
        Command::Demo(args) => demo::run(&args, color),
        Command::Hunt(args) => hunt::run(&args, color),
    }
    .into()
}

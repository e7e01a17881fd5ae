//! The command line: reads the arguments and hands over.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
#[cfg(all(feature = "check", feature = "catalogue"))]
use raddle::hunt::{self, args::HuntArgs};
use raddle::lecture::args::{Color, DemoArgs, EXIT_STATUS};
use raddle::lecture::{Status, demo};
use raddle::sync::{BACKEND, Backend};

/// A comb for the threads of a program: the lecture's demo, and the bugs of a catalogue.
#[derive(Debug, Parser)]
#[command(name = "raddle", version)]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Play the lecture's program: producers generate squares, consumers process them
    #[command(after_help = EXIT_STATUS)]
    Demo(DemoArgs),
    /// Hunt a known bug: show its code, find it, draw it, and cover its fix; without a name, list what there is
    #[cfg(all(feature = "check", feature = "catalogue"))]
    #[command(after_help = hunt::args::AFTER_HELP)]
    Hunt(HuntArgs),
}

fn main() -> ExitCode {
    let Cli { command, color } = Cli::parse();
    if BACKEND == Backend::Loom {
        // Its threads live only inside a model, and no time passes there.
        eprintln!(
            "raddle: this build has the loom backend, which runs models and no programs, and no engine of raddle's own; \
             build without --cfg loom"
        );
        return Status::BadArguments.into();
    }
    match command {
        Command::Demo(args) => demo::run(&args, color),
        #[cfg(all(feature = "check", feature = "catalogue"))]
        Command::Hunt(args) => hunt::run(&args, color),
    }
    .into()
}

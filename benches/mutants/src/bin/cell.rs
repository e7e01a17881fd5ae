//! Does one job, and writes what came of it: the process that a benchmark starts for each.

use std::process::ExitCode;

use raddle_mutants_benches::child::Job;
use raddle_mutants_benches::search::do_job;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((job, seed)) = Job::of_arguments(&arguments) else {
        eprintln!("not a job: {}", arguments.join(" "));
        return ExitCode::from(2);
    };
    do_job(&job, seed);
    ExitCode::SUCCESS
}

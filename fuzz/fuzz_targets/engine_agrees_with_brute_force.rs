//! Does the engine visit exactly the graphs that a blind search finds, whatever the program and however it is set up?

#![no_main]

#[path = "../../tests/agreement/mod.rs"]
mod agreement;
#[path = "../../tests/interpreter/mod.rs"]
mod interpreter;
#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use agreement::assert_agreement;
use arbitrary::Arbitrary;
use libfuzzer_sys::{Corpus, fuzz_target};
use oracle::shifted_program;
use raddle::model::{Checker, Memory};

/// Read by the address sanitizer. Coroutines do not give back the stacks that it keeps for those who use a variable after
/// its function has returned, and libFuzzer would end at its limit of memory.
#[unsafe(no_mangle)]
extern "C" fn __asan_default_options() -> *const std::ffi::c_char {
    c"detect_stack_use_after_return=0".as_ptr()
}

/// Programs with more partial graphs than this are left out: the time is better spent on others.
const GRAPHS_MAX: usize = 1_000;

#[derive(Arbitrary, Debug)]
struct Scenario<'a> {
    is_seq_cst: bool,
    has_two_workers: bool,
    shuffle: Option<u8>,
    /// A program, and how the one that is run differs from it: whatever the bytes, all kinds of programs are likely, and a
    /// small change can be one of a single operation.
    seed: u64,
    shifts: &'a [u8],
}

fuzz_target!(|scenario: Scenario| -> Corpus {
    let memory = if scenario.is_seq_cst { Memory::SeqCst } else { Memory::Rc11 };
    let mut checker = Checker::new().workers(if scenario.has_two_workers { 2 } else { 1 });
    if let Some(seed) = scenario.shuffle {
        checker = checker.shuffle(seed.into());
    }
    let program = shifted_program(scenario.seed, scenario.shifts.to_vec());
    match assert_agreement(&program, memory, GRAPHS_MAX, [(format!("{scenario:?}"), checker)]) {
        Some(_) => Corpus::Keep,
        None => Corpus::Reject,
    }
});

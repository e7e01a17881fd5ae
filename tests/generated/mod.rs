//! From which seed are random tests generated, and where do their failures persist?

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

/// A gate must give the same answer each time, so the seed is fixed unless the environment has one.
const SEED: u64 = 1983;

/// A case that hangs takes its whole patience each time, so shrinking must not go on for as long as there are cases.
const SHRINK_MS: u32 = 30_000;

/// proptest's own settings from the environment (`PROPTEST_CASES`, `PROPTEST_RNG_SEED`, ...), and where that is
/// silent, the same cases in every run. Failures go beside the test's source, to be committed: `<test>.regressions`.
pub fn config() -> Config {
    let asked = Config::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(SEED),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    let max_shrink_time = if asked.max_shrink_time == 0 { SHRINK_MS } else { asked.max_shrink_time };
    let beside_the_test = || Box::new(FileFailurePersistence::WithSource("regressions")) as _;
    let failure_persistence = asked.failure_persistence.as_ref().map(|_| beside_the_test());
    Config { rng_seed, max_shrink_time, failure_persistence, ..asked }
}

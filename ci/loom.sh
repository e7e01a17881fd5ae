#!/usr/bin/env bash
# The same tests with the facade on loom, where each model runs in every interleaving.
set -euo pipefail
cd "$(dirname "$0")/.."

# Without the cfg the models would pass on real threads; this makes them fail then.
export RADDLE_BACKEND=loom
# Without the engine there is nothing that optimising the package would speed up.
unoptimised=(--config 'profile.dev.package.raddle.opt-level=0')
# shellcheck disable=SC2046
RUSTFLAGS="--cfg loom" cargo test --locked "${unoptimised[@]}" --target-dir target/loom $(bash ci/suites.sh loom)
RUSTFLAGS="--cfg loom" cargo test --locked "${unoptimised[@]}" --target-dir target/loom --doc

# The alias, which must mean the same: one small suite, to see that it does. It takes another build of everything.
[ -z "${RADDLE_NIGHTLY:-}" ] || cargo loom --locked --test lecture_bug_is_found

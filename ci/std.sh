#!/usr/bin/env bash
# The same tests with the facade on std, where each model runs on real threads.
set -euo pipefail
cd "$(dirname "$0")/.."

# Without the cfg the models would run on the engine; this makes them fail then.
export RADDLE_BACKEND=std
# Without the engine there is nothing that optimising the package would speed up.
unoptimised=(--config 'profile.dev.package.raddle.opt-level=0')
export RUSTFLAGS="--cfg raddle_std"
# shellcheck disable=SC2046
cargo test --locked "${unoptimised[@]}" --target-dir target/std $(bash ci/suites.sh std)
cargo test --locked "${unoptimised[@]}" --target-dir target/std --doc

#!/usr/bin/env bash
# Lints, tests and documentation with no feature, with each, and with all.
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTDOCFLAGS="-D warnings"
for features in --no-default-features "--no-default-features --features cli" "--no-default-features --features model" --all-features; do
    echo "--- $features"
    # The library alone: the package's tests switch features of their own on.
    # shellcheck disable=SC2086
    cargo clippy --locked --lib --bins $features -- -D warnings
    # The other tests switch features of their own on, so they are the same with any.
    # shellcheck disable=SC2086
    cargo test --locked --config 'profile.dev.package.raddle.opt-level=0' --lib $features
    # shellcheck disable=SC2086
    cargo doc --locked --no-deps $features
done
RUSTFLAGS="--cfg loom" cargo clippy --locked --lib --no-default-features --target-dir target/lint-loom -- -D warnings

# Without features there is one dependency.
dependencies=$(cargo tree --locked --edges normal --prefix none --no-default-features | tail -n +2)
echo "dependencies without features: $dependencies"
[ "$(wc -l <<<"$dependencies")" -eq 1 ]

#!/usr/bin/env bash
# Lints, tests and documentation with no feature, with each, and with all.
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTDOCFLAGS="-D warnings"
for features in --no-default-features "--no-default-features --features cli" --all-features; do
    echo "--- $features"
    # The library alone: the package's tests switch features of their own on.
    # shellcheck disable=SC2086
    cargo clippy --locked --lib --bins $features -- -D warnings
    # shellcheck disable=SC2086
    cargo test --locked $features
    # shellcheck disable=SC2086
    cargo doc --locked --no-deps $features
done
RUSTFLAGS="--cfg loom" cargo clippy --locked --lib --no-default-features --target-dir target/lint-loom -- -D warnings

# Without features there is one dependency.
dependencies=$(cargo tree --locked --edges normal --prefix none --no-default-features | tail -n +2)
echo "dependencies without features: $dependencies"
[ "$(wc -l <<<"$dependencies")" -eq 1 ]

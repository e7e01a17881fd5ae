#!/usr/bin/env bash
# Format and lints of every package; warnings are errors.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --all --check
cargo fmt --check --manifest-path fuzz/Cargo.toml
cargo clippy --locked --workspace --all-targets -- -D warnings
RUSTFLAGS="--cfg loom" cargo clippy --locked --all-targets --target-dir target/lint-loom -- -D warnings
# No dependency knows this one.
cargo clippy --locked --all-targets -- -D warnings --cfg raddle_std
cargo clippy --locked --manifest-path fuzz/Cargo.toml --all-features -- -D warnings

#!/usr/bin/env bash
# The README's three commands: the tests, with every model on the engine, the demo, and the hunt.
set -euo pipefail
cd "$(dirname "$0")/.."

RADDLE_BACKEND=model cargo test --locked
cargo demo --quiet </dev/null
cargo hunt --all </dev/null

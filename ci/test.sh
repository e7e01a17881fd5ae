#!/usr/bin/env bash
# The README's two commands: the tests, with every model on the engine, and the demo.
set -euo pipefail
cd "$(dirname "$0")/.."

RADDLE_BACKEND=model cargo test --locked
cargo demo --quiet </dev/null

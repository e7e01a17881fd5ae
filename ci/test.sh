#!/usr/bin/env bash
# The README's two commands: the tests, and the demo.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo test --locked
cargo demo --quiet </dev/null

#!/usr/bin/env bash
# Installs what the gates need and a fresh machine lacks: cargo-fuzz, and a linker for its C++ runtime.
set -euo pipefail

if ! rustc +nightly --version >/dev/null 2>&1; then
    rustup toolchain install nightly --profile minimal
fi
if ! command -v c++ >/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends g++
fi
if ! command -v cargo-fuzz >/dev/null; then
    cargo install cargo-fuzz --locked
fi

#!/usr/bin/env bash
# Real threads under sanitizers. The toolchain has no source of std to instrument, hence the second flag.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(rustc -vV | sed -n 's/^host: //p')
export RADDLE_BACKEND=std

sanitized_test() {
    local sanitizer=$1
    shift
    RUSTFLAGS="--cfg raddle_std -Zsanitizer=$sanitizer -Cunsafe-allow-abi-mismatch=sanitizer" \
        cargo +nightly test --locked --config "profile.dev.package.raddle.opt-level=0" --target "$target" --target-dir "target/$sanitizer" "$@"
}

# ThreadSanitizer on all that has unsafe code: the two rings and the list. The rest is safe code on std's mutex, whose slow path
# is in the uninstrumented std, so that ThreadSanitizer misses what it orders and reports what is no race.
export TSAN_OPTIONS="suppressions=$PWD/ci/tsan.supp halt_on_error=1"
export RADDLE_STRESS=${RADDLE_STRESS:-5000}
sanitized_test thread --test queues_lose_nothing -- ring_queue
sanitized_test thread --test spsc_ring_hands_over
sanitized_test thread --test stress_against_crossbeam -- ring list

# AddressSanitizer, with its leak check, on everything that runs on real threads.
unset TSAN_OPTIONS
# A thread takes several times as long to start here.
export RADDLE_ITERATIONS=$((${RADDLE_ITERATIONS:-1000} / 4))
# shellcheck disable=SC2046
sanitized_test address $(bash ci/suites.sh std)

#!/usr/bin/env bash
# Each fuzz target for a fixed number of runs from a fixed seed; RADDLE_FUZZ_SECONDS makes it a time for each instead.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

targets=$(cargo +nightly fuzz list)
[ -n "$targets" ]
for target in $targets; do
    case $target in
        concurrent_*) runs=2000 ;; # each starts threads, many times
        *) runs=20000 ;;
    esac
    limit="-runs=$runs -seed=1"
    [ -z "${RADDLE_FUZZ_SECONDS:-}" ] || limit="-max_total_time=$RADDLE_FUZZ_SECONDS"
    echo "--- $target"
    # Unoptimised: between the steps of an operation there is more time for another thread.
    # shellcheck disable=SC2086
    cargo +nightly fuzz run --dev "$target" -- $limit -timeout=30
done

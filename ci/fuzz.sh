#!/usr/bin/env bash
# Each fuzz target for a fixed number of runs from a fixed seed; RADDLE_FUZZ_SECONDS makes it a time for each instead.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

targets=$(cargo +nightly fuzz list)
[ -n "$targets" ]
for target in $targets; do
    # Unoptimised: between the steps of an operation there is more time for another thread.
    build=(--dev)
    options=()
    case $target in
        engine_*)
            # On the engine, which leaves nothing to chance. Comparisons of numbers say nothing of a program.
            build=(--features engine --no-trace-compares)
            # Longer than a seed from the start.
            options=(-len_control=0 -max_len=64)
            runs=4000
            ;;
        texts_*)
            # The same build as for the engine; what comparisons would tell is in a dictionary.
            build=(--features engine --no-trace-compares)
            options=(-dict=texts.dict)
            runs=200000
            ;;
        concurrent_*) runs=2000 ;; # each starts threads, many times
        *) runs=20000 ;;
    esac
    limit=(-runs=$runs -seed=1)
    [ -z "${RADDLE_FUZZ_SECONDS:-}" ] || limit=("-max_total_time=$RADDLE_FUZZ_SECONDS")
    echo "--- $target"
    cargo +nightly fuzz run "${build[@]}" "$target" -- "${limit[@]}" "${options[@]}" -timeout=30
done

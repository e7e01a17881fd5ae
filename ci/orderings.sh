#!/usr/bin/env bash
# Is every memory ordering of the queues and the channel needed? Each is weakened and all programs are explored again; the tables
# say what each is for. RADDLE_AUDIT=1 has larger programs, which take minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo test --locked --test orderings_of_the_queues_are_needed -- --nocapture --test-threads 1

#!/usr/bin/env bash
# Would the tests notice if any line of the queues and the channel were another? cargo-mutants changes one after the other; those
# that no test notices are listed in ci/mutants.txt, each with the reason. Takes hours, so it is no gate.
#
#   ci/mutants.sh              all
#   ci/mutants.sh 3/8          the fourth of eight parts
#   ci/mutants.sh REGEX        those whose name, with file and function, is matched
set -euo pipefail
cd "$(dirname "$0")/.."

command -v cargo-mutants >/dev/null || cargo install --locked cargo-mutants
case ${1:-} in
    */[0-9]*) part=(--shard "$1") ;;
    "") part=() ;;
    *) part=(--re "$1") ;;
esac
out=$PWD/target/mutants
results=$out/mutants.out
rm -rf "$out"
mkdir -p "$results"
export CARGO_PROFILE_DEV_DEBUG=0
# So that programs that fail with one mutant are not kept and run with the next.
export CI=true

# Without the command line and the catalogue, which these tests do not need: the package is built for each mutant.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
tar cf - .cargo Cargo.toml Cargo.lock README.md benches src tests | tar xf - -C "$tree"
perl -pi -e 's/^(raddle = .*features = ).*/$1\["check", "futures"\] }/' "$tree/Cargo.toml"

on_real_threads=(queues_match_vecdeque channel_matches_vecdeque batches_lose_nothing queues_lose_nothing spsc_ring_hands_over
    values_are_dropped_once timeouts_lose_nothing channel_is_a_change_of_use channel_keeps_its_contract
    mutex_queue_wakes_everyone)
on_the_engine=("${on_real_threads[@]}" queues_drop_what_they_hold channel_has_streams_and_sinks queues_behave_as_their_specs
    channel_serves_tasks channel_behaves_as_its_spec)

# Leaves out those that an earlier pass has caught.
# 2: mutants were missed; 3: tests took too long, as where a mutant spins.
mutate() {
    cargo mutants --dir "$tree" --no-shuffle --colors never --output "$out" --iterate "$@" || [ $? -le 3 ]
    [ -s "$results/outcomes.json" ]
}
list() { cargo mutants --dir "$tree" --list --colors never "$@"; }

# Parts of all, not of what the first pass leaves: the rest is as good as caught.
list | grep -vxFf <(list "${part[@]}") >"$results/previously_caught.txt" || true

# Most are noticed on real threads at once, in code that is built in no time; the models have what is left.
RUSTFLAGS="--cfg raddle_std" RADDLE_ITERATIONS=50 RADDLE_STRESS=500 PROPTEST_CASES=64 RADDLE_HANG_SECONDS=3 \
    mutate --timeout 30 --jobs "$(nproc)" --cargo-arg=--config=profile.dev.package.raddle.opt-level=0 "${on_real_threads[@]/#/--cargo-arg=--test=}"
# What never ends is caught.
cat "$results/timeout.txt" >>"$results/caught.txt"
caught=$(wc -l <"$results/caught.txt")
mutate --timeout 240 "${on_the_engine[@]/#/--cargo-arg=--test=}"
caught=$((caught + $(cat "$results"/{caught,timeout}.txt | wc -l)))

# Lines move; what was changed, and in which function, tells a mutant well enough, and how many there are with one name.
missed() { sed -E 's/:[0-9]+:[0-9]+:/:/' "$results/missed.txt" | sort; }
unknown=$(comm -23 <(missed) <(grep '^src/' ci/mutants.txt | sort))
if [ -n "$unknown" ]; then
    printf 'not noticed by any test, and not in ci/mutants.txt:\n%s\n' "$unknown"
    exit 1
fi
[ "$caught" -gt 0 ]
# In the words of a test's summary, for whoever counts.
echo "test result: ok. $caught passed; 0 failed"

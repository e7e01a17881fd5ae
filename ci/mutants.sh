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
    */*) part=(--shard "$1") ;;
    "") part=() ;;
    *) part=(--re "$1") ;;
esac
out=target/mutants
rm -rf "$out"
mkdir -p "$out"
# 2: mutants were missed; 3: tests took too long, as where a mutant spins.
cargo mutants --no-shuffle --colors never --output "$out" "${part[@]}" || [ $? -le 3 ]
[ -s "$out/mutants.out/outcomes.json" ]

# Lines move; what was changed, and in which function, tells a mutant well enough.
without_lines() { sed -E 's/:[0-9]+:[0-9]+:/:/' "$1"; }
unknown=$(without_lines "$out/mutants.out/missed.txt" | grep -vxFf <(grep '^src/' ci/mutants.txt) || true)
caught=$(wc -l <"$out/mutants.out/caught.txt")
if [ -n "$unknown" ]; then
    printf 'not noticed by any test, and not in ci/mutants.txt:\n%s\n' "$unknown"
    exit 1
fi
[ "$caught" -gt 0 ]
# In the words of a test's summary, for whoever counts.
echo "test result: ok. $caught passed; 0 failed"

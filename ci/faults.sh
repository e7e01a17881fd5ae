#!/usr/bin/env bash
# Would the tests notice if the engine, the harness or a queue were wrong? Each deliberate fault below is put into a copy of the sources, and the
# test beside it must fail there.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$PWD/target/faults
mkdir -p "$copy"
# One line is another each time; what does not change is as the tests have it.
export CARGO_TARGET_DIR=$PWD/target
export CARGO_INCREMENTAL=1

# name @ file @ perl expression that makes the fault @ test that must fail
faults=(
    'every deleted part counts as maximal@src/model/explore.rs@s/    !is_hidden && !was_revisited/    true/@engine_agrees_with_brute_force'
    'reads that were revisited may be deleted@src/model/explore.rs@s/    !is_hidden && !was_revisited/    !is_hidden/@engine_agrees_with_brute_force'
    'updates do not pass on what they were told@src/model/graph.rs@s/if kind == Kind::Read && reads_from != INITIAL/if false \&\& kind == Kind::Read \&\& reads_from != INITIAL/@engine_agrees_with_brute_force'
    'SeqCst events need no order@src/model/consistency.rs@s/graph.seq_cst_events < 2 \|\| /true || /@counts_litmus'
    'any order will do for sequential consistency@src/model/consistency.rs@s/    ordered == graph.events.len\(\)/    ordered <= graph.events.len()/@counts_litmus'
    'no backward revisits@src/model/explore.rs@s/    fn revisit\(&mut self, graph: &Graph, write: Number\) \{/$&\n        if true { return; }/@counts_litmus'
    'acquire fences do nothing@src/model/graph.rs@s/Kind::Fence if order.acquires\(\) => self.learn_all_messages\(number\),//@engine_agrees_with_brute_force'
    'locks that wait are forgotten at the end@src/model/execute.rs@s/self.search.find_other_ways\(&mut self.graph, number\);//@counts_blocking'
    'calls that wait for ever are always right@src/check/search.rs@s/Some\(false\) => \{\}\n/Some(false) => return Found::Explanation(self.named(&path)),\n/@check_finds_wrong_structures'
    'what is left at the end is not looked at@src/model/leak.rs@s/self\.ledger\.is_open\(\) && /false \&\& /@leaks_are_found'
    'a value may be dropped twice@src/model/ledger.rs@s/if entry\.gone\.is_none\(\) \{/if true {/@leaks_are_found'
    'the ring forgets what is left in it@src/queue/ring.rs@s/(impl<T> Drop for RingQueue<T> \{\n    fn drop\(&mut self\) \{\n)/$1        if true { return; }\n/@queues_drop_what_they_hold'
    'who waits to push is not told of the end@src/channel/buffered.rs@s/self\.pushes\.tell_all\(self\.queue\.head\(\)\);//@channel_behaves_as_its_spec'
    'who falls asleep does not look again@src/channel/waiters.rs@s/if !must_wait\(end\.set\(AWAITED\)\)/end.set(AWAITED);\n        if false/@channel_behaves_as_its_spec'
    'a dropped receive keeps what it was told@src/channel/waiters.rs@s/if !self\.leave\(end, ticket\)/if self.leave(end, ticket)/@channel_serves_tasks'
    'a batch tells one alone@src/queue/position.rs@s/\{ self\.count \} else/{ 1 } else/@channel_keeps_its_contract'
    'the list does not wait for a push that has begun@src/queue/list.rs@s/(fn settled.*?\n.*\n.*)filter\(\|&word\| word & LOCKED == 0\)/$1map(|word| word & !LOCKED)/@queues_lose_nothing'
)

# Every second one gates a merge; RADDLE_NIGHTLY=1 has them all.
if [ -z "${RADDLE_NIGHTLY:-}" ]; then
    for number in "${!faults[@]}"; do
        [ $((number % 2)) -eq 0 ] || unset "faults[$number]"
    done
fi

caught=0
for fault in "${faults[@]}"; do
    IFS=@ read -r name file expression test <<<"$fault"
    tar cf - Cargo.toml Cargo.lock README.md benches src tests | tar xf - -C "$copy" --touch
    perl -0pi -e "$expression" "$copy/$file"
    if cmp -s "$file" "$copy/$file"; then
        echo "the fault does not apply any more: $name"
        exit 1
    fi
    if (cd "$copy" && timeout 300 cargo test --locked --test "$test") >"$copy/log" 2>&1; then
        echo "NOT CAUGHT by $test: $name"
        exit 1
    fi
    if ! grep -q '^test result: FAILED' "$copy/log"; then
        tail -n 30 "$copy/log"
        echo "did not get as far as the test $test: $name"
        exit 1
    fi
    caught=$((caught + 1))
    echo "caught by $test: $name"
done
# In the words of a test's summary, for whoever counts.
echo "test result: ok. $caught passed; 0 failed"

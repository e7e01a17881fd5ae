#!/usr/bin/env bash
# The tests that there are on a backend, as arguments of `cargo test`: the other files are empty there, and take a while to link.
#
#   ci/suites.sh loom|std
set -euo pipefail
cd "$(dirname "$0")/.."

case $1 in
    loom) others='^#!\[cfg\((all\(raddle_std, )?not\((any\()?loom' ;;
    std) others='^#!\[cfg\(not\(any\(loom, raddle_std' ;;
esac
printf -- '--lib'
for file in $(grep -LE "$others" tests/*.rs); do
    printf -- ' --test %s' "$(basename "$file" .rs)"
done

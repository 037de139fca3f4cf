#!/bin/bash
# The long runs: fuzzing, then random faults under random queries, then
# generated queries with pushdown on and off, then token refreshes stopped at
# random moments, then ANALYZE of many uneven lists.
#
#   tools/dev/soak.sh [SECONDS]    default 60; half of it for each of the first
#                                two; the others as long as they take
. "$(dirname "$0")/lib.sh"

duration=${1:-60}
case $duration in
  '' | *[!0-9]*) die "not a number of seconds: $duration" ;;
esac
half=$(((duration + 1) / 2))
targets=("$project"/test/fuzz/fuzz_*.c)
each=$(((half + ${#targets[@]} - 1) / ${#targets[@]}))

"$project/tools/dev/setup.sh" soak
find_postgres
step 'building and installing'
"$project/tools/dev/build.sh" gcc install >/dev/null
"$project/tools/dev/npm-ci.sh" test/integration >/dev/null

step "fuzzing: ${#targets[@]} targets, $each s each"
make -C "$project/test/fuzz" -s run SECONDS=$each PG_CONFIG="$PG_CONFIG"

step "random faults for $half s, and 500 schedules at least"
node "$project/test/integration/soak/faults.js" --seconds $half

step 'generated queries, with pushdown on and off'
node "$project/test/integration/soak/equivalence.js" --queries 3000

step 'token refreshes, stopped at random moments'
node "$project/test/integration/soak/refresh.js" --rounds 200

step 'ANALYZE of uneven lists'
node "$project/test/integration/soak/analyze.js" --lists 20

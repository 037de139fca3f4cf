#!/bin/bash
# The benchmark, with what is in the source tree; arguments go to test/bench/run.js.
. "$(dirname "$0")/lib.sh"

"$project/tools/dev/setup.sh" bench
find_postgres
step 'building and installing'
"$project/tools/dev/build.sh" gcc install >/dev/null
"$project/tools/dev/npm-ci.sh" test/integration >/dev/null
node "$project/test/bench/run.js" "$@"
node "$project/test/bench/limits.js"

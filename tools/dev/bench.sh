#!/bin/bash
# The benchmarks, with what is in the source tree.
#
#   tools/dev/bench.sh [run|network|limits [ARGUMENT…]]    default: all of them
. "$(dirname "$0")/lib.sh"

"$project/tools/dev/setup.sh" bench
find_postgres
step 'building and installing'
"$project/tools/dev/build.sh" gcc install >/dev/null
"$project/tools/dev/npm-ci.sh" test/integration >/dev/null
if [ $# -gt 0 ]; then
  name=$1
  shift
  exec node "$project/test/bench/$name.js" "$@"
fi
for name in run network limits; do
  step "$name"
  node "$project/test/bench/$name.js"
done

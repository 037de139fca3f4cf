#!/bin/bash
# pg_regress: what a user sees in psql, against a throwaway server and the
# simulator.  The .sql files find the simulator's address in the environment:
#   \getenv api_base STRIPE_API_BASE
. "$(dirname "$0")/../lib.sh"

"$project/tools/dev/build.sh" gcc install
find_postgres
cd "$project/build/gcc"
rm -f regression.diffs

# PostgreSQL 15's pg_regress does not print TAP yet.
as_tap() {
  sed -uE 's/^(test)? +([^ ]+) +\.\.\. ok.*/ok - \2/; s/^(test)? +([^ ]+) +\.\.\. FAILED.*/not ok - \2/'
}

status=0
node "$project/tools/dev/with-server.js" \
  make -f "$project/Makefile" -s installcheck PG_CONFIG="$PG_CONFIG" | as_tap || status=$?
[ ! -f regression.diffs ] || sed 's/^/# /' regression.diffs
exit $status

#!/bin/bash
# Whole-system tests: server, extension and simulator, and Stripe's own client.
. "$(dirname "$0")/../lib.sh"

"$project/tools/dev/build.sh" gcc install
"$project/tools/dev/npm-ci.sh" test/integration
find_postgres
cd "$project"
exec node --test --test-reporter=tap test/integration/*.test.js

#!/bin/bash
# The simulator's own tests.
. "$(dirname "$0")/../lib.sh"

cd "$project"
exec node --test --test-reporter=tap test/sim/test/*.test.js

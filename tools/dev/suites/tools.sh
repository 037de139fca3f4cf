#!/bin/bash
# The development tools' own tests.
. "$(dirname "$0")/../lib.sh"

cd "$project"
exec node --test --test-reporter=tap tools/dev/test/*.test.js

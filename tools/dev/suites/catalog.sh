#!/bin/bash
# The catalogue generator's tests, and that what is committed is what it generates.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../tap.sh"

check 'npm packages' "$project/tools/dev/npm-ci.sh" tools/catalog
cd "$project/tools/catalog"
check 'the committed catalogue is what the generator makes' node generate.js --check
tap_end
exec node --test --test-reporter=tap test/*.test.js

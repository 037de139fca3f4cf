#!/bin/bash
# The form of the sources.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../tap.sh"

cd "$project"
node tools/dev/lint.js
check 'C is formatted (make format)' tools/dev/format.sh --check
if have shellcheck; then
  check 'shellcheck' shellcheck tools/dev/*.sh tools/dev/suites/*.sh .ci/run
else
  skip 'shellcheck' 'it is not there'
fi
tap_end

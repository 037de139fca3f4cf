#!/bin/bash
# The form of the sources.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../tap.sh"

cd "$project"
node tools/dev/lint.js
if [ -n "$(clang_format)" ]; then
  check 'C is formatted (make format)' tools/dev/format.sh --check
else
  skip 'C is formatted (make format)' "clang-format $clang_format_version is not there"
fi
if have shellcheck; then
  check 'shellcheck' shellcheck tools/dev/*.sh tools/dev/suites/*.sh .ci/run
else
  skip 'shellcheck' 'it is not there'
fi
tap_end

#!/bin/bash
# Runs the test suites, one after another, and ends with "N passed, N failed".
#
#   tools/dev/test.sh [SUITE…]
#
# A suite is a script in suites/ that prints TAP.  One that exits with an
# error, dies, prints fewer results than it planned, or none, has failed,
# whatever it printed.  Complete output: build/test/SUITE.log.
. "$(dirname "$0")/lib.sh"

all_suites=(build lint tools unit catalog sim regress integration)
suite_limit=1800 # seconds; a suite that takes longer hangs

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=("${all_suites[@]}")
for suite in "${suites[@]}"; do
  [ -x "$project/tools/dev/suites/$suite.sh" ] || die "no such suite: $suite" "There are: ${all_suites[*]}"
done

if [ "${suites[*]}" = lint ]; then
  "$project/tools/dev/setup.sh" lint
else
  "$project/tools/dev/setup.sh" test
  find_postgres
fi

# What these hold would change what the tests see.
unset STRIPE_API_KEY PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSWORD \
  http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY

logs=$project/build/test
mkdir -p "$logs"
total_passed=0 total_failed=0 total_skipped=0

for suite in "${suites[@]}"; do
  step "$suite"
  began=$SECONDS
  rm -f "$logs/$suite.counts"
  set +e
  timeout --kill-after=10 $suite_limit "$project/tools/dev/suites/$suite.sh" 2>&1 </dev/null |
    node "$project/tools/dev/tap.js" "$suite" "$logs/$suite.log" "$logs/$suite.counts"
  status=${PIPESTATUS[0]}
  set -e
  passed=0 failed=1 skipped=0
  [ ! -f "$logs/$suite.counts" ] || read -r passed failed skipped <"$logs/$suite.counts"
  if [ "$status" -ne 0 ]; then
    [ "$failed" -gt 0 ] || failed=1
    # Without a failed test, the reason is among the last lines.
    if ! grep -q '^ *not ok' "$logs/$suite.log"; then
      printf '    not ok - the suite ended with status %s:\n' "$status"
      tail -n 40 "$logs/$suite.log" | sed 's/^/    /'
    fi
  fi
  printf '    %s: %s passed, %s failed%s (%s s)\n' "$suite" "$passed" "$failed" \
    "$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")" $((SECONDS - began))
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
done

[ $total_failed -eq 0 ] || step "complete output: $logs/"
[ $total_skipped -eq 0 ] || step "$total_skipped skipped"
echo "$total_passed passed, $total_failed failed"
[ $total_failed -eq 0 ]

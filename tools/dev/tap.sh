# TAP for suites that are shell scripts; source it after lib.sh.
# shellcheck shell=bash

tap_count=0

# check DESCRIPTION COMMAND…: one test, which passes if the command succeeds;
# what it printed is shown if it fails.
check() {
  local description=$1 output
  shift
  tap_count=$((tap_count + 1))
  if output=$("$@" 2>&1); then
    echo "ok $tap_count - $description"
  else
    echo "not ok $tap_count - $description"
    printf '%s\n' "$output" | sed 's/^/# /'
  fi
}

skip() {
  tap_count=$((tap_count + 1))
  echo "ok $tap_count - $1 # SKIP $2"
}

tap_end() { echo "1..$tap_count"; }

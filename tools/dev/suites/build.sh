#!/bin/bash
# Both compilers, no warning; leaves gcc's build installed.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../tap.sh"

check 'builds with gcc -Wall -Wextra -Werror, and installs' "$project/tools/dev/build.sh" gcc install
check 'builds with clang -Wall -Wextra -Werror' "$project/tools/dev/build.sh" clang
tap_end

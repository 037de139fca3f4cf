#!/bin/bash
# The pure C modules, plainly and with the address and undefined-behaviour sanitizers.
. "$(dirname "$0")/../lib.sh"

find_postgres
make -C "$project/test/unit" -s check PG_CONFIG="$PG_CONFIG"
make -C "$project/test/unit" -s check PG_CONFIG="$PG_CONFIG" SANITIZE=1

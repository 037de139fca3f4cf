#!/bin/bash
# Builds with one compiler, warnings being errors, in build/COMPILER.
#
#   tools/dev/build.sh gcc|clang [install]
. "$(dirname "$0")/lib.sh"

compiler=${1:?gcc or clang}
find_postgres || die 'PostgreSQL was not found'
mkdir -p "$project/build/$compiler"
build=(make -f "$project/Makefile" -C "$project/build/$compiler" -s PG_CONFIG="$PG_CONFIG"
  CC="$compiler" WERROR=1)
"${build[@]}" -j "$(jobs_at_once)" all
if [ "${2:-}" = install ]; then
  as_root "${build[@]}" install
fi

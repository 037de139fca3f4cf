#!/bin/bash
# Formats the C sources; with --check, only says what differs.  Generated
# sources are left out.
. "$(dirname "$0")/lib.sh"

cd "$project"
shopt -s nullglob globstar
sources=()
for source in *.c src/**/*.[ch] login/*.[ch] test/unit/*.[ch] test/fuzz/*.[ch]; do
  [ "$source" = src/stripe/catalog_data.c ] || sources+=("$source")
done
node tools/dev/format.js "$@" "${sources[@]}"

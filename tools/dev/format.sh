#!/bin/bash
# Formats the C sources by .clang-format; with --check, only says what differs.
# Generated sources are left out.
. "$(dirname "$0")/lib.sh"

cd "$project"
formatter=$(clang_format)
[ -n "$formatter" ] || die "clang-format $clang_format_version is needed: each version formats a little differently" \
  "On Debian and Ubuntu: apt-get install clang-format-$clang_format_version"
shopt -s nullglob globstar
sources=(*.c src/**/*.[ch] test/unit/*.[ch] test/fuzz/*.[ch])
for index in "${!sources[@]}"; do
  case ${sources[index]} in
    src/stripe/catalog_data.c) unset "sources[index]" ;;
  esac
done
[ ${#sources[@]} -gt 0 ] || exit 0

formatted() { "$formatter" <"$1" --assume-filename="$1" | node tools/dev/align.js; }

status=0
for source in "${sources[@]}"; do
  if [ "${1:-}" = --check ]; then
    formatted "$source" | diff -u --label "$source" --label "$source (formatted)" "$source" - || status=1
  else
    result=$(formatted "$source" && echo .)
    result=${result%.}
    [ "$result" = "$(cat "$source" && echo)" ] || printf '%s' "$result" >"$source"
  fi
done
exit $status

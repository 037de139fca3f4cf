#!/bin/bash
# Formats the C sources by .clang-format; with --check, only says what differs.
# Generated sources are left out.
. "$(dirname "$0")/lib.sh"

cd "$project"
formatter=$(clang_format)
[ -n "$formatter" ] || die "clang-format $clang_format_version is needed: each version formats a little differently" \
  "On Debian and Ubuntu: apt-get install clang-format-$clang_format_version"
shopt -s nullglob globstar
sources=(stripe_fdw.c src/**/*.[ch] test/unit/*.[ch] test/fuzz/*.[ch])
for index in "${!sources[@]}"; do
  case ${sources[index]} in
    src/stripe/catalog_data.c) unset "sources[index]" ;;
  esac
done
[ ${#sources[@]} -gt 0 ] || exit 0

if [ "${1:-}" = --check ]; then
  status=0
  for source in "${sources[@]}"; do
    "$formatter" "$source" | diff -u --label "$source" --label "$source (formatted)" "$source" - || status=1
  done
  exit $status
fi
"$formatter" -i "${sources[@]}"

# Shared by the scripts in this folder, which source it.
# shellcheck shell=bash

set -euo pipefail

# shellcheck disable=SC2034 # for the scripts that source this
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LC_ALL=C.UTF-8

readonly minimum_postgres=15
readonly minimum_node=18

step() { printf '==> %s\n' "$*"; }

die() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root, by sudo where we aren't.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo -- "$@"
  else
    die "this needs root: $*" 'Run it as root, or install sudo.'
  fi
}

# The user that runs servers: PostgreSQL refuses to run as root.
server_user() {
  if [ "$(id -u)" -ne 0 ]; then
    id -un
  elif id postgres >/dev/null 2>&1; then
    echo postgres
  else
    echo nobody
  fi
}

# Runs a command as server_user, in a directory that it can surely enter.
as_server_user() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && runuser -u "$(server_user)" -- "$@")
  else
    (cd / && "$@")
  fi
}

# Can a module be built for, and a server be run from, this pg_config?
usable_pg_config() {
  local pgxs
  pgxs=$("$1" --pgxs 2>/dev/null) && [ -f "$pgxs" ] &&
    [ -d "$("$1" --includedir-server)" ] && [ -x "$("$1" --bindir)/postgres" ]
}

pg_major() { "$1" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/'; }

# Sets and exports PG_CONFIG: the caller's choice, else the first pg_config on
# the PATH that will do, else the newest of the distribution's.  Returns 1 if
# there is none.
find_postgres() {
  local candidate
  if [ -n "${PG_CONFIG:-}" ]; then
    usable_pg_config "$PG_CONFIG" ||
      die "PG_CONFIG=$PG_CONFIG has no server or no server headers beside it"
  else
    while read -r candidate; do
      if [ -n "$candidate" ] && usable_pg_config "$candidate" &&
        [ "$(pg_major "$candidate")" -ge "$minimum_postgres" ]; then
        PG_CONFIG=$candidate
        break
      fi
    done < <(command -v pg_config || true
      printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -Vr)
    [ -n "${PG_CONFIG:-}" ] || return 1
  fi
  export PG_CONFIG
}

# Is there a C header of this name, from whatever package?
have_header() { have gcc && echo "#include <$1>" | gcc -E -x c - >/dev/null 2>&1; }

# Debian's package may be called nodejs, its command is node.
have_node() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge "$minimum_node" ]
}

jobs_at_once() { nproc 2>/dev/null || echo 2; }

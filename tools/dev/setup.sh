#!/bin/bash
# Installs what is missing for a purpose, from the distribution's packages
# (Debian 12 and later, Ubuntu 24.04 and later).
#
#   tools/dev/setup.sh demo|test|lint|catalog|bench|soak
#
# Looks first: where everything is there, nothing is asked and no network is
# needed.  Elsewhere than on a system with apt, it names what is missing.
. "$(dirname "$0")/lib.sh"

purpose=${1:?demo, test, lint, catalog, bench or soak}
setup_log=$(mktemp)
trap 'rm -f "$setup_log"' EXIT
lists_are_fresh=false

# apt LABEL PACKAGES…: installs them, one line of progress; all of apt's output if it fails.
apt() {
  local label=$1 began=$SECONDS
  shift
  have apt-get || die "missing: $label" "On Debian the packages are: $*"
  printf '==> installing %s (%s) … ' "$label" "$*"
  refresh_lists
  apt_get install -y --no-install-recommends "$@"
  printf '%s s\n' $((SECONDS - began))
}

refresh_lists() {
  $lists_are_fresh || apt_get update
  lists_are_fresh=true
}

apt_get() {
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=300 "$@" >"$setup_log" 2>&1 </dev/null; then
    printf 'failed\n'
    cat "$setup_log" >&2
    die "apt-get $1 failed"
  fi
}

# The version that the distribution's package "postgresql" stands for.
distribution_postgres() {
  apt-cache depends postgresql 2>/dev/null | sed -nE 's/^ *Depends: postgresql-([0-9]+)$/\1/p' | head -n 1
}

# The newest server that is installed and new enough, or nothing.
installed_postgres() {
  local server version
  for server in $(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -Vr); do
    version=${server#/usr/lib/postgresql/}
    version=${version%%/*}
    if [ -x "$server" ] && [ "$version" -ge "$minimum_postgres" ]; then
      echo "$version"
      return
    fi
  done
}

setup_postgres() {
  local version quiet_dir=/etc/postgresql-common/createcluster.d
  find_postgres && return
  have apt-get || die "missing: PostgreSQL $minimum_postgres or newer with its server headers" \
    'Install it, or name its pg_config: make PG_CONFIG=/path/to/pg_config …'
  version=$(installed_postgres)
  if [ -n "$version" ]; then
    apt "PostgreSQL $version's server headers" "postgresql-server-dev-$version"
  else
    refresh_lists
    version=$(distribution_postgres)
    [ "${version:-0}" -ge "$minimum_postgres" ] ||
      die "this distribution offers PostgreSQL ${version:-none}, and stripe_fdw needs $minimum_postgres or newer" \
        "PostgreSQL's own packages have it: see https://www.postgresql.org/download/" \
        'Install postgresql-17 and postgresql-server-dev-17 from there, then try again.'
    # The package would start a server of its own on port 5432; nobody asked for that.
    as_root mkdir -p "$quiet_dir"
    echo 'create_main_cluster = false' | as_root tee "$quiet_dir/stripe_fdw.conf" >/dev/null
    trap 'as_root rm -f "$quiet_dir/stripe_fdw.conf"; rm -f "$setup_log"' EXIT
    apt "PostgreSQL $version and its server headers" "postgresql-$version" "postgresql-server-dev-$version"
    as_root rm -f "$quiet_dir/stripe_fdw.conf"
    trap 'rm -f "$setup_log"' EXIT
  fi
  find_postgres || die 'PostgreSQL was installed, but its pg_config was not found'
}

setup_compiler() {
  have_header stdlib.h || apt 'the compiler' gcc libc6-dev
}

setup_libraries() {
  local missing=()
  have_header curl/curl.h || missing+=(libcurl4-openssl-dev)
  have_header json-c/json.h || missing+=(libjson-c-dev)
  have_header zlib.h || missing+=(zlib1g-dev)
  have_header libpq-fe.h || have_header postgresql/libpq-fe.h ||
    [ -e "$("$PG_CONFIG" --includedir)/libpq-fe.h" ] || missing+=(libpq-dev)
  have_header openssl/evp.h || missing+=(libssl-dev)
  [ ${#missing[@]} -eq 0 ] || apt 'libraries' "${missing[@]}"
}

# Certificates, for Stripe itself and for npm.
setup_certificates() {
  [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ] ||
    apt 'certificates' ca-certificates
}

setup_node() {
  have_node && return
  have node || apt 'Node.js' nodejs
  have_node || die "Node.js $(node --version 2>/dev/null) is too old: $minimum_node or newer is needed" \
    'See https://nodejs.org/ for how to install a newer one, then try again.'
}

setup_npm() { have npm || apt 'npm' npm; }

setup_clang() { have clang || apt 'clang' clang; }

# The browser that signs in by itself; without it those tests are skipped.
# Ubuntu offers it as a snap only.
setup_browser() {
  have chromium && return
  if grep -qs '^ID=debian$' /etc/os-release || apt-cache show chromium >/dev/null 2>&1; then
    apt 'a browser for the sign-in tests, about 300 MB' chromium
  fi
}

case $purpose in
  demo) needs='compiler postgres libraries certificates node' ;;
  test) needs='compiler postgres libraries certificates node npm clang browser' ;;
  lint) needs='node' ;;
  bench) needs='compiler postgres libraries certificates node npm' ;;
  catalog) needs='certificates node npm' ;;
  soak) needs='compiler postgres libraries certificates node npm clang' ;;
  *) die "unknown purpose: $purpose" ;;
esac

for need in $needs; do
  "setup_$need"
done

#!/bin/bash
# The demo: a throwaway PostgreSQL server with Stripe's objects as tables.
#
#   tools/dev/demo.sh start    install what is missing, build, start, show a tour
#   tools/dev/demo.sh stop     stop everything and remove it
#
# Stripe is played by the simulator, or, with STRIPE_API_KEY set, is Stripe.
# Everything that runs or is written, but for the installed extension, is
# below one folder, and the server listens on a Unix socket in there alone.
. "$(dirname "$0")/lib.sh"

demo_dir=/tmp/stripe_fdw_demo-$(id -u)
data_dir=$demo_dir/data
socket_dir=$demo_dir/socket
server_log=$demo_dir/server.log
simulator_log=$demo_dir/simulator.log
simulator_pid_file=$demo_dir/simulator.pid
database=demo
port=5432 # names the socket's file; nothing listens on the network

# The key goes to the one psql that stores it, and to no other process.
api_key=${STRIPE_API_KEY:-}
unset STRIPE_API_KEY
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSWORD

demo_psql() {
  "$("$PG_CONFIG" --bindir)/psql" -X -h "$socket_dir" -p "$port" -U demo -d "$database" \
    -v ON_ERROR_STOP=1 -P pager=off "$@"
}

pg_ctl() { as_server_user "$("$PG_CONFIG" --bindir)/pg_ctl" -D "$data_dir" -l "$server_log" -s -w "$@"; }

server_runs() { pg_ctl status >/dev/null 2>&1; }

# The folder has a name that others know: it must be ours before it is used.
claim_demo_dir() {
  if ! mkdir -m 711 "$demo_dir" 2>/dev/null; then
    if [ -L "$demo_dir" ] || [ ! -d "$demo_dir" ] || [ ! -O "$demo_dir" ]; then
      die "$demo_dir belongs to someone else" 'Remove it, then try again.'
    fi
  fi
}

make_owned_by_server_user() {
  mkdir -m 700 "$1"
  [ "$(id -u)" -ne 0 ] || chown "$(server_user)" "$1"
}

stop_simulator() {
  local pid
  [ -f "$simulator_pid_file" ] || return 0
  pid=$(cat "$simulator_pid_file")
  # A number may have passed on to another process.
  if { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -q 'test/sim/main\.js'; then
    kill "$pid" 2>/dev/null || true
  fi
  rm -f "$simulator_pid_file"
}

stop_demo() {
  stop_simulator
  if [ -f "$data_dir/postmaster.pid" ] && server_runs; then
    pg_ctl stop -m immediate
  fi
  rm -rf "$demo_dir"
}

build_and_install() {
  local log=$project/build/demo-build.log
  mkdir -p "$project/build"
  step "building for PostgreSQL $(pg_major "$PG_CONFIG")"
  if ! make -C "$project" -s -j "$(jobs_at_once)" all PG_CONFIG="$PG_CONFIG" >"$log" 2>&1; then
    cat "$log" >&2
    die 'the build failed'
  fi
  step "installing into $("$PG_CONFIG" --pkglibdir)"
  if ! as_root make -C "$project" -s install PG_CONFIG="$PG_CONFIG" >"$log" 2>&1; then
    cat "$log" >&2
    die 'the installation failed'
  fi
}

start_server() {
  step 'starting a throwaway PostgreSQL server'
  make_owned_by_server_user "$data_dir"
  make_owned_by_server_user "$socket_dir"
  touch "$server_log"
  [ "$(id -u)" -ne 0 ] || chown "$(server_user)" "$server_log"
  as_server_user "$("$PG_CONFIG" --bindir)/initdb" -D "$data_dir" -U demo -A trust -E UTF8 \
    --locale=C.UTF-8 --no-sync >"$demo_dir/initdb.log" 2>&1 ||
    die 'initdb failed:' "$(cat "$demo_dir/initdb.log")"
  cat >>"$data_dir/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$socket_dir'
port = $port
max_connections = 20
fsync = off
CONF
  pg_ctl start || die 'the server did not start:' "$(tail -n 20 "$server_log")"
  "$("$PG_CONFIG" --bindir)/createdb" -h "$socket_dir" -p "$port" -U demo "$database"
}

# Sets api_base.  The simulator ends with the server, should it be forgotten.
start_simulator() {
  local server_pid pid
  step 'starting the Stripe simulator'
  server_pid=$(head -n 1 "$data_dir/postmaster.pid")
  setsid node "$project/test/sim/main.js" --port 0 --size medium --parent-pid "$server_pid" \
    >"$simulator_log" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$simulator_pid_file"
  until api_base=$(sed -nE 's/^listening on (http:[^ ]+)$/\1/p' "$simulator_log") && [ -n "$api_base" ]; do
    kill -0 "$pid" 2>/dev/null || die 'the simulator did not start:' "$(cat "$simulator_log")"
    sleep 0.05
  done
}

stop_unless_complete() {
  if [ $? -ne 0 ]; then
    stop_demo
    step 'the demo failed, and is stopped and removed'
  fi
}

start_demo() {
  "$project/tools/dev/setup.sh" demo
  find_postgres || die 'PostgreSQL was not found'
  stop_demo
  claim_demo_dir
  trap stop_unless_complete EXIT
  build_and_install
  start_server
  if [ -n "$api_key" ]; then
    step 'using Stripe itself, with your key'
    demo_key=$api_key demo_psql -q -f "$project/tools/dev/demo/connect.sql"
  else
    start_simulator
    demo_key=sk_test_stripe_fdw_sim demo_psql -q -v api_base="$api_base" \
      -f "$project/tools/dev/demo/connect.sql"
  fi
  demo_psql -f "$project/tools/dev/demo/tour.sql"
  cat <<END

The server goes on running.  To ask questions of your own:

  $(command -v psql || echo "$("$PG_CONFIG" --bindir)/psql") -h $socket_dir -p $port -U demo $database

(\\det stripe.* lists the tables, \\d stripe.charges shows the columns of one.)
To stop it and to remove everything but the installed extension:

  make demo-stop
END
}

case ${1:-} in
  start) start_demo ;;
  stop)
    if [ -d "$demo_dir" ] && find_postgres; then
      stop_demo
      step 'the demo is stopped and removed'
    else
      step 'no demo is running'
    fi
    ;;
  *) die 'usage: demo.sh start|stop' ;;
esac

#!/bin/bash
# Installs a folder's npm packages as its lock file says, unless they are there.
#
#   tools/dev/npm-ci.sh FOLDER
. "$(dirname "$0")/lib.sh"

cd "$project/${1:?folder}"
if [ node_modules/.package-lock.json -ot package-lock.json ] || [ ! -e node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
fi

#!/bin/bash
# Generates the catalogue anew: src/stripe/catalog_data.c and test/sim/catalog.json.
. "$(dirname "$0")/lib.sh"

"$project/tools/dev/setup.sh" catalog
"$project/tools/dev/npm-ci.sh" tools/catalog
node "$project/tools/catalog/generate.js"

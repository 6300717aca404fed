#!/usr/bin/env bash
# The import table: who may import whom; and what stands at the top of the
# repository. -count=1, because the tests list the module with the go command
# and with git, and the test cache does not see that.
set -euo pipefail
cd "$(dirname "$0")/../.."
go test -count=1 -run 'Imports|Table|Top|Check' ./internal/layers

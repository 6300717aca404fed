#!/usr/bin/env bash
# The import table: who may import whom. -count=1, because the test lists the
# module with the go command and the test cache does not see that.
set -euo pipefail
cd "$(dirname "$0")/../.."
go test -count=1 -run 'Imports|Table|Check' ./internal/layers

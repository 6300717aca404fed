#!/usr/bin/env bash
# go.mod and go.sum say what the sources need, no more, and the module cache
# holds what go.sum promises.
set -euo pipefail
cd "$(dirname "$0")/../.."
go mod tidy -diff
go mod verify

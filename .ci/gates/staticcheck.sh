#!/usr/bin/env bash
# staticcheck, at the version that .ci/tools/go.mod pins. It lives in a module
# of its own so that no user of this module gets it in the module graph.
set -euo pipefail
cd "$(dirname "$0")/../.."
go tool -modfile=.ci/tools/go.mod staticcheck ./...

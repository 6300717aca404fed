#!/usr/bin/env bash
# Banned habits: math/rand v1, pkg/errors, cgo, the clock and printing in
# libraries, os.Exit outside cmd/tweedie/main.go, panics with formatted text.
set -euo pipefail
cd "$(dirname "$0")/../.."
go test -count=1 -run 'Sources|CheckSource' ./internal/layers

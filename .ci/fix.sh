#!/usr/bin/env bash
# Puts right what a gate can only complain about.
set -euo pipefail
cd "$(dirname "$0")/.."
gofmt -w .
go mod tidy

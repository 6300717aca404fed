#!/usr/bin/env bash
# go.mod keeps the version of assume-no-moving-gc with which Gorgonia starts on
# current Go releases (internal/smoke says what happens without it).
set -euo pipefail
cd "$(dirname "$0")/../.."
pin='go4.org/unsafe/assume-no-moving-gc v0.0.0-20231121144256-b99613f794b6'
if ! grep -qF "$pin" go.mod; then
	echo "pin: go.mod must require $pin" >&2
	exit 1
fi

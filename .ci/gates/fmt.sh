#!/usr/bin/env bash
# Every Go file is formatted as gofmt formats it. Remedy: .ci/fix.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
	printf 'not formatted (run .ci/fix.sh):\n%s\n' "$unformatted" >&2
	exit 1
fi

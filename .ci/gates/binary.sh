#!/usr/bin/env bash
# The stripped binary has at most 44 MB and starts in less than 50 ms (median
# of ten; a busy machine gets three attempts, a slow binary fails them all).
set -euo pipefail
cd "$(dirname "$0")/../.."
max_bytes=44000000
max_us=50000
if [ ! -d cmd/tweedie ]; then
	echo "binary: skipped, there is no cmd/tweedie"
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$dir/tweedie" ./cmd/tweedie
bytes=$(wc -c <"$dir/tweedie")
echo "binary: $bytes bytes, at most $max_bytes"
[ "$bytes" -le "$max_bytes" ] || exit 1

median() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		local start=${EPOCHREALTIME/./}
		"$dir/tweedie" --help >/dev/null
		echo $((${EPOCHREALTIME/./} - start))
	done | sort -n | sed -n 6p
}
"$dir/tweedie" --help >/dev/null
for attempt in 1 2 3; do
	us=$(median)
	echo "binary: starts in $us µs, less than $max_us (attempt $attempt)"
	[ "$us" -ge "$max_us" ] || exit 0
done
exit 1

#!/usr/bin/env bash
# The module builds without cgo for the platforms that it promises.
set -euo pipefail
cd "$(dirname "$0")/../.."
for platform in linux/arm64 darwin/arm64 windows/amd64; do
	CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} go build ./... || {
		echo "cross: $platform does not build" >&2
		exit 1
	}
done

#!/usr/bin/env bash
# The module builds without cgo for the platforms that it promises. Where only the system
# differs from a platform built before, the packages with files for systems are enough.
# .ci/release.sh builds all platforms whole.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0
# builds PLATFORM ARGUMENT...
builds() {
	GOOS=${1%/*} GOARCH=${1#*/} go build "${@:2}" || {
		echo "cross: $1 does not build" >&2
		exit 1
	}
}
builds linux/arm64 ./...
builds windows/amd64 -gcflags=all='-N -l' ./... # not optimized: that it builds is all we ask
systems=$({ grep -rlE --include=*.go --exclude=*_test.go --exclude-dir=.ci '^//go:build .*(unix|linux|darwin|windows)' . || [ $? -eq 1 ]; } | xargs -r dirname | sort -u)
[ -z "$systems" ] || builds darwin/arm64 $systems

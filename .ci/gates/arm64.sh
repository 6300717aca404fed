#!/usr/bin/env bash
# The kernels of arm64 run, and give the bits of those of amd64: short tests of internal/kernel and
# the golden ones of nn, under qemu-user where the machine is another. What nn computes around its
# kernels is not fused either, which Go's compiler may do on arm64.
set -euo pipefail
cd "$(dirname "$0")/../.."
qemu=()
if [ "$(go env GOHOSTARCH)" != arm64 ]; then
	if ! command -v qemu-aarch64 >/dev/null; then
		if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
			echo "arm64: skipped, there is no qemu-aarch64, and only root can install it with apt-get"
			exit 0
		fi
		echo "arm64: installing qemu-user" >&2
		if ! { apt-get -qq update && apt-get -qq install -y --no-install-recommends qemu-user >/dev/null; }; then
			echo "arm64: skipped, qemu-user cannot be installed"
			exit 0
		fi
	fi
	qemu=(qemu-aarch64)
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# short PACKAGE ARGUMENT... runs tests of a package in its folder, and looks at its code.
short() {
	[ -d "$1" ] || return 0
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go test -c -o "$dir/test" "./$1"
	(cd "$1" && "${qemu[@]}" "$dir/test" -test.short "${@:2}")
	go tool objdump -s "$(go list -m)/$1\\." "$dir/test" >"$dir/code"
	if grep -E '\bFN?M(ADD|SUB)[SD]\b' "$dir/code" | grep -v '_test\.go:' >"$dir/fused"; then
		cut -c1-80 "$dir/fused" | sed -n 1,20p >&2
		echo "arm64: $1 has products that are fused into sums there: round them first, as float64(x*y) + z" >&2
		exit 1
	fi
}
short internal/kernel -test.skip '^TestGenerated$'
short nn -test.run 'Golden|TrainedBits'

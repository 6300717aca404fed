#!/usr/bin/env bash
# Builds the binaries of a release for five platforms, with their checksums:
#
#   .ci/release.sh [VERSION] [FOLDER]
#
# VERSION is git's name of the commit by default, FOLDER dist. The same sources, Go and
# VERSION give the same bytes, wherever the sources lie: the native binary is built a second
# time from a copy elsewhere, and must be the same. Then it is run. PLATFORMS names others
# than the five.
set -euo pipefail
cd "$(dirname "$0")/.."
git() { command git -c safe.directory='*' "$@"; }
version=${1:-$(git describe --tags --always --dirty)}
dist=${2:-dist}
platforms=${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64}
native=$(go env GOHOSTOS)/$(go env GOHOSTARCH)
mkdir -p "$dist"
dist=$(cd "$dist" && pwd)

# build OS/ARCH FILE builds the sources of this folder.
build() {
	CGO_ENABLED=0 GOOS=${1%/*} GOARCH=${1#*/} GOFLAGS='' GOAMD64=v1 GOARM64=v8.0 \
		go build -trimpath -buildvcs=false -ldflags="-s -w -buildid= -X main.release=$version" -o "$2" ./cmd/tweedie
}

# name OS/ARCH is that of a binary.
name() {
	local file=tweedie-$version-${1/\//-}
	[ "${1%/*}" != windows ] || file+=.exe
	echo "$file"
}

files=()
for platform in $platforms; do
	build "$platform" "$dist/$(name "$platform")"
	files+=("$(name "$platform")")
done
(cd "$dist" && sha256sum "${files[@]}" >SHA256SUMS && sha256sum --quiet --check SHA256SUMS)

case " $platforms " in
*" $native "*) ;;
*)
	echo "release: none for $native: nothing was run"
	exit 0
	;;
esac
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 tar cf - | tar xf - -C "$elsewhere"
(cd "$elsewhere" && build "$native" "$elsewhere/again")
cmp "$dist/$(name "$native")" "$elsewhere/again" || {
	echo "release: the binary depends on where it was built" >&2
	exit 1
}
said=$("$dist/$(name "$native")" --version)
[ "$said" = "tweedie version $version" ] || {
	echo "release: the binary says \"$said\", and is of version $version" >&2
	exit 1
}
"$dist/$(name "$native")" simulate --task two_moons --rows 3 --theta "$elsewhere/theta.csv" --x "$elsewhere/x.csv" --quiet
[ "$(wc -l <"$elsewhere/x.csv")" -eq 4 ]
cat "$dist/SHA256SUMS"

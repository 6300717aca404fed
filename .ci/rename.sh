#!/usr/bin/env bash
# Gives the module another path, the address that it is fetched from:
#
#   .ci/rename.sh github.com/you/tweedie
#
# It changes go.mod, imports, the layer table and the gates' own modules, in the files that
# git tracks, and nothing else: names of random streams and of the command stay.
set -euo pipefail
cd "$(dirname "$0")/.."
git() { command git -c safe.directory='*' "$@"; }
new=${1:-}
old=$(go list -m)
if [ $# -ne 1 ] || ! [[ $new =~ ^[a-z0-9][a-z0-9.-]*\.[a-z]+(/[A-Za-z0-9._~-]+)+$ ]]; then
	echo "rename: give one path that go get could fetch, as github.com/you/tweedie" >&2
	exit 2
fi
if [ "$new" = "$old" ]; then
	echo "rename: the module is $old already" >&2
	exit 2
fi
# A path that begins with the module's name is one of ours if a folder of ours follows.
folders=$(git ls-files '*.go' | grep -o '^[a-z][a-z0-9]*/' | sort -u | tr -d / | paste -sd '|')
quoted=${old//./\\.}
git ls-files -z '*.go' '*.md' '.ci/*.sh' | xargs -0 sed -E -i.renamed \
	-e "s#\"$quoted/(($folders)[\"/]|\")#\"$new/\1#g"
git ls-files -z '*go.mod' | xargs -0 sed -E -i.renamed -e "s#^module $quoted(/|\$)#module $new\1#"
find . -name '*.renamed' -delete
git ls-files -z '*.go' | xargs -0 gofmt -w
go list -m

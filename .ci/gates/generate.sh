#!/usr/bin/env bash
# Generated files are what their generators write: go generate, run on a copy
# of the tracked files, changes none of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
git() { command git -c safe.directory='*' "$@"; }
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z >"$copy.list"
while IFS= read -r -d '' file; do
	[ ! -e "$file" ] || printf '%s\0' "$file"
done <"$copy.list" | tar --null -T - -cf - | tar -xf - -C "$copy"
rm "$copy.list"
here=$PWD
cd "$copy"
go generate ./...
# Only files of the copy count: what is not tracked stays out of the judgement.
changed=$(diff -rq "$copy" "$here" | grep -vF "Only in $here" || true)
if [ -n "$changed" ]; then
	printf '%s\ngenerate: run go generate ./... and commit what changes\n' "$changed" >&2
	exit 1
fi

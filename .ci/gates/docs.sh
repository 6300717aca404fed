#!/usr/bin/env bash
# Links between the documents lead somewhere, no tracked file names a path of
# somebody's machine, and nothing is left open in the code.
set -euo pipefail
cd "$(dirname "$0")/../.."
git() { command git -c safe.directory='*' "$@"; }
bad=0

documents=$(git ls-files '*.md')
while IFS= read -r file; do
	targets=$(grep -oE '\]\([^) ]+\)' "$file" | sed -E 's/^\]\(//; s/\)$//') || continue
	while IFS= read -r target; do
		case $target in '#'* | *://* | mailto:*) continue ;; esac
		if [ ! -e "$(dirname "$file")/${target%%#*}" ]; then
			echo "$file: dead link to $target" >&2
			bad=1
		fi
	done <<<"$targets"
done <<<"$documents"

# absent fails if a tracked line matches, and if git cannot tell.
absent() {
	local why=$1 status=0
	shift
	git grep -nI "$@" >&2 || status=$?
	[ "$status" -eq 1 ] || { echo "docs: $why" >&2; bad=1; }
}
absent 'the paths above belong to one machine' \
	-E '(^|[^A-Za-z0-9_.])/(work|farm|root|home/[a-z]+|Users/[A-Za-z]+|tmp/bash_jobs)/' -- . ':!*.sum'
absent 'the lines above are left open' -wE 'TODO|FIXME|XXX' -- '*.go'
exit "$bad"

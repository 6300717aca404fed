#!/usr/bin/env bash
# Every Fuzz target of the module, for a number of inputs and not for a time,
# so that the cost and the verdict depend little on the machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
# grep's 1 says that there is no target, anything above that there was an error.
targets=$({ grep -roE --include='*_test.go' --exclude-dir=.ci '^func Fuzz[A-Za-z0-9_]*' . || [ $? -eq 1 ]; } | sed 's/:func / /' | sort)
if [ -z "$targets" ]; then
	echo "fuzz: no target found, nothing to do"
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
built=
while read -r file target; do
	package=$(dirname "$file")
	echo "fuzz: $package $target"
	if [ "$package" != "$built" ]; then # one binary for all targets of a package
		go test -c -fuzz=Fuzz -o "$dir/fuzz.test" "$package"
		built=$package
	fi
	(cd "$package" && "$dir/fuzz.test" -test.run='^$' -test.fuzz="^$target\$" -test.fuzztime="${FUZZ_COUNT:-200}x" \
		-test.fuzzminimizetime=200x -test.fuzzcachedir="$dir/cache")
done <<<"$targets"

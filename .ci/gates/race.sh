#!/usr/bin/env bash
# The short tests under the race detector, in a random order. The race
# detector needs a C compiler on Linux; the product does not.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v "${CC:-gcc}" >/dev/null && ! command -v cc >/dev/null; then
	echo "race: no C compiler, installing gcc" >&2
	apt-get -qq update && apt-get -qq install -y --no-install-recommends gcc libc6-dev >/dev/null
fi
export CGO_ENABLED=1
# Laws that are checked by many draws take minutes under the detector and repeat the
# concurrent code of shorter tests: race_slow.txt names them.
slow=none
[ ! -e .ci/gates/race_slow.txt ] || slow=$(paste -sd'|' .ci/gates/race_slow.txt)
go list ./... | grep -v /cmd/tweedie$ | xargs go test -race -short -shuffle=on -skip "^($slow)\$"
# Scripts of the command run the same libraries: of its tests those that share things are enough.
[ ! -d cmd/tweedie ] || go test -race -short -run 'Progress|Stream|TwoRuns|Interrupted|Runs$' ./cmd/tweedie

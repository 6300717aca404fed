#!/usr/bin/env bash
# Runs a command in parts on this machine, by GNU parallel or xargs, and merges them:
#
#   parallel.sh OUT PARTS COMMAND...
#   parallel.sh rows.csv 8 tweedie sample --model model.safetensors --rows 100000
#   parallel.sh report 4 tweedie check --model model.safetensors --guide observed.yaml
#
# Parts of check and calibrate are folders; OUT is then a folder too, or a file report.json.
# JOBS parts at a time (default 2; a part uses all cores unless --workers says otherwise).
# A part that fails or is killed is tried again, TRIES times (default 3). Parts that are
# there are not done again, so that the same line goes on after a fault.
set -euo pipefail

# one INDEX OUT PARTS COMMAND... does one part.
one() {
	local index=$1 out=$2 parts=$3 file
	shift 3
	file=$(part "$index" "$out")
	[ ! -e "$(written "$file").shard.json" ] || return 0
	for _ in $(seq "${TRIES:-3}"); do
		"$@" --shard "$index/$parts" --out "$file" && return 0
		echo "part $index of $parts: exit code $?" >&2
	done
	return 1
}

# part INDEX OUT is --out of a part: rows.csv.parts/3-rows.csv, and report.json.parts/3-report.
part() { echo "$2.parts/$1-$(basename "$2" .json)"; }

# written PART is the file that merge takes: of a folder its numbers.
written() { if [ -d "$1" ]; then echo "$1/calibration.json"; else echo "$1"; fi; }

if [ "${1:-}" = --one ]; then
	shift
	one "$@"
	exit
fi
if [ $# -lt 3 ]; then
	sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
out=$1 parts=$2
shift 2
mkdir -p "$out.parts"
if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q 'GNU parallel'; then
	seq "$parts" | parallel --quote --jobs "${JOBS:-2}" bash "$0" --one {} "$out" "$parts" "$@"
else
	seq "$parts" | xargs -P "${JOBS:-2}" -I '{}' bash "$0" --one '{}' "$out" "$parts" "$@"
fi
files=()
for i in $(seq "$parts"); do files+=("$(written "$(part "$i" "$out")")"); done
"$1" merge "${files[@]}" --out "$out"

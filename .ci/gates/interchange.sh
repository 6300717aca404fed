#!/usr/bin/env bash
# Python's own safetensors reads our checkpoints. With a file as argument it
# reads that file, otherwise it trains a small model first.
set -euo pipefail
file=${1:-}
[ -z "$file" ] || file=$(realpath "$file")
cd "$(dirname "$0")/../.."
pins='safetensors==0.4.5 numpy==2.1.3'
if [ -z "$file" ] && [ ! -d cmd/tweedie ]; then
	echo "interchange: skipped, there is no cmd/tweedie"
	exit 0
fi
if ! python3 -m venv --help >/dev/null 2>&1; then
	echo "interchange: skipped, there is no python3 with venv"
	exit 0
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tweedie-ci
venv=$cache/venv-$(printf '%s' "$pins" | cksum | cut -d' ' -f1)
if [ ! -e "$venv/ready" ]; then
	rm -rf "$venv"
	mkdir -p "$cache"
	python3 -m venv "$venv"
	# shellcheck disable=SC2086 # the pins are words
	if ! "$venv/bin/pip" -q --disable-pip-version-check install $pins; then
		rm -rf "$venv"
		echo "interchange: skipped, pip cannot install $pins"
		exit 0
	fi
	touch "$venv/ready"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if [ -z "$file" ]; then
	file=$dir/model.safetensors
	go run ./cmd/tweedie train --quiet --data toy:moons --steps 20 --batch 128 --hidden 32 --layers 1 --seed 1 --out "$file"
fi
"$venv/bin/python" .ci/interchange.py "$file"

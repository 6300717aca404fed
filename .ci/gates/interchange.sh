#!/usr/bin/env bash
# Python's own safetensors reads our checkpoints. With a file as argument it reads that
# file. Otherwise it trains small models first, and numpy computes what they must give and
# what a training run must do, of which go test keeps a copy. Arrays of NumPy go both ways.
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
if [ -n "$file" ]; then
	"$venv/bin/python" .ci/interchange.py "$file"
	exit 0
fi
go build -o "$dir/tweedie" ./cmd/tweedie
train() { "$dir/tweedie" train --quiet --steps 20 --batch 128 --hidden 32 --seed 1 "$@"; }
train --data toy:moons --layers 1 --condition class --out "$dir/toy.safetensors"
train --data checkpoints/testdata/before/houses.csv --out "$dir/table.safetensors"
for model in toy table; do
	"$venv/bin/python" .ci/interchange.py "$dir/$model.safetensors"
done
"$venv/bin/python" .ci/golden.py "$dir" "$dir/toy.safetensors" "$dir/table.safetensors"
mkdir "$dir/npy"
"$venv/bin/python" .ci/npy.py write "$dir/npy"
TWEEDIE_NPY=$dir/npy go test -count=1 -run NPYOfNumPy ./datasets
for ending in csv npy npz; do
	"$dir/tweedie" simulate --quiet --task two_moons --rows 300 --theta "$dir/npy/theta.$ending" --x "$dir/npy/x.$ending"
done
"$venv/bin/python" .ci/npy.py check "$dir"/npy/theta.np? "$dir"/npy/x.np?
TWEEDIE_GOLDEN=$dir go test -count=1 -run Golden ./nn ./train

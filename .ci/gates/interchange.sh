#!/usr/bin/env bash
# Others read what we write. Python's own safetensors reads our checkpoints; with a file as
# argument it reads that file, and no more. Otherwise small models are trained, and
#
#   - numpy computes what they must give and what a training run must do, of which go test
#     keeps a copy; docs/interop/denoiser.py reproduces D from the file alone;
#   - arrays of NumPy go both ways;
#   - onnx.checker, onnxruntime and onnxruntime-node run exported graphs;
#   - docs/interop/tweedie.py and tweedie.R train and draw, spark_udf.py draws on Spark.
#
# What cannot be installed is skipped, with the reason.
set -euo pipefail
file=${1:-}
[ -z "$file" ] || file=$(realpath "$file")
cd "$(dirname "$0")/../.."
if [ -z "$file" ] && [ ! -d cmd/tweedie ]; then
	echo "interchange: skipped, there is no cmd/tweedie"
	exit 0
fi
if ! python3 -m venv --help >/dev/null 2>&1; then
	echo "interchange: skipped, there is no python3 with venv"
	exit 0
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tweedie-ci
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# python sets $python to that of an environment with the packages, which it makes once, or
# fails and says what is skipped.
python() {
	local venv
	venv=$cache/venv-$(printf '%s' "$*" | cksum | cut -d' ' -f1)
	python=$venv/bin/python
	[ ! -e "$venv/ready" ] || return 0
	rm -rf "$venv"
	mkdir -p "$cache"
	python3 -m venv "$venv"
	if ! "$venv/bin/pip" -q --disable-pip-version-check install "$@"; then
		rm -rf "$venv"
		echo "interchange: skipped, pip cannot install $*"
		return 1
	fi
	touch "$venv/ready"
}

base=(safetensors==0.4.5 numpy==2.1.3)
python "${base[@]}" || exit 0
if [ -n "$file" ]; then
	"$python" .ci/interchange.py "$file"
	exit 0
fi
go build -o "$dir/tweedie" ./cmd/tweedie
export TWEEDIE=$dir/tweedie
train() { "$TWEEDIE" train --quiet --steps 20 --batch 128 --seed 1 "$@"; }
export_graph() { # NAME ARGUMENT...
	"$TWEEDIE" export --quiet --onnx "$dir/$1.onnx" --examples "$dir/$1.json" "${@:2}"
}
train --data toy:moons --layers 1 --hidden 32 --condition class --out "$dir/toy.safetensors"
train --data checkpoints/testdata/before/houses.csv --hidden 32 --out "$dir/table.safetensors"
python3 .ci/mixed_table.py "$dir/mixed.csv"
train --data "$dir/mixed.csv" --condition group,dose --out "$dir/mixed.safetensors" # else the defaults
train --data "$dir/mixed.csv" --classifier group --like "$dir/mixed.safetensors" --hidden 32 --out "$dir/group.safetensors"
train --data "$dir/mixed.csv" --classifier dose --like "$dir/mixed.safetensors" --hidden 32 --out "$dir/dose.safetensors"
for model in toy table mixed; do
	"$python" .ci/interchange.py "$dir/$model.safetensors"
	export_graph "$model-denoiser" --model "$dir/$model.safetensors"
	"$python" docs/interop/denoiser.py "$dir/$model.safetensors" "$dir/$model-denoiser.json"
done
"$python" .ci/golden.py "$dir" "$dir/toy.safetensors" "$dir/table.safetensors"
mkdir "$dir/npy"
"$python" .ci/npy.py write "$dir/npy"
TWEEDIE_NPY=$dir/npy go test -count=1 -run NPYOfNumPy ./datasets
for ending in csv npy npz; do
	"$dir/tweedie" simulate --quiet --task two_moons --rows 300 --theta "$dir/npy/theta.$ending" --x "$dir/npy/x.$ending"
done
"$python" .ci/npy.py check "$dir"/npy/theta.np? "$dir"/npy/x.np?
TWEEDIE_GOLDEN=$dir go test -count=1 -run Golden ./nn ./train

graphs=(toy-denoiser table-denoiser mixed-denoiser)
graph() { export_graph "$@" && graphs+=("$1"); }
graph toy-score --model "$dir/toy.safetensors" --what score
graph toy-eps --model "$dir/toy.safetensors" --what eps
graph mixed-score --model "$dir/mixed.safetensors" --what score
graph group --model "$dir/group.safetensors"
graph dose --model "$dir/dose.safetensors"
for model in toy mixed; do
	graph "$model-sampler" --model "$dir/$model.safetensors" --what sampler --sampler ddim --nfe 20 --decoding "$dir/$model-sampler.decoding.json"
done
graph table-sampler --model "$dir/table.safetensors" --what sampler --nfe 10 --decoding "$dir/table-sampler.decoding.json"
"$TWEEDIE" simulate --quiet --task gaussian_linear_uniform --rows 500 --theta "$dir/theta.csv" --x "$dir/x.csv"
"$TWEEDIE" simulate --quiet --task gaussian_linear_uniform --rows 1 --seed 9 --theta "$dir/one.csv" --x "$dir/seen.csv"
"$TWEEDIE" train --quiet --theta "$dir/theta.csv" --x "$dir/x.csv" --prior task:gaussian_linear_uniform --steps 20 --out "$dir/posterior.safetensors"
graph posterior --model "$dir/posterior.safetensors" --observation "$dir/seen.csv" --nfe 10
single=("${graphs[@]}")
graph mixed-double --model "$dir/mixed.safetensors" --what sampler --sampler heun --nfe 10 --float64
graph mixed-double-score --model "$dir/mixed.safetensors" --what score --float64

# With TWEEDIE_TABLES set, data frames and the page of exports as well: 200 MB more, and minutes.
tools=("${base[@]}" onnx==1.17.0 onnxruntime==1.20.1)
frames=${TWEEDIE_TABLES:-}
[ -z "$frames" ] || tools+=(pandas==2.2.3 pyarrow==18.1.0)
[ -z "${TWEEDIE_SPARK:-}" ] || tools+=(pyspark==3.5.3) # 300 MB
tooled=
! python "${tools[@]}" || tooled=yes
if [ -n "$tooled" ]; then
	"$python" .ci/onnx_check.py "$dir" "${graphs[@]}"
fi

# node sets up a folder with onnxruntime-node once, or fails and says what is skipped.
node_runtime() {
	js=$cache/node-onnxruntime-1.20.1
	command -v npm >/dev/null || { echo "interchange: onnxruntime-node skipped, there is no npm"; return 1; }
	[ ! -e "$js/ready" ] || return 0
	rm -rf "$js"
	mkdir -p "$js"
	echo '{}' >"$js/package.json"
	if ! (cd "$js" && npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.20.1); then # its script downloads CUDA
		rm -rf "$js"
		echo "interchange: onnxruntime-node skipped, npm cannot install it"
		return 1
	fi
	touch "$js/ready"
}
if node_runtime; then
	cp .ci/onnx_check.mjs docs/interop/onnx.mjs "$js/"
	(cd "$js" && node onnx_check.mjs "$dir" "${single[@]}")
	[ "$(cd "$js" && node onnx.mjs "$dir/mixed-sampler.onnx" 3 "$("$python" -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["positions"]))' "$dir/mixed-sampler.decoding.json")" 0 9.5 | grep -cE '^(-?[0-9.e-]+,)+-?[0-9.e-]+$')" = 3 ]
fi

if [ -n "$tooled" ] && [ -n "$frames" ]; then
	"$python" .ci/dataframe_check.py "$dir"
	"$python" .ci/dataframe_check.py "$dir" --csv
fi
if command -v Rscript >/dev/null; then
	Rscript .ci/dataframe_check.R "$dir"
else
	echo "interchange: tweedie.R skipped, there is no Rscript"
fi
# The page of how to export, block by block; with TWEEDIE_SPARK set, on Spark too.
if [ -n "$tooled" ] && [ -n "$frames" ]; then
	mkdir "$dir/page"
	[ -z "${js:-}" ] || [ ! -e "$js/ready" ] || ln -s "$js/node_modules" "$dir/page/node_modules"
	cp docs/tutorial/birds.csv "$dir/page/" 2>/dev/null || cp "$dir/mixed.csv" "$dir/page/birds.csv"
	printf 'train: {hidden: 8, layers: 1, batch: 32, steps: 30}\n' >"$dir/page/brief.yaml"
	PATH=$dir:$(dirname "$python"):$PATH TWEEDIE_CONFIG=$dir/page/brief.yaml "$python" .ci/page_check.py docs/howto/export.md "$dir/page"
fi

#!/usr/bin/env bash
# Compares tweedie with PyTorch, JAX and stock Gorgonia on this machine:
#
#   docs/measurements/benchmarks/run.sh                        # full, half an hour or more
#   docs/measurements/benchmarks/run.sh --rounds 1 --seconds 0.5 --modes eager,compile,jit,scan
#
# Arguments go to compare.py. Needs Go, Python 3.10 or later, a C++ compiler
# (for torch.compile), and the first time 6 GB of disk: the package torch brings
# its CUDA libraries along, and does not start without them. Everything is kept
# in BENCH_DIR; PYTHON names the interpreter to make the environment with.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${BENCH_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tweedie-benchmarks}
mkdir -p "$dir"

venv=$dir/venv
if [ ! -x "$venv/bin/python" ]; then
	"${PYTHON:-python3}" -m venv "$venv"
fi
if ! "$venv/bin/python" -c 'import torch, jax, numpy' 2>/dev/null || [ -n "${UPGRADE:-}" ]; then
	"$venv/bin/python" -m pip install --quiet --upgrade torch jax numpy >&2
fi

(cd "$here/../../.." && CGO_ENABLED=0 go build -o "$dir/tweedie" ./cmd/tweedie)
(cd "$here/peer_gorgonia" && go build -o "$dir/peer_gorgonia" .)

export TORCHINDUCTOR_CACHE_DIR=$dir/inductor # compiled once, not in every round
out=$dir/results-$(date +%Y%m%d-%H%M%S)
"$venv/bin/python" "$here/compare.py" --tweedie "$dir/tweedie" --gorgonia "$dir/peer_gorgonia" \
	--python "$venv/bin/python" --out "$out.json" "$@" | tee "$out.md"
echo "written: $out.json and $out.md" >&2

#!/usr/bin/env bash
# Posteriors beside the package sbi, on the same simulations: C2ST by the protocol, seconds of
# training and of drawing. Needs the observations of the benchmark and half an hour for a task.
#
#   peer_sbi.sh FOLDER-OF-OBSERVATIONS [TASK...]     two_moons, gaussian_linear, slcp
set -euo pipefail
data=$(realpath "${1:?name the folder of the observations}")
shift
tasks=("$@")
[ ${#tasks[@]} -gt 0 ] || tasks=(two_moons gaussian_linear slcp)
here=$(dirname "$(realpath "$0")")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
(cd "$here/../../.." && go build -o "$dir/tweedie" ./cmd/tweedie)
python=${PYTHON:-}
if [ -z "$python" ]; then
	python3 -m venv "$dir/venv"
	"$dir/venv/bin/pip" install --quiet sbi
	python=$dir/venv/bin/python
fi
cd "$dir"
for task in "${tasks[@]}"; do
	./tweedie simulate --quiet --task "$task" --rows 10000 --theta theta.csv --x x.csv
	observed=()
	for n in 1 2 3; do
		cp "$data/$task/num_observation_$n/observation.csv" "observed-$n.csv"
		bzip2 -dc "$data/$task/num_observation_$n/reference_posterior_samples.csv.bz2" >"reference-$n.csv"
		observed+=("observed-$n.csv")
	done
	start=$(date +%s.%N)
	./tweedie train --quiet --theta theta.csv --x x.csv --prior "task:$task" --out "$task.safetensors"
	echo "$task tweedie train_seconds $(echo "$(date +%s.%N) - $start" | bc)"
	for n in 1 2 3; do
		start=$(date +%s.%N)
		./tweedie infer --quiet --model "$task.safetensors" --observation "observed-$n.csv" --rows 10000 --out "tweedie-$n.csv"
		echo "$task tweedie draw_seconds $(echo "$(date +%s.%N) - $start" | bc) c2st $(./tweedie c2st --quiet --reference "reference-$n.csv" --samples "tweedie-$n.csv")"
	done
	for method in npe npse fmpe; do
		"$python" "$here/peer_sbi.py" "$method" "$task" theta.csv x.csv "$method" "${observed[@]}"
		for n in 1 2 3; do
			echo "$task $method c2st $(./tweedie c2st --quiet --reference "reference-$n.csv" --samples "$method-$n.csv")"
		done
	done
done

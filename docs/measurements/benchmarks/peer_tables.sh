#!/usr/bin/env bash
# Tables beside MOSTLY AI's engine and CTGAN: the same rows, the same cores, the same judge.
#
#   peer_tables.sh FOLDER-OF-TABLES [TABLE...]     abalone, california, adult
#
# Each cell has a folder in $BENCH_DIR/tables/TABLE-SEED and is skipped if its result.json is there,
# so that a run that was stopped goes on. The tables are printed at the end, and written to tables.md.
# SEEDS (1): splits of each table; EPOCHS (300): of CTGAN; TRIAL: seconds that bound training of
# tweedie and of the engine, to try the script. PYTHON_MOSTLYAI and PYTHON_CTGAN name interpreters
# that have the packages mostlyai-engine and ctgan; else environments are made in $BENCH_DIR.
set -euo pipefail
data=$(realpath "${1:?name the folder of the tables}")
shift
tables=("$@")
[ ${#tables[@]} -gt 0 ] || tables=(abalone california adult)
here=$(dirname "$(realpath "$0")")
dir=${BENCH_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tweedie-benchmarks}
mkdir -p "$dir/tables"
dir=$(realpath "$dir")
(cd "$here/../../.." && CGO_ENABLED=0 go build -o "$dir/tweedie" ./cmd/tweedie)

environment() { # VENV PACKAGE MODULE: prints its interpreter
	local python=$dir/$1/bin/python
	if [ ! -x "$python" ]; then "${PYTHON:-python3}" -m venv "$dir/$1"; fi
	if ! "$python" -c "import $3" 2>/dev/null; then "$python" -m pip install --quiet "$2" >&2; fi
	echo "$python"
}
mostlyai=${PYTHON_MOSTLYAI:-$(environment venv-mostlyai mostlyai-engine mostlyai.engine)}
ctgan=${PYTHON_CTGAN:-$(environment venv-ctgan ctgan ctgan)}

tell() { python3 "$here/peer_tables.py" "$@"; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 < b + 0) }'; }

# cell NAME COMMAND...: runs the command in the folder of the cell, where it leaves synthetic.csv
# and seconds.json, and judges the rows as tweedie bench tables does.
cell() {
	local folder=$run/$1
	shift
	if [ -e "$folder/result.json" ]; then return; fi
	echo "$(date +%T) $folder" >&2
	mkdir -p "$folder"
	(cd "$folder" && "$@")
	"$dir/tweedie" evaluate --quiet --seed "$seed" --real "$run/train.csv" --holdout "$run/test.csv" \
		--metadata "$run/meta.json" --target "$target" --synthetic "$folder/synthetic.csv" --json "$folder/report.json" >/dev/null
	tell join "$folder"
}

trained() { # [FLAG...]: tweedie trains, and draws
	tell run training . "$dir/tweedie" train --quiet --force --seed "$seed" --data "$run/train.csv" --metadata "$run/meta.json" \
		--out model.safetensors "$@"
	drawn model.safetensors
}

drawn() { # MODEL [FLAG...]: tweedie draws as many rows as it was trained on
	tell run sampling . "$dir/tweedie" sample --quiet --seed "$seed" --rows "$rows" --out synthetic.csv --model "$@"
}

redrawn() { # CELL FLAG...: the model of a cell draws again
	cp "$run/$1/seconds.json" .
	drawn "$run/$1/model.safetensors" "${@:2}"
}

fit() { # PYTHON PEER [FLAG...]
	"$1" "$here/peer_tables.py" fit "$2" --data "$run/train.csv" --metadata "$run/meta.json" --out . --seed "$seed" "${@:3}" >log 2>&1
}

# measure: the cells of one table and seed, in the folder $run. A cell of equal time is left out
# where its default takes less than that anyway.
measure() {
	local target rows own theirs n
	read -r target rows < <(tell about "$run")
	cell tweedie trained ${TRIAL:+--time-budget "${TRIAL}s"}
	own=$(tell seconds "$run/tweedie")
	cell tweedie-nfe-8 redrawn tweedie --nfe 8
	cell mostlyai fit "$mostlyai" mostlyai ${TRIAL:+--seconds "$TRIAL"}
	cell mostlyai-unprotected fit "$mostlyai" mostlyai --unprotected ${TRIAL:+--seconds "$TRIAL"}
	theirs=$(tell seconds "$run/mostlyai")
	if less "$own" "$theirs"; then cell mostlyai-as-tweedie fit "$mostlyai" mostlyai --seconds "$own"; fi
	if less "$theirs" "$own"; then cell tweedie-as-mostlyai trained --time-budget "${theirs}s"; fi
	cell ctgan fit "$ctgan" ctgan --epochs "${EPOCHS:-300}"
	theirs=$(tell seconds "$run/ctgan")
	n=$(awk -v e="${EPOCHS:-300}" -v a="$own" -v b="$theirs" 'BEGIN { printf "%d", e * a / b + 1 }')
	if less "$own" "$theirs"; then cell ctgan-as-tweedie fit "$ctgan" ctgan --epochs "$n"; fi
	if less "$theirs" "$own"; then cell tweedie-as-ctgan trained --time-budget "${theirs}s"; fi
}

seeds=${SEEDS:-1}
for table in "${tables[@]}"; do
	if [ ! -e "$dir/tables/$table-$((seeds - 1))/report.json" ]; then
		echo "$(date +%T) $table: rows of training and of test" >&2
		"$dir/tweedie" bench tables --quiet --data "$data" --out "$dir/tables" --sets "$table" --seeds "$seeds" --train "--steps 50" >/dev/null
	fi
	for ((seed = 0; seed < seeds; seed++)); do
		run=$dir/tables/$table-$seed
		measure
	done
done
tell table "$dir/tables" | tee "$dir/tables/tables.md"

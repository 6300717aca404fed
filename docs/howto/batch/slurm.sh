#!/usr/bin/env bash
#SBATCH --job-name=tweedie
#SBATCH --array=1-7
#SBATCH --cpus-per-task=4
#SBATCH --time=01:00:00
#SBATCH --requeue
#
#   job=$(sbatch --parsable slurm.sh)
#   sbatch --dependency=afterok:$job --wrap 'tweedie merge part-*.csv --out rows.csv'
#
# A task that failed is run again by its number, as sbatch --array=3 slurm.sh. SHARDS says of
# how many parts it is one: Slurm then counts an array of one task.
set -euo pipefail
export SHARDS=7
# Nodes of different CPUs round differently, and merge refuses their parts: this path is one
# that all have. Leave it away on nodes that are alike.
export TWEEDIE_KERNEL=${TWEEDIE_KERNEL:-avx2}

tweedie sample --model model.safetensors --rows 7000 --seed 1 \
	--workers "${SLURM_CPUS_PER_TASK:-0}" --shard auto --out "part-$SLURM_ARRAY_TASK_ID.csv"

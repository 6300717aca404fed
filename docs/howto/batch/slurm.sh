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
# Nodes with AVX-512 and with AVX2 give the same bits. Where some have neither, merge refuses
# their parts beside the others: set TWEEDIE_KERNEL=go for all.
export TWEEDIE_KERNEL=${TWEEDIE_KERNEL:-}

tweedie sample --model model.safetensors --rows 7000 --seed 1 \
	--workers "${SLURM_CPUS_PER_TASK:-0}" --shard auto --out "part-$SLURM_ARRAY_TASK_ID.csv"

#!/usr/bin/env bash
#SBATCH --job-name=tweedie-seeds
#SBATCH --array=1-5
#SBATCH --cpus-per-task=4
#SBATCH --time=02:00:00
#SBATCH --requeue
#
# Trains one model for each seed. A run that was cut short goes on where it was saved. The
# models are used as one: sample --model model-1.safetensors --model model-2.safetensors …
set -euo pipefail
model=model-$SLURM_ARRAY_TASK_ID.safetensors
resume=()
[ ! -e "$model.state" ] || resume=(--resume)

tweedie train --data table.csv --steps 20000 --seed "$SLURM_ARRAY_TASK_ID" \
	--workers "${SLURM_CPUS_PER_TASK:-0}" "${resume[@]}" --out "$model"

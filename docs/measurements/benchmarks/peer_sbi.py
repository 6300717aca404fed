#!/usr/bin/env python3
"""Posteriors by the package sbi, timed, on the simulations of `tweedie simulate`.

    python peer_sbi.py METHOD TASK THETA.csv X.csv OUT OBSERVED.csv...

METHOD is npe, npse or fmpe, with the defaults of the package (npe with its neural spline
flow). Writes OUT-1.csv, OUT-2.csv, ... with 10,000 draws for each observation, and prints
one JSON object: seconds of training, by the clock and of all processors, and of drawing for each
observation.
"""

import csv
import json
import sys
import time

import torch
from sbi.inference import FMPE, NPE, NPSE
from sbi.utils import BoxUniform

PRIORS = {
    "two_moons": BoxUniform(-torch.ones(2), torch.ones(2)),
    "gaussian_linear": torch.distributions.MultivariateNormal(torch.zeros(10), 0.1 * torch.eye(10)),
    "slcp": BoxUniform(-3 * torch.ones(5), 3 * torch.ones(5)),
}
DRAWS = 10_000


def read(path):
    with open(path) as f:
        rows = list(csv.reader(f))
    return rows[0], torch.tensor([[float(v) for v in r] for r in rows[1:]])


def trainer(method, prior):
    if method == "npe":
        return NPE(prior=prior, density_estimator="nsf", show_progress_bars=False)
    if method == "npse":
        return NPSE(prior=prior, show_progress_bars=False)
    return FMPE(prior=prior, show_progress_bars=False)


def main(method, task, theta_file, x_file, out, observed):
    torch.manual_seed(1)
    names, theta = read(theta_file)
    _, x = read(x_file)
    start, cpu = time.perf_counter(), time.process_time()
    inference = trainer(method, PRIORS[task])
    inference.append_simulations(theta, x).train()
    posterior = inference.build_posterior()
    result = {"method": method, "task": task, "train_seconds": time.perf_counter() - start,
              "train_processor_seconds": time.process_time() - cpu, "draw_seconds": []}
    for k, path in enumerate(observed, 1):
        _, x_o = read(path)
        start = time.perf_counter()
        draws = posterior.sample((DRAWS,), x=x_o, show_progress_bars=False)
        result["draw_seconds"].append(time.perf_counter() - start)
        with open(f"{out}-{k}.csv", "w", newline="") as f:
            w = csv.writer(f)
            w.writerow(names)
            w.writerows(draws.tolist())
    print(json.dumps(result))


if __name__ == "__main__":
    if len(sys.argv) < 7 or sys.argv[1] not in ("npe", "npse", "fmpe") or sys.argv[2] not in PRIORS:
        sys.exit(__doc__)
    main(*sys.argv[1:6], sys.argv[6:])

#!/usr/bin/env python3
"""Compares the scores of internal/boost with xgboost's.

    python3 -m venv venv && venv/bin/pip install xgboost scikit-learn numpy
    venv/bin/python .ci/boost_peer.py

A Go test writes the cases with their folds and its own scores; the same folds
are then judged by XGBClassifier or XGBRegressor with tree_method="hist" and
its defaults. Both use one thread, so that the times can be compared. Prints a
Markdown table and fails if a score is further than 0.02 from xgboost's.
"""

import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import xgboost
from sklearn.metrics import roc_auc_score

ALLOWED = 0.02


def peer(kind, fold, target, x):
    options = {"tree_method": "hist", "n_jobs": 1}
    folds = [(fold != f, fold == f) for f in range(3)]
    if kind == "R2":
        fits = [xgboost.XGBRegressor(**options).fit(x[a], target[a]).predict(x[b]) for a, b in folds]
        rest = sum(((target[b] - p) ** 2).sum() for p, (_, b) in zip(fits, folds))
        return 1 - rest / ((target - target.mean()) ** 2).sum()
    target = target.astype(int)
    fits = [xgboost.XGBClassifier(**options).fit(x[a], target[a]).predict_proba(x[b]) for a, b in folds]
    if kind == "log loss":
        return -sum(np.log(p[range(len(p)), target[b]]).sum() for p, (_, b) in zip(fits, folds)) / len(x)
    areas = [roc_auc_score(target[b], p[:, 1]) for p, (_, b) in zip(fits, folds)]
    return 1 - np.mean([2 * max(0.5, a) - 1 for a in areas])


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        subprocess.run(
            ["go", "test", "-count=1", "-run", "^TestPeer$", "./internal/boost"],
            cwd=root, env={**os.environ, "BOOST_PEER": name, "GOMAXPROCS": "1"}, check=True, stdout=sys.stderr,
        )
        with open(work / "ours.csv") as f:
            ours = list(csv.DictReader(f))
        worst = 0.0
        print(f"| case | score | rows | columns | xgboost {xgboost.__version__} | ours | difference | xgboost, s | ours, s |")
        print("|---|---|---|---|---|---|---|---|---|")
        for case in ours:
            table = np.loadtxt(work / (case["name"] + ".csv"), delimiter=",")
            start = time.perf_counter()
            theirs = peer(case["kind"], table[:, 0].astype(int), table[:, 1], table[:, 2:])
            seconds = time.perf_counter() - start
            score = float(case["score"])
            worst = max(worst, float(abs(score - theirs)))
            print(f"| {case['name']} | {case['kind']} | {len(table)} | {table.shape[1] - 2} | {theirs:.4f} | {score:.4f} "
                  f"| {score - theirs:+.4f} | {seconds:.1f} | {float(case['seconds']):.1f} |")
    print(f"largest difference {worst:.4f}, allowed {ALLOWED}", file=sys.stderr)
    return int(worst > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())

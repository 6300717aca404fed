#!/usr/bin/env python3
"""Compares the detection score of internal/boost with xgboost's.

    python3 -m venv venv && venv/bin/pip install xgboost scikit-learn numpy
    venv/bin/python .ci/boost_peer.py

A Go test writes the cases with their folds and its own scores; the same folds
are then judged by XGBClassifier(tree_method="hist") with its defaults. Prints
a Markdown table and fails if a score is further than 0.02 from xgboost's.
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


def detection(fold, label, x):
    areas = []
    for f in range(3):
        train, test = fold != f, fold == f
        model = xgboost.XGBClassifier(tree_method="hist", n_jobs=os.cpu_count())
        model.fit(x[train], label[train])
        areas.append(roc_auc_score(label[test], model.predict_proba(x[test])[:, 1]))
    return 1 - np.mean([2 * max(0.5, a) - 1 for a in areas])


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        subprocess.run(
            ["go", "test", "-count=1", "-run", "^TestPeer$", "./internal/boost"],
            cwd=root, env={**os.environ, "BOOST_PEER": name}, check=True, stdout=sys.stderr,
        )
        with open(work / "ours.csv") as f:
            ours = list(csv.DictReader(f))
        worst = 0.0
        print(f"| case | rows | columns | xgboost {xgboost.__version__} | ours | difference | xgboost, s | ours, s |")
        print("|---|---|---|---|---|---|---|---|")
        for case in ours:
            table = np.loadtxt(work / (case["name"] + ".csv"), delimiter=",")
            start = time.perf_counter()
            peer = detection(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2:])
            seconds = time.perf_counter() - start
            score = float(case["detection"])
            worst = max(worst, abs(score - peer))
            print(f"| {case['name']} | {len(table)} | {table.shape[1] - 2} | {peer:.4f} | {score:.4f} "
                  f"| {score - peer:+.4f} | {seconds:.1f} | {float(case['seconds']):.1f} |")
    print(f"largest difference {worst:.4f}, allowed {ALLOWED}", file=sys.stderr)
    return worst > ALLOWED


if __name__ == "__main__":
    sys.exit(main())

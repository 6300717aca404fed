#!/usr/bin/env python3
"""Prints what scikit-learn makes of the fixed cases of TestC2STPeer.

    python3 -m venv venv && venv/bin/pip install scikit-learn numpy
    venv/bin/python .ci/c2st_peer.py [CASE …]

The protocol is that of the benchmark of simulation-based inference: z-scores
by the reference, MLPClassifier with two layers of 10 d units, five folds. A
line is a case of the table in datasets/metrics/c2st_test.go: its accuracy,
the accuracies of the folds, and the first three losses of the first fold and its epochs.
"""

import sys

import numpy as np
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neural_network import MLPClassifier


def cases():
    """name, reference, sample: row by row from RandomState."""
    r = np.random.RandomState(11)
    x, y = r.randn(2000, 2), r.randn(2000, 2)
    yield "shift", x, y + np.array([0.5, 0.0])
    r = np.random.RandomState(12)
    yield "equal", r.randn(1000, 3), r.randn(1000, 3)
    r = np.random.RandomState(13)
    yield "wider", 3 + 0.1 * r.randn(1000, 5), 3 + 0.15 * r.randn(1000, 5)
    r = np.random.RandomState(14)
    x, y = r.randn(1500, 10), r.randn(1500, 10)
    y[:, 1] = 0.6 * y[:, 0] + 0.8 * y[:, 1]
    yield "correlated", x, y
    r = np.random.RandomState(15)
    yield "apart", r.randn(303, 2), r.randn(204, 2) + 4
    r = np.random.RandomState(16)
    x, y = r.randn(1500, 2), r.randn(1500, 2)
    y *= (1 / np.sqrt((y**2).sum(axis=1)))[:, None]
    yield "ring", x, y
    r = np.random.RandomState(17)
    x, y = r.randn(10000, 2), r.randn(10000, 2)
    y[:, 1] = 0.6 * y[:, 0] + 0.8 * y[:, 1]
    yield "protocol", x, y


def main():
    for name, x, y in cases():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        x, y = x.astype(np.float32), y.astype(np.float32)
        mean, sd = x.astype(np.float64).mean(axis=0), x.astype(np.float64).std(axis=0, ddof=1)
        rows = np.concatenate([(x - mean) / sd, (y - mean) / sd]).astype(np.float32)
        target = np.concatenate([np.zeros(len(x)), np.ones(len(y))])
        d = x.shape[1]
        mlp = MLPClassifier(activation="relu", hidden_layer_sizes=(10 * d, 10 * d), max_iter=10000, solver="adam", random_state=1)
        folds = KFold(n_splits=5, shuffle=True, random_state=1)
        scores = cross_val_score(mlp, rows, target, cv=folds, scoring="accuracy")
        train, _ = next(iter(folds.split(rows)))
        curve = mlp.fit(rows[train], target[train]).loss_curve_
        text = ", ".join(f"{v:.6f}" for v in scores)
        print(f'{{"{name}", {np.mean(scores):.6f}, []float64{{{text}}}, []float64{{{", ".join(f"{v:.6f}" for v in curve[:3])}}}, {len(curve)}}},')


if __name__ == "__main__":
    main()

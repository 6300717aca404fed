#!/usr/bin/env python3
"""Peers on tables, for peer_tables.sh.

    peer_tables.py fit mostlyai|ctgan --data TRAIN.csv --metadata META.json --out CELL
    peer_tables.py run training|sampling CELL COMMAND...     runs it, and notes its seconds
    peer_tables.py about RUN        target and rows of training, of tweedie bench tables
    peer_tables.py seconds CELL     of training
    peer_tables.py join CELL        result.json of seconds.json and report.json
    peer_tables.py table FOLDER     tables in Markdown of all runs in the folder

fit trains on the rows of a file, draws as many, and writes synthetic.csv and seconds.json to the folder.
Seconds are those of the library's own fit and sample: not of its import, of reading, of writing. Core
seconds are what the system counted for the process and its children: they can be compared on a busy
machine too, with one thread each (OMP_NUM_THREADS=1), which does not wait for others.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time


def read(data, metadata):
    """Numbers as float64, all else as text, the empty one for a missing cell; and the names of the latter."""
    import pandas as pd

    columns = load(pathlib.Path(metadata))["columns"]
    frame = pd.read_csv(data, dtype=str, keep_default_na=False)
    numbers = [c["name"] for c in columns if c["type"] in ("numeric", "integer")]
    frame[numbers] = frame[numbers].astype("float64")
    return frame, [c for c in frame.columns if c not in numbers]


def decimals(column):
    """The most that a number of the column is written with."""
    return next((d for d in range(9) if (column.round(d) == column).all()), 9)


def mostlyai(o, frame, discrete):
    """MOSTLY AI's engine with its defaults: early stopping on held-out loss, at most 100 epochs."""
    from mostlyai.engine import TabularARGN

    frame = frame.convert_dtypes()  # whole numbers as such, text as text
    frame[discrete] = frame[discrete].mask(frame[discrete] == "")
    limit = {"max_training_time": o.seconds / 60} if o.seconds else {}
    model = TabularARGN(random_state=o.seed, value_protection=not o.unprotected, device="cpu", **limit)
    return (lambda: model.fit(frame)), lambda: model.sample(n_samples=len(frame))


def ctgan(o, frame, discrete):
    """CTGAN with its defaults. Numbers are rounded as in the table and kept within its range, as SDV does."""
    import numpy as np
    import torch
    from ctgan import CTGAN

    np.random.seed(o.seed)
    torch.manual_seed(o.seed)
    model = CTGAN(epochs=o.epochs, enable_gpu=False)
    digits = {c: decimals(frame[c]) for c in frame.columns if c not in discrete}

    def sample():
        drawn = model.sample(len(frame))
        for c, d in digits.items():
            drawn[c] = drawn[c].clip(frame[c].min(), frame[c].max()).round(d)
            if d == 0:
                drawn[c] = drawn[c].astype("int64")
        return drawn

    return (lambda: model.fit(frame, discrete)), sample


def fit(o):
    frame, discrete = read(o.data, o.metadata)
    train, sample = {"mostlyai": mostlyai, "ctgan": ctgan}[o.peer](o, frame, discrete)
    start = clocks()
    train()
    trained = clocks()
    drawn = sample()
    end = clocks()
    out = pathlib.Path(o.out)
    drawn[list(frame.columns)].to_csv(out / "synthetic.csv", index=False)
    write(out / "seconds.json", spent("training", start, trained) | spent("sampling", trained, end))


def clocks():
    """Seconds by the clock, and of cores, since whenever."""
    return time.perf_counter(), sum(os.times()[:4])


def spent(what, a, b):
    return {f"{what}_seconds": b[0] - a[0], f"{what}_core_seconds": b[1] - a[1]}


def run(o):
    """The command's output is its own; what it took is added to seconds.json."""
    start = clocks()
    subprocess.run(o.command, check=True)
    path = pathlib.Path(o.folder) / "seconds.json"
    write(path, (load(path) if path.exists() else {}) | spent(o.what, start, clocks()))


def load(path):
    return json.loads(path.read_text())


def write(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


ROWS = {  # folders of peer_tables.sh, in the order of the table
    "tweedie": "tweedie",
    "mostlyai": "MOSTLY AI",
    "mostlyai-unprotected": "MOSTLY AI, no value protection",
    "mostlyai-as-tweedie": "MOSTLY AI, at most tweedie's time",
    "tweedie-as-mostlyai": "tweedie, `--time-budget` of MOSTLY AI's",
    "ctgan": "CTGAN",
    "ctgan-as-tweedie": "CTGAN, epochs of tweedie's time",
    "tweedie-as-ctgan": "tweedie, `--time-budget` of CTGAN's",
}


def results(folder):
    """Of each table the runs of each cell, by the names of ROWS and tweedie-nfe-N."""
    found = {}
    for path in sorted(folder.glob("*/*/result.json")):
        found.setdefault(path.parts[-3].rpartition("-")[0], {}).setdefault(path.parts[-2], []).append(load(path))
    return found


def prediction(scores):
    u = scores["utility"]
    return u["r2"] if u["task"] == "number" else u["macro_f1"]


def mean(values, digits):
    values = [v for v in values if v is not None]
    return f"{statistics.mean(values):.{digits}f}" if values else ""


def line(label, runs, scores):
    """A row of the table: means over the runs, of seconds and of the scores that are chosen from a report."""
    seconds = [[r.get(f"{what}_{k}") for r in runs] for what in ("training", "sampling") for k in ("seconds", "core_seconds")]
    chosen = [scores(r["report"]) for r in runs]
    quality = [[s["shape"] for s in chosen], [s["trend"] for s in chosen], [s["detection"] for s in chosen],
               [prediction(s) for s in chosen], [(s.get("privacy") or {}).get("closer_to_train") for s in chosen]]
    return f"| {label} | " + " | ".join([mean(v, 1) for v in seconds] + [mean(v, 3) for v in quality]) + " |"


def floor(name):
    return lambda report: report["floors"][name]


def table(o):
    for name, cells in results(pathlib.Path(o.folder)).items():
        runs = cells["tweedie"]
        report = runs[0]["report"]
        score = "R²" if report["synthetic"]["utility"]["task"] == "number" else "F1"
        print(f"{name}, {report['real_rows']:,} rows of training" + (f", means of {len(runs)} seeds" if len(runs) > 1 else "") + "\n")
        print(f"| | training, s | core seconds | drawing, s | core seconds | shape | trend | detection | {score} | closer to train |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        few = sorted((c for c in cells if c.startswith("tweedie-nfe-")), key=lambda c: -int(c.rpartition("-")[2]))
        labels = {c: f"tweedie, {c.rpartition('-')[2]} evaluations" for c in few}
        for cell, label in ({"tweedie": ROWS["tweedie"]} | labels | ROWS).items():
            if cell in cells:
                print(line(label, cells[cell], lambda report: report["synthetic"]))
        bare = [{"report": r["report"]} for r in runs]
        print(line("independent columns", bare, lambda report: report["floors"]["independent_columns"]))
        print(line("small mixture", bare, lambda report: report["floors"]["small_mixture"]))
        print(line("other real rows", bare, lambda report: report["floors"]["real"]), end="\n\n")


def about(o):
    r = load(pathlib.Path(o.folder) / "report.json")
    print(r["report"]["target"]["column"], r["rows"])


def seconds(o):
    print(round(load(pathlib.Path(o.folder) / "seconds.json")["training_seconds"], 1))


def join(o):
    """In the form of tweedie bench tables."""
    cell = pathlib.Path(o.folder)
    write(cell / "result.json", load(cell / "seconds.json") | {"report": load(cell / "report.json")})


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = a.add_subparsers(required=True)
    f = commands.add_parser("fit")
    f.set_defaults(run=fit)
    f.add_argument("peer", choices=("mostlyai", "ctgan"))
    for name in ("data", "metadata", "out"):
        f.add_argument(f"--{name}", required=True)
    f.add_argument("--seed", type=int, default=0)
    f.add_argument("--seconds", type=float, help="bound of training, of mostlyai")
    f.add_argument("--unprotected", action="store_true", help="mostlyai without value protection")
    f.add_argument("--epochs", type=int, default=300, help="of ctgan")
    for command in (about, seconds, join, table):
        c = commands.add_parser(command.__name__)
        c.set_defaults(run=command)
        c.add_argument("folder")
    r = commands.add_parser("run")
    r.set_defaults(run=run)
    r.add_argument("what", choices=("training", "sampling"))
    r.add_argument("folder")
    r.add_argument("command", nargs=argparse.REMAINDER)
    o = a.parse_args()
    o.run(o)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs tweedie, PyTorch, JAX and stock Gorgonia in turn on this machine, prints
tables in Markdown and writes every measurement as JSON. run.sh prepares what
it needs. Only the standard library is used."""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys

TRAIN = [{"bench": "train", "hidden": h, "layers": 3, "batch": b} for b, h in ((128, 64), (256, 128), (512, 256), (1024, 512))]
SAMPLE = [{"bench": "sample", "hidden": 256, "layers": 3, "rows": 10000, "nfe": 50}]
BLOCKS = (0, 1024)  # rows that PyTorch and JAX carry at a time; 0 is all of them
JAX = ("jit", "scan", "jit+joined", "scan+joined")  # the modes that are JAX's

OPENMP = {  # settings of the OpenMP that PyTorch brings, with two threads or more
    "default": {},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "active, bound": {"OMP_WAIT_POLICY": "active", "OMP_PROC_BIND": "true"},
}


def call(command, environment=None):
    """The JSON objects that a command prints, one in a line."""
    e = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "MKL_", "KMP_", "GOMP_", "XLA_"))} | (environment or {})
    r = subprocess.run(command, env=e, capture_output=True, text=True)
    if r.returncode:
        print(f"failed: {' '.join(command)}\n{r.stderr[-2000:]}", file=sys.stderr)
        return []
    return [json.loads(line) for line in r.stdout.splitlines() if line.startswith("{")]


def tweedie(o, work, workers):
    c = [o.tweedie, "bench", work["bench"], "--json", "--dim=2", f"--seconds={o.seconds}s", f"--workers={workers}"]
    c += [f"--{k}={v}" for k, v in work.items() if k != "bench"]
    return [r | {"side": "tweedie", "mode": "", "threads": workers, "setting": ""} for r in call(c)]


def gorgonia(o, work):
    c = [o.gorgonia, f"-seconds={o.seconds}s"] + [f"-{k}={v}" for k, v in work.items() if k != "bench"]
    return [r | {"setting": ""} for r in call(c)]


def peer(o, name, modes, works, threads, environment):
    """The measurements of peer_NAME.py in these modes."""
    if not modes:
        return []
    spread = [w | {"block": b} for w in works for b in (BLOCKS if w["bench"] == "sample" else (None,))]
    c = [o.python, os.path.join(os.path.dirname(os.path.abspath(__file__)), f"peer_{name}.py")]
    c += [f"--threads={threads}", f"--modes={','.join(modes)}", f"--seconds={o.seconds}", "--work", json.dumps(spread)]
    return call(c, environment)


def blocks(r, setting=""):
    """The setting as the tables name it."""
    return {"setting": ", ".join(s for s in (setting, f"blocks of {r['block']}" if r["block"] else "") if s)}


def torch(o, works, threads, setting):
    modes = [m for m in o.modes.split(",") if m not in JAX]
    found = peer(o, "torch", modes, works, threads, OPENMP[setting] | {"OMP_NUM_THREADS": str(threads)})
    return [r | blocks(r, setting) for r in found]


def jax(o, works, threads):
    modes = [m for m in o.modes.split(",") if m in JAX]
    return [r | blocks(r) for r in peer(o, "jax", modes, works, threads, {})]


def measure(o, works):
    """All sides, round after round; ours before each setting of PyTorch; JAX after
    the default of it, with as many threads."""
    settings = [(1, "default")] + [(o.threads, s) for s in OPENMP if o.threads > 1]
    found = []
    for n in range(o.rounds):
        for k, (threads, setting) in enumerate(settings):
            turn = []
            for w in works:
                for workers in dict.fromkeys((o.threads, 1)):
                    turn += tweedie(o, w, workers)
                if k == 0 and w["bench"] == "train":
                    turn += gorgonia(o, w)
            turn += torch(o, works, threads, setting)
            if setting == "default":
                turn += jax(o, works, threads)
            found += [r | {"round": n} for r in turn]
            save(o, found)
            print(f"round {n + 1} of {o.rounds}: PyTorch with {threads} threads, {setting}", file=sys.stderr)
    return found


def save(o, results):
    """Writes what there is so far: a run that is stopped is not lost."""
    with open(o.out, "w") as f:
        json.dump({"date": o.date, "load": o.load, "system": platform.platform(), "rounds": o.rounds,
                   "seconds": o.seconds, "results": results}, f, indent=1)


def fits(r, work):
    return all(r.get(k) == v for k, v in work.items())


class Side:
    """One configuration of one side: the median of its medians, the best of
    its best, over all rounds."""

    def __init__(self, results):
        self.results = results
        self.median = statistics.median(r["ms_per_step"]["median"] for r in results)
        self.best = min(r["ms_per_step"]["best"] for r in results)
        first = results[0]
        self.name = ", ".join(s for s in (first["mode"], f"{first['threads']} thr.", first["setting"]) if s and s != "default")

    def __str__(self):
        return f"{self.median:.3g} ({self.best:.3g})"


def fastest(results, work, choose):
    """The configuration with the lowest median."""
    groups = {}
    for r in results:
        if fits(r, work) and choose(r):
            groups.setdefault((r["mode"], r["threads"], r["setting"]), []).append(r)
    return min((Side(g) for g in groups.values()), key=lambda s: s.median, default=None)


SIDES = {
    "PyTorch eager": lambda r: r["side"] == "torch" and r["mode"].startswith("eager"),
    "PyTorch compiled": lambda r: r["side"] == "torch" and not r["mode"].startswith("eager"),
    "JAX": lambda r: r["side"] == "jax",
    "Gorgonia": lambda r: r["side"] == "gorgonia",
}


def factor(s, t):
    """Of times of another side to ours."""
    return f"{s.median / t.median:.2f} ({s.best / t.best:.2f})" if s and t else ""


def label(w):
    return f"train ({w['batch']}, {w['hidden']})" if w["bench"] == "train" else f"sample {w['rows']} x {w['nfe']}, {w['hidden']}"


def tables(o, results, works):
    ours = [r for r in results if r["side"] == "tweedie"]
    if not ours:
        sys.exit("no measurement of tweedie")
    versions = {r["side"]: r["version"] for r in results}
    m = ours[0]
    yield f"{o.date}, {m['cpu']}, {m['cores']} cores, {m['platform']}, load {o.load} at the start; {m['go']}, {m['kernel']} kernels; " \
          + ", ".join(f"{k} {v}" for k, v in sorted(versions.items())) + f". {o.rounds} rounds of {o.seconds} s."
    yield ""
    yield "Milliseconds per step: median (best). Factors are of the medians (of the best); the first is that of the fastest peer."
    yield ""
    yield "| | tweedie | least factor | " + " | ".join(f"{s} | factor | setting" for s in SIDES) + " |"
    yield "|---" * (3 + 3 * len(SIDES)) + "|"
    for w in works:
        t = fastest(results, w, lambda r: r["side"] == "tweedie" and r["threads"] == o.threads)
        row = [label(w), str(t), factor(fastest(results, w, lambda r: r["side"] != "tweedie"), t)]
        for choose in SIDES.values():
            s = fastest(results, w, choose)
            row += [str(s), factor(s, t), s.name] if s else ["", "", ""]
        yield "| " + " | ".join(row) + " |"
    yield ""
    yield f"tweedie alone: {o.threads} workers against one, share of {o.threads} x the peak of one thread, allocations."
    yield ""
    yield "| | ms, one worker | factor | GF peak | share of peak: median (best) | allocations per step | bytes per step |"
    yield "|---|---|---|---|---|---|---|"
    for w in works:
        one = fastest(results, w, lambda r: r["side"] == "tweedie" and r["threads"] == 1)
        t = fastest(results, w, lambda r: r["side"] == "tweedie" and r["threads"] == o.threads)
        if not (one and t):
            continue
        peak = max(r["peak_gflops"] for s in (one, t) for r in s.results)  # of all runs: a disturbed one is too low
        share = [t.results[0]["mflop_per_step"] / ms / peak / o.threads for ms in (t.median, t.best)]
        heap = [statistics.median(r[k] for r in t.results) for k in ("allocs_per_step", "bytes_per_step")]
        yield f"| {label(w)} | {one} | {one.median / t.median:.2f} ({one.best / t.best:.2f}) | {peak:.0f} " \
              f"| {share[0]:.1%} ({share[1]:.1%}) | {heap[0]:.2g} | {heap[1]:.3g} |"


def main():
    a = argparse.ArgumentParser(description=__doc__)
    for name in ("tweedie", "gorgonia", "python", "out"):
        a.add_argument(f"--{name}", required=True)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--seconds", type=float, default=2, help="of each measurement")
    a.add_argument("--threads", type=int, default=min(2, os.cpu_count()))
    a.add_argument("--modes", default="eager,eager+joined,compile,compile+joined,wrapped,wrapped+joined," + ",".join(JAX),
                   help="of PyTorch eager, compile, wrapped (C++ wrapper), autotuned, of JAX jit, scan; each also as +joined")
    a.add_argument("--only", default="", help="train or sample")
    o = a.parse_args()
    o.date = datetime.date.today().isoformat()
    o.load = f"{os.getloadavg()[0]:.2f}"
    works = [w for w in TRAIN + SAMPLE if o.only in ("", w["bench"])]
    results = measure(o, works)
    print("\n".join(tables(o, results, works)))


if __name__ == "__main__":
    main()

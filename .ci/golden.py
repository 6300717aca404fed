"""Writes the golden files of packages nn and train: model files, and what they must give.

    python3 .ci/golden.py OUT [MODEL …]

OUT is the root of the tree, or another folder, for the interchange gate; of each further
MODEL it also says what it must give. It needs the packages of the gate.
"""
import hashlib
import json
import pathlib
import shutil
import struct
import sys

import numpy as np

from denoiser import Network, kernel, load, log_softmax, pullback

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEFORE = [f"checkpoints/testdata/before/{n}.safetensors" for n in ("table", "condition", "toy", "classifier")]
VP = {"kind": "vp", "params": {"beta_min": 0.1, "beta_max": 15}}
VE = {"kind": "ve", "params": {"sigma_min": 0.02, "sigma_max": 8}}
SUBVP = {"kind": "subvp", "params": {"beta_min": 0.2, "beta_max": 12}}


def moments(columns):
    """Returns mean, variance and categories of columns: (mean, variance) or a list of shares."""
    mean, variance, cats = [], [], []
    for c in columns:
        if isinstance(c, tuple):
            mean, variance = mean + [c[0]], variance + [c[1]]
            continue
        cats.append({"start": len(mean), "shares": c})
        mean, variance = mean + c, variance + [p * (1 - p) for p in c]
    return {"mean": mean, "variance": variance, "categories": cats}


def description(columns, hidden, layers, schedule, film=False, conditions=(), waves=0, posterior=False, parts=False, label=None, temperature=0):
    d = moments(columns)
    dim, conditions = len(d["mean"]), list(conditions)
    feat = 16 + sum(c["levels"] + 1 if c["levels"] else 2 for c in conditions) + parts * len(columns)
    net = {"dim": dim, "hidden": hidden, "layers": layers, "film": film, "feat": feat,
           "waves": 2 * waves * sum(isinstance(c, tuple) for c in columns), "out": label["levels"] if label else 0}
    d.update(net=net, schedule=schedule, conditions=conditions, waves=waves, posterior=posterior, parts=parts)
    if label:
        d.update(label=label, temperature=temperature)
    return d


def parameters(net, rng):
    shapes = {}
    for l in range(net["layers"] + 1):
        name = f"layer{l}" if l < net["layers"] else "out"
        inside = net["hidden"] if l else net["dim"] + net["waves"]
        out = net["hidden"] if l < net["layers"] else net["out"] or net["dim"]
        shapes[name + ".weight"], shapes[name + ".feature"], shapes[name + ".bias"] = (inside, out), (net["feat"], out), (out,)
        if net["film"] and l < net["layers"]:
            shapes[name + ".scale"] = (net["feat"], out)
    return {k: (rng.standard_normal(s) * (0.9 / np.sqrt(s[0]) if len(s) > 1 else 0.2)).astype(np.float32) for k, s in shapes.items()}


def checksum(meta, tensors):
    h = hashlib.sha256()

    def put(b):
        h.update(struct.pack("<Q", len(b)) + b)

    for key in sorted(meta):
        put(key.encode()), put(meta[key].encode())
    for name in sorted(tensors):
        a = tensors[name]
        put(name.encode()), put(b"F32"), put(struct.pack(f"<{a.ndim}Q", *a.shape)), put(a.tobytes())
    return h.hexdigest()


def write_model(path, desc, rng):
    tensors = parameters(desc["net"], rng)
    meta = {"tweedie.format": "1", "tweedie.kind": "classifier" if "label" in desc else "model", "model": json.dumps(desc)}
    meta["tweedie.sha256"] = checksum(meta, tensors)
    header, data = {"__metadata__": meta}, b""
    for name in sorted(tensors):
        b = tensors[name].tobytes()
        header[name] = {"dtype": "F32", "shape": tensors[name].shape, "data_offsets": [len(data), len(data) + len(b)]}
        data += b
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def clean_rows(net, n, rng):
    x = np.zeros((n, len(net.mean)))
    for lo, hi, logs in net.parts:
        if logs is None:
            x[:, lo] = net.mean[lo] + np.sqrt(net.variance[lo]) * rng.standard_normal(n)
        else:
            x[np.arange(n), lo + rng.integers(0, hi - lo, n)] = 1
    return x


def plain(a, digits=9):
    """Returns an array as lists, null for NaN."""
    return json.loads(json.dumps(a.tolist(), allow_nan=True).replace("NaN", "null"), parse_float=lambda s: float(f"%.{digits}g" % float(s)))


def case(file, path, rng, derivatives=False):
    """What the model of a file must give at some rows."""
    meta, desc, params = load(path)
    net = Network(desc, params)
    times = np.array([1e-12, 1e-3, 0.02, 0.11, 0.35, 0.62, 0.9, 1.0] if "label" in desc else [1e-3, 0.02, 0.11, 0.35, 0.62, 0.9, 1.0])
    n = len(times)
    target = clean_rows(net, n, rng)
    alpha, sigma = kernel(desc["schedule"], times)
    x = (alpha[:, None] * target + sigma[:, None] * rng.standard_normal(target.shape)).round(6)
    c = {"file": file, "x": plain(x), "t": plain(times)}
    if meta["tweedie.kind"] == "classifier":
        levels = desc["label"]["levels"]
        of = np.arange(n) % levels
        if derivatives:  # training has no temperature

            def loss():
                return -log_softmax(net.output(x, times)[0])[np.arange(n), of].mean()

            c.update(loss=float("%.9g" % loss().real), gradients={k: plain(a.ravel(), 7) for k, a in net.gradient(loss).items()})
        c.update(of=of.tolist(), log_probs=plain(net.log_probs(x, times)), gradient=plain(pullback(lambda y: net.log_probs(y, times), x, np.eye(levels)[of])))
        return c
    cond, known = None, None
    if desc.get("conditions"):
        cond = np.array([[np.nan if (i + k) % 4 == 3 else i % q["levels"] if q["levels"] else 0.4 * i - 1 for k, q in enumerate(desc["conditions"])] for i in range(n)])
        c["cond"] = plain(cond)
    if desc.get("parts"):
        known = np.full(x.shape, np.nan)
        for k, (lo, hi, _) in enumerate(net.parts):
            rows = np.arange(n) % len(net.parts) == k
            rows[0] = False
            known[rows, lo:hi] = target[rows, lo:hi]
        c["known"] = plain(known)
    weight = 0.5 + 0.25 * (np.arange(n) % 3)
    c.update(target=plain(target), weight=plain(weight), d=plain(net.denoise(x, times, cond, known)),
             losses=plain(net.losses(x, times, target, weight, cond, known)), none=plain(net.denoise(x, times)))
    if derivatives:
        v = rng.standard_normal(x.shape).round(4)
        c.update(v=plain(v), pullback=plain(pullback(lambda y: net.denoise(y, times, cond, known), x, v)),
                 gradients={k: plain(a.ravel(), 7) for k, a in net.gradient(lambda: net.losses(x, times, target, weight, cond, known).sum() / n).items()})
    return c


def models():
    """The golden models: odd sizes, and every option of a network in one of them."""
    size, kind = {"name": "size", "levels": 0}, {"name": "kind", "levels": 3}
    mixed = [(0.3, 1.7), (-1.2, 0.4), [0.02, 0.38, 0.6], (2.0, 0.0), [0.7, 0.3]]
    return {
        "mixed": description(mixed, 5, 2, VP, conditions=[kind, size], waves=2, posterior=True, parts=True),
        "film": description([(0.5, 2.0), [0.01, 0.99], (-0.2, 0.6)], 7, 3, SUBVP, film=True, waves=1),
        "plain": description([(0.5, 2.0), (0.1, 2.0), (-0.7, 0.3)], 6, 1, VE, conditions=[size]),
        "classifier": description([(0.4, 1.3), [0.02, 0.3, 0.68], (0.2, 0.5)], 5, 2, VP, waves=1, posterior=True, label=kind, temperature=1.7),
    }


def main():
    out, rng = pathlib.Path(sys.argv[1]), np.random.default_rng(14)
    cases = []
    for name, desc in models().items():
        file = f"nn/testdata/{name}.safetensors"
        write_model(out / file, desc, rng)
        cases.append(case(file, out / file, rng, derivatives=True))
    for file in BEFORE:
        cases.append(case(file, ROOT / file, rng))
        if not (out / file).exists():
            (out / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, out / file)
    for path in sys.argv[2:]:
        cases.append(case(path, path, rng))
    write(out / "nn/testdata/golden.json", cases)

    from golden_run import run  # the longer part
    write(out / "train/testdata/golden.json", [run(out / "nn/testdata/mixed.safetensors")])


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(v, separators=(",", ":")) for v in value]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()

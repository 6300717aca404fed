"""The denoiser D(x, t) = E[x_0 | x_t] of a model file, in numpy alone.

    python denoiser.py MODEL.safetensors EXAMPLES.json

prints how far D is from the examples that `tweedie export --examples` has written for it.
The formulas are those of docs/reference/checkpoint.md, in its order.
"""
import json
import sys

import numpy as np


def load(path):
    """Returns the description and the parameters of a model file."""
    with open(path, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        data = f.read()
    meta = header.pop("__metadata__")
    arrays = {k: np.frombuffer(data[slice(*v["data_offsets"])], "<f4").reshape(v["shape"]).astype(float) for k, v in header.items()}
    return json.loads(meta["model"]), arrays


def kernel(schedule, t):
    """Returns alpha and sigma of x_t = alpha x_0 + sigma z."""
    p = schedule["params"]
    if schedule["kind"] in ("vp", "subvp"):
        b = t * (p["beta_min"] + t * (p["beta_max"] - p["beta_min"]) / 2)
        variance = -np.expm1(-b)
        return np.exp(-b / 2), np.sqrt(variance) if schedule["kind"] == "vp" else variance
    if schedule["kind"] == "ve":
        return np.ones_like(t), p["sigma_min"] * (p["sigma_max"] / p["sigma_min"]) ** t
    raise ValueError(f"the schedule {schedule['kind']}: see docs/reference/checkpoint.md")


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def parts(model):
    """Returns start, end and ln shares of the columns of a row; None for a number."""
    cats = {c["start"]: np.log(c["shares"]) for c in model.get("categories", [])}
    found, at = [], 0
    while at < len(model["mean"]):
        logs = cats.get(at)
        found.append((at, at + (1 if logs is None else len(logs)), logs))
        at = found[-1][1]
    return found


def denoise(model, w, x, t, labels=None, given=None):
    """Returns D at rows x, n×d, and times t, n. labels, n×conditions, and given, n×d, are
    NaN where nothing is given."""
    n, d = x.shape
    mean, var, columns = np.array(model["mean"]), np.array(model["variance"]), parts(model)
    labels = np.full((n, len(model.get("conditions", []))), np.nan) if labels is None else labels
    given = np.full((n, d), np.nan) if given is None else given
    whole = np.array([~np.isnan(given[:, lo:hi]).any(axis=1) for lo, hi, _ in columns]).T

    # 1. The noise level, one column each.
    alpha, sigma = (v[:, None] for v in kernel(model["schedule"], t))
    gain, category = alpha / sigma**2, np.hstack([np.full(hi - lo, logs is not None) for lo, hi, logs in columns])
    scale = np.where(category, np.maximum(var, 0.03), var)
    clean = np.where(scale > 0, 1 / np.sqrt(np.where(scale > 0, scale, 1)), 0)
    den, centered = alpha**2 * var + sigma**2, x - alpha * mean

    # 2. The features of time, labels and what is given.
    omega = np.pi / 24 * 2 ** (np.arange(8) / 2)
    angle = np.clip(np.log(alpha / sigma), -12, 12) * omega
    f = [np.sin(angle), np.cos(angle)]
    for v, c in zip(labels.T[:, :, None], model.get("conditions", [])):
        null = np.isnan(v)
        f.append(v == np.arange(c["levels"]) if c["levels"] else np.where(null, 0, (v - c.get("mean", 0)) / (c.get("std", 0) or 1)))
        f.append(null)
    f = np.hstack(f + ([whole] if model.get("parts") else [])).astype(float)

    # 3. The input: normalized numbers, posteriors of categories, what is given in its place.
    h = centered / np.sqrt(alpha**2 * scale + sigma**2)
    for (lo, hi, logs), rows in zip(columns, whole.T):
        if logs is not None and model.get("posterior"):
            h[:, lo:hi] = (softmax(logs + gain * x[:, lo:hi]) - mean[lo:hi]) * clean[lo:hi]
        h[rows, lo:hi] = (given[rows, lo:hi] - mean[lo:hi]) * clean[lo:hi]

    # 4. Behind it the Fourier features of numbers.
    waves = [h]
    for (j, _, logs), rows in zip(columns, whole.T):
        if logs is None:
            mu = np.where(rows, h[:, j], (alpha * var / den * centered)[:, j] * clean[j])
            tau2 = np.where(rows, 0, (sigma**2 / den)[:, j])
            for k in range(model.get("waves", 0)):
                o = np.pi / 4 * 2**k
                fade = np.exp(-(o**2) * tau2 / 2) * (var[j] > 0)
                waves += [(fade * np.sin(o * mu))[:, None], (fade * np.cos(o * mu))[:, None]]

    # 5. The network.
    h, net = np.hstack(waves), model["net"]
    for layer in [f"layer{i}" for i in range(net["layers"])] + ["out"]:
        z = h @ w[layer + ".weight"]
        if layer + ".scale" in w:
            z *= 1 + f @ w[layer + ".scale"]
        z += f @ w[layer + ".feature"] + w[layer + ".bias"]
        h = z if layer == "out" else z / (1 + np.exp(-z)) + (0 if layer == "layer0" else h)

    # 6. The posterior mean: numbers, categories, what is given.
    out = mean + alpha * var / den * centered + sigma * np.sqrt(var / den) * h
    for lo, hi, logs in columns:
        if logs is not None:
            logits = logs + gain * x[:, lo:hi] + h[:, lo:hi]
            out[:, lo:hi] = softmax(np.where(given[:, lo:hi] == 0, -1e300, logits))
    return np.where(np.isnan(given), out, given)


if __name__ == "__main__":
    model, weights = load(sys.argv[1])
    examples = json.load(open(sys.argv[2]))
    m = {k: np.array(v, float) for k, v in (examples["inputs"] | examples["outputs"]).items()}
    gap = np.abs(denoise(model, weights, m["x"], m["t"][:, 0], m.get("labels"), m.get("given")) - m["denoised"]).max()
    print(f"denoiser.py: D is {gap / np.abs(m['denoised']).max():.1e} away, relative to the largest number")
    sys.exit(1 if gap > 1e-6 * np.abs(m["denoised"]).max() else 0)

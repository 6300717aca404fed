"""The networks of package nn in numpy, from their formulas and in float64.

It shares no code with the library and has no derivative of its own: those are by the
complex step, f'(x) = Im f(x + ih)/h, which has no cancellation and so no error.
"""
import json

import numpy as np
from safetensors import safe_open

STEP = 1e-30


def load(path):
    """Returns (metadata, description, parameters) of a model file."""
    with safe_open(path, framework="np") as f:
        meta = f.metadata()
        params = {name: f.get_tensor(name).astype(float) for name in f.keys()}
    return meta, json.loads(meta["model"]), params


def kernel(schedule, t):
    """Returns alpha and sigma of x_t = alpha x_0 + sigma z."""
    p = schedule.get("params", {})
    if schedule["kind"] in ("vp", "subvp"):
        b0, b1 = p.get("beta_min", 0.1), p.get("beta_max", 20)
        b = b0 * t + (b1 - b0) * t * t / 2
        sigma = -np.expm1(-b)
        return np.exp(-b / 2), np.sqrt(sigma) if schedule["kind"] == "vp" else sigma
    if schedule["kind"] == "ve":
        lo, hi = p.get("sigma_min", 0.01), p.get("sigma_max", 50)
        return np.ones_like(t), lo * (hi / lo) ** t
    raise ValueError(schedule)


def log_softmax(logits):
    top = logits.real.max(axis=1, keepdims=True)
    return logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))


class Network:
    """A score model or a classifier, by the description in its file."""

    def __init__(self, desc, params):
        self.desc, self.params = desc, params
        self.mean, self.variance = np.array(desc["mean"]), np.array(desc["variance"])
        self.cats = desc.get("categories", [])
        self.conds = desc.get("conditions", [])
        self.waves = desc.get("waves", 0)
        self.scale = self.variance.copy()
        for c in self.cats:  # rare levels are not normalized by their own variance
            at = slice(c["start"], c["start"] + len(c["shares"]))
            self.scale[at] = np.maximum(self.scale[at], 0.03)
        self.clean = np.array([1 / np.sqrt(s) if s > 0 else 0 for s in self.scale])
        self.parts, at = [], 0
        for c in self.cats + [{"start": len(self.mean), "shares": []}]:
            self.parts += [(j, j + 1, None) for j in range(at, c["start"])]
            at = c["start"] + len(c["shares"])
            if c["shares"]:
                self.parts.append((c["start"], at, np.log(c["shares"])))
        self.numbers = [p[0] for p in self.parts if p[2] is None]

    def given(self, known):
        """Returns, for each part, which rows are given the whole of it."""
        return [~np.isnan(known[:, lo:hi]).any(axis=1) for lo, hi, _ in self.parts]

    def features(self, alpha, sigma, cond, known):
        n = len(alpha)
        lam = np.clip(np.log(alpha / sigma), -12, 12)
        omega = np.pi / 24 * 2 ** (np.arange(8) / 2)
        f = [np.sin(np.outer(lam, omega)), np.cos(np.outer(lam, omega))]
        for k, c in enumerate(self.conds):
            v = cond[:, k]
            null = np.isnan(v)
            if c["levels"] == 0:
                f += [np.where(null, 0, v)[:, None], null[:, None]]
            else:
                f += [(v[:, None] == np.arange(c["levels"])), null[:, None]]
        if self.desc.get("parts"):
            f.append(np.array(self.given(known)).T)
        return np.hstack([a.reshape(n, -1).astype(float) for a in f])

    def inputs(self, x, alpha, sigma, known):
        a, s = alpha[:, None], sigma[:, None]
        out = (x - a * self.mean) / np.sqrt(a * a * self.scale + s * s)
        if self.desc.get("posterior"):
            for lo, hi, logs in self.parts:
                if logs is not None:
                    q = np.exp(log_softmax(logs + a / (s * s) * x[:, lo:hi]))
                    out[:, lo:hi] = (q - self.mean[lo:hi]) * self.clean[lo:hi]
        if self.desc.get("parts"):
            for (lo, hi, _), rows in zip(self.parts, self.given(known)):
                out[rows, lo:hi] = (known[rows, lo:hi] - self.mean[lo:hi]) * self.clean[lo:hi]
        waves = [out]
        for j in self.numbers if self.waves else []:
            v = self.variance[j]
            den = alpha * alpha * v + sigma * sigma
            mu, tau2 = np.sqrt(v) * alpha * (x[:, j] - alpha * self.mean[j]) / den, sigma * sigma / den
            rows = ~np.isnan(known[:, j])
            mu = np.where(rows, (known[:, j] - self.mean[j]) * self.clean[j], mu)
            tau2 = np.where(rows, 0, tau2)
            for k in range(self.waves):
                w = np.pi / 4 * 2**k
                fade = np.exp(-w * w * tau2 / 2) * (v > 0)
                waves += [(fade * np.sin(w * mu))[:, None], (fade * np.cos(w * mu))[:, None]]
        return np.hstack(waves)

    def output(self, x, t, cond=None, known=None):
        """Returns F at noisy rows x, with the kernels there."""
        n = len(x)
        cond = np.full((n, len(self.conds)), np.nan) if cond is None else cond
        known = np.full(x.shape, np.nan) if known is None else known
        alpha, sigma = kernel(self.desc["schedule"], t)
        h, f, p = self.inputs(x, alpha, sigma, known), self.features(alpha, sigma, cond, known), self.params
        for l in range(self.desc["net"]["layers"]):
            z = h @ p[f"layer{l}.weight"]
            if self.desc["net"].get("film"):
                z = z * (1 + f @ p[f"layer{l}.scale"])
            z = z + f @ p[f"layer{l}.feature"] + p[f"layer{l}.bias"]
            y = z / (1 + np.exp(-z))
            h = y if l == 0 else h + y
        return h @ p["out.weight"] + f @ p["out.feature"] + p["out.bias"], alpha, sigma, known

    def denoise(self, x, t, cond=None, known=None, logs=False):
        """Returns D, or with logs the logarithms of its categories in their places."""
        out, alpha, sigma, known = self.output(x, t, cond, known)
        a, s = alpha[:, None], sigma[:, None]
        den = a * a * self.variance + s * s
        d = self.mean + a * self.variance / den * (x - a * self.mean) + s * np.sqrt(self.variance / den) * out
        for lo, hi, log_shares in self.parts:
            if log_shares is not None:
                logits = log_shares + a / (s * s) * x[:, lo:hi] + out[:, lo:hi]
                log_p = log_softmax(np.where(known[:, lo:hi] == 0, -1e300, logits))
                d[:, lo:hi] = log_p if logs else np.exp(log_p)
        return d if logs else np.where(np.isnan(known), d, known)

    def losses(self, x, t, target, weight, cond=None, known=None):
        """Returns the loss of each row: squared errors of numbers, cross-entropies of categories."""
        d = self.denoise(x, t, cond, known, logs=True)
        alpha, sigma = kernel(self.desc["schedule"], t)
        share, sum_ = sigma**2 / (alpha**2 + sigma**2), 0
        rows = self.given(np.full(x.shape, np.nan) if known is None else known)
        for (lo, hi, logs), hidden in zip(self.parts, rows):
            e = (d[:, lo] - target[:, lo]) ** 2 if logs is None else -share * (target[:, lo:hi] * d[:, lo:hi]).sum(axis=1)
            sum_ = sum_ + np.where(hidden, 0, e)
        return weight * sum_

    def log_probs(self, x, t):
        """Returns ln p(c | x_t) of a classifier."""
        return log_softmax(self.output(x, t)[0] / (self.desc.get("temperature") or 1))

    def gradient(self, fn):
        """Returns the gradient of the number fn() in the parameters."""
        grad = {}
        for name, value in self.params.items():
            g = np.zeros(value.shape)
            for i in np.ndindex(value.shape):
                moved = value.astype(complex)
                moved[i] += 1j * STEP
                self.params[name] = moved
                g[i] = fn().imag / STEP
            self.params[name], grad[name] = value, g
        return grad


def pullback(fn, x, v):
    """Returns J(x_i)^T v_i for each row, J being the Jacobian of the rows of fn."""
    g = np.zeros(x.shape)
    for j in range(x.shape[1]):
        moved = x.astype(complex)
        moved[:, j] += 1j * STEP
        g[:, j] = (v * fn(moved).imag).sum(axis=1) / STEP
    return g

"""A short training run in numpy: losses, gradients, AdamW, averages, validation.

Rows, times and noise are formulas, so that no generator of random numbers is part of
it; the batch is the whole table, so that the order of the rows does not matter.
"""
import numpy as np

from denoiser import Network, kernel, load

ROWS, HELD, DRAWS, SEED = 300, 37, 111, 9
CONFIG = {"steps": 6, "every": 2, "peak": 0.02, "warmup": 2, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1, "clip": 2.0, "ema": 0.3}


def table(net, n, shift):
    """Rows and conditions by formula; the first number tells rows apart."""
    i = np.arange(n)
    x = np.zeros((n, len(net.mean)))
    for k, (lo, hi, logs) in enumerate(net.parts):
        if logs is None:
            x[:, lo] = net.mean[lo] + np.sqrt(2 * net.variance[lo]) * np.sin(1.7 * i + k + shift)
        else:
            x[i, lo + (i + i // 3 + k) % (hi - lo)] = 1
    return x, np.stack([(i % 3).astype(float), np.cos(0.9 * i)], axis=1)


def draw(net, x, step, seed):
    """Returns noisy rows, times and weights: functions of the row, the step and the seed."""
    u = (3.1 * x[:, 0] + 0.37 * step) % 1
    t = 0.05 + 0.9 * u
    z = 1.2 * np.sin(5 * x[:, :1] + 2.3 * np.arange(x.shape[1]) + 2 * step + seed % 1000)
    alpha, sigma = kernel(net.desc["schedule"], t)
    return alpha[:, None] * x + sigma[:, None] * z, t, 1 + u / 2


def rate(k):
    """Linear warm-up, then linear decay; k counts from 0."""
    c = CONFIG
    if k < c["warmup"]:
        return c["peak"] * (k + 1) / c["warmup"]
    return c["peak"] * (1 - (k - c["warmup"]) / (c["steps"] - c["warmup"]))


def validate(desc, ema, held, labels):
    """Loss of the averaged parameters, and what the labels change."""
    net = Network(desc, ema)
    x, t, w = draw(net, held, 0, 2**64 - 1 - SEED)
    loss = net.losses(x, t, held, w, labels)
    gap = (w[:, None] * (net.denoise(x, t, labels) - net.denoise(x, t)) ** 2).sum(axis=1)
    return loss.mean(), gap.mean()


def run(path):
    _, desc, params = load(path)
    c, net = CONFIG, Network(desc, params)
    x, labels = table(net, ROWS, 0)
    held, held_labels = table(net, HELD, 0.5)
    labels[:, 0] = np.nan  # the class is dropped in every step
    m, v = ({k: np.zeros(a.shape) for k, a in params.items()} for _ in range(2))
    ema = {k: a.copy() for k, a in params.items()}
    reports, window, first = [], [], None
    for k in range(c["steps"]):
        noisy, t, w = draw(net, x, k, SEED)

        def loss():
            return net.losses(noisy, t, x, w, labels).mean()

        window.append(loss().real)
        g = net.gradient(loss)
        norm = np.sqrt(sum((a * a).sum() for a in g.values()))
        shrink, lr = min(1, c["clip"] / norm), rate(k)
        keep = min(c["ema"], (k + 1) / (11 + k))
        for name in params:
            a = g[name] * shrink
            m[name] = c["beta1"] * m[name] + (1 - c["beta1"]) * a
            v[name] = c["beta2"] * v[name] + (1 - c["beta2"]) * a * a
            m_hat, v_hat = m[name] / (1 - c["beta1"] ** (k + 1)), v[name] / (1 - c["beta2"] ** (k + 1))
            params[name] = params[name] - lr * c["weight_decay"] * params[name] - lr * m_hat / (np.sqrt(v_hat) + c["eps"])
            ema[name] = keep * ema[name] + (1 - keep) * params[name]
        if (k + 1) % c["every"] == 0:
            validation, gap = validate(desc, ema, held, held_labels)
            reports.append({"step": k + 1, "loss": np.mean(window), "rate": lr, "grad_norm": norm, "validation": validation, "condition_gap": gap})
            window = []

    def rounded(arrays):
        return {n: [float("%.8g" % q) for q in a.ravel()] for n, a in arrays.items()}

    return {"config": CONFIG, "rows": ROWS, "held": HELD, "draws": DRAWS, "seed": SEED, "reports": [{n: q if n == "step" else float("%.9g" % q) for n, q in r.items()} for r in reports],
            "params": rounded(params), "ema": rounded(ema)}

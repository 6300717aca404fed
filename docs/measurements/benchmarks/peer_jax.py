#!/usr/bin/env python3
"""The network, the loss and the training step of peer_torch.py in JAX, float32, on the CPU.

One process measures one number of threads. Modes: jit (one compiled call for each step, or for
each evaluation) and scan (one compiled call for many steps, or for a whole run of the sampler);
each also as +joined, which multiplies x and f by one matrix. Prints one JSON object per measurement.
"""

import argparse
import json
import math
import os
import statistics
import sys
import time
from functools import partial

FREQUENCIES = [math.pi / 24 * 2 ** (k / 2) for k in range(8)]
ROWS = 1 << 16  # of the resident table
REPETITION = 0.005  # seconds, the shortest stretch that is timed as one
SCAN = 32  # training steps of one call


def limit(threads):
    """Lets XLA see so many cores; before it is loaded."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["NPROC"] = str(threads)  # the size of XLA's pool
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    if threads == 1:
        os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"


def load():
    """Imports JAX, with the generator of random bits that is faster on the CPU than its default."""
    global jax, jnp
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_default_prng_impl", "unsafe_rbg")


def initial(key, dim, hidden, layers):
    """Layers {x: inputs x outputs, f: features x outputs, b: outputs}; the last is zero."""
    features, sizes = 2 * len(FREQUENCIES), [dim] + [hidden] * layers + [dim]
    p = []
    for i, (n, m) in enumerate(zip(sizes, sizes[1:])):
        scale = 0.0 if i == layers else 1.0
        kx, kf = jax.random.split(jax.random.fold_in(key, i))
        p.append({"x": scale * n**-0.5 * jax.random.normal(kx, (n, m)),
                  "f": scale * features**-0.5 * jax.random.normal(kf, (features, m)), "b": jnp.zeros(m)})
    return p


def join(p):
    """The same parameters, x above f, as one matrix for each layer."""
    return [{"xf": jnp.concatenate((l["x"], l["f"])), "b": l["b"]} for l in p]


def linear(l, x, f):
    """x W + f V + b"""
    if "xf" in l:
        return jnp.concatenate((x, jnp.broadcast_to(f, (len(x), f.shape[1]))), 1) @ l["xf"] + l["b"]
    return x @ l["x"] + f @ l["f"] + l["b"]


def network(p, x, lam):
    """h0 = silu(xW + fV + b), h = h + silu(hW + fV + b), F = hW + fV + b;
    x: n x d, lam = ln(alpha/sigma): n x 1 or 1 x 1"""
    a = lam * jnp.array(FREQUENCIES, jnp.float32)
    f = jnp.concatenate((jnp.sin(a), jnp.cos(a)), 1)
    h = jax.nn.silu(linear(p[0], x, f))
    for l in p[1:-1]:
        h = h + jax.nn.silu(linear(l, h, f))
    return linear(p[-1], h, f)


def parts(p, x, lam, mean, variance):
    """As Denoiser.parts of peer_torch.py: skip, c_out and the output of the network."""
    alpha, sigma = jnp.sqrt(jax.nn.sigmoid(2 * lam)), jnp.sqrt(jax.nn.sigmoid(-2 * lam))
    spread = alpha * alpha * variance + sigma * sigma
    centred = x - alpha * mean
    skip = mean + alpha * variance / spread * centred
    return skip, sigma * jnp.sqrt(variance / spread), network(p, centred * jax.lax.rsqrt(spread), lam)


def loss(p, x0, u, noise, mean, variance):
    """Weighted denoising score matching; u: one uniform number, noise: as x0."""
    n = len(x0)
    u = (u + jnp.arange(n) / n) % 1
    lam = jnp.clip(1.5 - 1.5 * jax.scipy.special.ndtri(jnp.clip(u, 1e-6, 1 - 1e-6)), -5, 5)[:, None]
    alpha, sigma = jnp.sqrt(jax.nn.sigmoid(2 * lam)), jnp.sqrt(jax.nn.sigmoid(-2 * lam))
    skip, out, f = parts(p, alpha * x0 + sigma * noise, lam, mean, variance)
    weight = (1 + jnp.exp(2 * lam)) * out * out
    return (weight * ((x0 - skip) / out - f) ** 2).sum() / n


def adam(state, gradient, lr=1e-3, b1=0.9, b2=0.99, eps=1e-8):
    """One step of Adam and of the average of the parameters, as in peer_torch.py."""
    t = state["t"] + 1
    c1, c2 = 1 - b1**t, 1 - b2**t
    m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state["m"], gradient)
    v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, state["v"], gradient)
    p = jax.tree.map(lambda p, m, v: p - lr / c1 * m / (jnp.sqrt(v / c2) + eps), state["p"], m, v)
    ema = jax.tree.map(lambda e, p: e + 1e-3 * (p - e), state["ema"], p)
    return {"t": t, "m": m, "v": v, "p": p, "ema": ema}


def start(p):
    """The state of a training: parameters, moments, average, steps. No two share memory."""
    zeros, copy = partial(jax.tree.map, jnp.zeros_like), partial(jax.tree.map, jnp.copy)
    return {"t": jnp.float32(0), "m": zeros(p), "v": zeros(p), "p": p, "ema": copy(p)}


def parameters(o, mode):
    p = initial(jax.random.key(0), 2, o["hidden"], o["layers"])
    return join(p) if mode.endswith("+joined") else p


def moments():
    """Mean and variance of standardised data: arguments, not constants to fold."""
    return jnp.zeros(2), jnp.ones(2)


class Training:
    """Steps: rows of the table, loss, gradient, Adam, average."""

    def __init__(self, o, mode):
        k1, k2 = jax.random.split(jax.random.key(1))
        signs = 2.0 * jax.random.randint(k1, (ROWS, 2), 0, 2) - 1
        table = 0.95 * signs + 0.31 * jax.random.normal(k2, (ROWS, 2))
        self.data = (table, *moments())
        self.carry = (start(parameters(o, mode)), jax.random.key(2))
        self.each = 1 if mode.startswith("jit") else SCAN
        step = partial(self.one, o["batch"])

        def many(carry, data):
            return jax.lax.scan(lambda c, _: (step(c, data), None), carry, length=SCAN)[0]

        self.call = jax.jit(step if self.each == 1 else many, donate_argnums=0)

    @staticmethod
    def one(batch, carry, data):
        state, key = carry
        table, mean, variance = data
        key, k1, k2, k3 = jax.random.split(key, 4)
        x0 = table[jax.random.randint(k1, (batch,), 0, ROWS)]
        u, noise = jax.random.uniform(k2, (1,)), jax.random.normal(k3, x0.shape)
        return adam(state, jax.grad(loss)(state["p"], x0, u, noise, mean, variance)), key

    def run(self, calls):
        for _ in range(calls):
            self.carry = self.call(self.carry, self.data)
        jax.block_until_ready(self.carry)


class Sampling:
    """Runs of DPM-Solver++(2M), uniform in lambda, of all rows; blocks of rows of the given
    size, one after the other (0: all at once)."""

    each = 1

    def __init__(self, o, mode):
        self.p, self.moments = parameters(o, mode), moments()
        self.rows, self.block = o["rows"], o["block"] or o["rows"]
        self.coefficients = coefficients(o["nfe"])
        self.whole = mode.startswith("scan")
        self.key = jax.random.key(2)
        self.draw = jax.jit(lambda key, n: jax.random.normal(key, (n, 2)), static_argnums=1)
        self.step = jax.jit(evaluation, donate_argnums=0)
        self.scan = jax.jit(scanned, static_argnums=1)

    def run(self, calls):
        for _ in range(calls):
            done = []
            for first in range(0, self.rows, self.block):
                self.key, key = jax.random.split(self.key)
                n = min(self.block, self.rows - first)
                done.append(self.scan(key, n, self.p, self.coefficients, self.moments) if self.whole else self.stepped(key, n))
            jax.block_until_ready(jnp.concatenate(done))

    def stepped(self, key, n):
        x = self.draw(key, n)
        carry = (x, jnp.zeros_like(x))
        for c in self.coefficients:
            carry = self.step(carry, c, self.p, self.moments)
        return carry[0]


def coefficients(nfe):
    """For each evaluation lambda and the factors of x, of D and of the D before: nfe x 4."""
    lam = [-5 + 9.6 * i / nfe for i in range(nfe + 1)]
    alpha, sigma = ([(1 + math.exp(s * 2 * l)) ** -0.5 for l in lam] for s in (-1, 1))
    rows = []
    for i in range(nfe):
        h = lam[i + 1] - lam[i]
        k, e = -alpha[i + 1] * math.expm1(-h), 0.5 if i else 0.0  # steps are equal
        rows.append((lam[i], sigma[i + 1] / sigma[i], k * (1 + e), -k * e))
    return jnp.array(rows, jnp.float32)


def evaluation(carry, c, p, moments):
    """x and the D before, one step on."""
    x, previous = carry
    skip, out, f = parts(p, x, c[None, :1], *moments)
    d = skip + out * f
    return c[1] * x + c[2] * d + c[3] * previous, d


def scanned(key, n, p, cs, moments):
    x = jax.random.normal(key, (n, 2))
    return jax.lax.scan(lambda carry, c: (evaluation(carry, c, p, moments), None), (x, jnp.zeros_like(x)), cs)[0][0]


def measure(work, seconds, least):
    """Milliseconds per step of repetitions of at least `least` seconds. JAX may queue calls
    within a repetition; at its end all are done."""
    begin, call = time.perf_counter(), math.inf
    for n in range(3):  # the first compiles
        one = time.perf_counter()
        work.run(1)
        call = min(call, time.perf_counter() - one)
        if n and time.perf_counter() - begin > seconds:
            break
    calls = max(1, math.ceil(least / call))
    begin, ms = time.perf_counter(), []
    while len(ms) < 2 or now - begin < seconds:
        one = time.perf_counter()
        work.run(calls)
        now = time.perf_counter()
        ms.append((now - one) * 1e3 / calls / work.each)
    q = statistics.quantiles(ms, n=10, method="inclusive")
    return {"ms_per_step": {"median": statistics.median(ms), "p10": q[0], "p90": q[8], "best": min(ms)},
            "steps": len(ms) * calls * work.each}


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--threads", type=int, required=True)
    a.add_argument("--modes", default="jit,scan")
    a.add_argument("--seconds", type=float, default=2)
    a.add_argument("--work", required=True, help="JSON list of objects: bench, hidden, layers, batch or rows, nfe, block")
    o = a.parse_args()
    limit(o.threads)
    load()
    for work in json.loads(o.work):
        for mode in o.modes.split(","):
            if mode not in ("jit", "scan", "jit+joined", "scan+joined"):
                sys.exit(f"unknown mode {mode}")
            train = work["bench"] == "train"
            r = measure((Training if train else Sampling)(work, mode), o.seconds, REPETITION if train else 0)
            if not train:
                r["ms_per_step"] = {k: v / work["nfe"] for k, v in r["ms_per_step"].items()}
            r |= {"side": "jax", "mode": mode, "threads": o.threads, "version": jax.__version__, **work}
            print(json.dumps(r), flush=True)


if __name__ == "__main__":
    sys.exit(main())

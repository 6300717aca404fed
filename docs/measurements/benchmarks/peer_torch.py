#!/usr/bin/env python3
"""The network, the loss and the training step of tweedie in PyTorch, float32.

One process measures one setting of threads; compare.py starts it with the
environment that belongs to it. Prints one JSON object per measurement.
"""

import argparse
import json
import math
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn.functional import silu

FREQUENCIES = [math.pi / 24 * 2 ** (k / 2) for k in range(8)]
ROWS = 1 << 16  # of the resident table
REPETITION = 0.005  # seconds, the shortest stretch that is timed as one


def table():
    """Rows of a mixture of unit variance."""
    return 0.95 * (2.0 * torch.randint(2, (ROWS, 2)) - 1) + 0.31 * torch.randn(ROWS, 2)


class Layer(nn.Module):
    """x W + f V + b"""

    def __init__(self, inputs, features, outputs, zero=False):
        super().__init__()
        self.x = nn.Linear(inputs, outputs)
        self.f = nn.Linear(features, outputs, bias=False)
        with torch.no_grad():
            for p, n in ((self.x.weight, inputs), (self.f.weight, features)):
                p.zero_() if zero else p.normal_(0, n**-0.5)
            self.x.bias.zero_()

    def forward(self, x, f):
        return self.x(x) + self.f(f)


class JoinedLayer(nn.Module):
    """The same as one product of the joined inputs: fewer and larger calls."""

    def __init__(self, inputs, features, outputs, zero=False):
        super().__init__()
        self.xf = nn.Linear(inputs + features, outputs)
        with torch.no_grad():
            if zero:
                self.xf.weight.zero_()
            else:
                self.xf.weight[:, :inputs].normal_(0, inputs**-0.5)
                self.xf.weight[:, inputs:].normal_(0, features**-0.5)
            self.xf.bias.zero_()

    def forward(self, x, f):
        return self.xf(torch.cat((x, f), 1))


class Denoiser(nn.Module):
    """h0 = silu(xW + fV + b), h = h + silu(hW + fV + b), F = hW + fV + b,
    within the moment-matched preconditioner of standardised data."""

    def __init__(self, dim, hidden, layers, joined):
        super().__init__()
        layer = JoinedLayer if joined else Layer
        features = 2 * len(FREQUENCIES)
        self.first = layer(dim, features, hidden)
        self.hidden = nn.ModuleList(layer(hidden, features, hidden) for _ in range(layers - 1))
        self.last = layer(hidden, features, dim, zero=True)
        self.register_buffer("omega", torch.tensor(FREQUENCIES))
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("variance", torch.ones(dim))

    def network(self, x, lam):
        """x: n x d, lam = ln(alpha/sigma): n x 1 or 1 x 1"""
        a = lam * self.omega
        f = torch.cat((torch.sin(a), torch.cos(a)), 1)
        if len(f) != len(x):
            f = f.expand(len(x), -1)
        h = silu(self.first(x, f))
        for l in self.hidden:
            h = h + silu(l(h, f))
        return self.last(h, f)

    def parts(self, x, lam):
        """alpha and sigma (variance preserving), the part of D without the
        network, c_out, and the output of the network."""
        alpha, sigma = torch.sigmoid(2 * lam).sqrt(), torch.sigmoid(-2 * lam).sqrt()
        spread = alpha * alpha * self.variance + sigma * sigma
        centred = x - alpha * self.mean
        skip = self.mean + alpha * self.variance / spread * centred
        return skip, sigma * (self.variance / spread).sqrt(), self.network(centred * spread.rsqrt(), lam)

    def forward(self, x, lam):
        skip, out, f = self.parts(x, lam)
        return skip + out * f

    def loss(self, x0):
        """Weighted denoising score matching: ln(sigma/alpha) ~ N(-1.5, 1.5^2),
        stratified over the batch, and the EDM weighting 1 + SNR."""
        n = len(x0)
        u = (torch.rand(1) + torch.arange(n) / n) % 1
        lam = (1.5 - 1.5 * torch.special.ndtri(u.clamp(1e-6, 1 - 1e-6))).clamp(-5, 5)[:, None]
        alpha, sigma = torch.sigmoid(2 * lam).sqrt(), torch.sigmoid(-2 * lam).sqrt()
        xt = alpha * x0 + sigma * torch.randn_like(x0)
        skip, out, f = self.parts(xt, lam)
        weight = (1 + torch.exp(2 * lam)) * out * out
        return (weight * ((x0 - skip) / out - f) ** 2).sum() / n


class Training:
    """One step: rows of the table, loss, gradient, Adam, average."""

    def __init__(self, o, mode):
        torch.manual_seed(0)
        joined = mode.endswith("+joined")
        self.net = Denoiser(2, o["hidden"], o["layers"], joined)
        self.batch, self.table = o["batch"], table()
        self.parameters = list(self.net.parameters())
        self.ema = [p.detach().clone() for p in self.parameters]
        self.adam = torch.optim.Adam(self.parameters, lr=1e-3, betas=(0.9, 0.99), fused=True)
        self.loss = compiled(self.net.loss, mode)

    def step(self):
        rows = self.table[torch.randint(ROWS, (self.batch,))]
        self.adam.zero_grad(set_to_none=True)
        self.loss(rows).backward()
        self.adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.ema, self.parameters, 1e-3)


class Sampling:
    """One run of DPM-Solver++(2M), uniform in lambda, of all rows; blocks of
    rows of the given size, one after the other (0: all at once)."""

    def __init__(self, o, mode):
        torch.manual_seed(0)
        self.net = Denoiser(2, o["hidden"], o["layers"], mode.endswith("+joined")).eval()
        self.rows, self.nfe, self.block = o["rows"], o["nfe"], o["block"] or o["rows"]
        self.denoise = compiled(self.net, mode)
        ends = torch.tensor([-5.0, 4.6], dtype=torch.float64)
        self.lam = torch.linspace(*ends.tolist(), self.nfe + 1, dtype=torch.float64)

    @torch.no_grad()
    def step(self):
        done = []
        for first in range(0, self.rows, self.block):
            done.append(self.run(torch.randn(min(self.block, self.rows - first), 2)))
        return torch.cat(done)

    def run(self, x):
        alpha, sigma = torch.sigmoid(2 * self.lam).sqrt().tolist(), torch.sigmoid(-2 * self.lam).sqrt().tolist()
        lam, times = self.lam.tolist(), self.lam.float()[:, None, None]
        previous, h_previous = None, 0.0
        for i in range(self.nfe):
            h = lam[i + 1] - lam[i]
            d = self.denoise(x, times[i])
            k = -alpha[i + 1] * math.expm1(-h)
            e = 0.5 * h / h_previous if h_previous else 0.0
            x = torch.add(x * (sigma[i + 1] / sigma[i]), d, alpha=k * (1 + e))
            if e:
                x = torch.add(x, previous, alpha=-k * e)
            previous, h_previous = d, h
        return x


def compiled(f, mode):
    """mode: eager, compile, or compile with options of the CPU back end."""
    kind = mode.split("+")[0]
    if kind == "eager":
        return f
    options = {"compile": None, "wrapped": {"cpp_wrapper": True}, "autotuned": {"max_autotune": True}}[kind]
    return torch.compile(f, dynamic=False, options=options)


def measure(step, seconds, least):
    """Milliseconds per step of repetitions of at least `least` seconds."""
    begin = time.perf_counter()
    for n in range(3):  # the first compiles
        step()
        if time.perf_counter() - begin > seconds:
            break
    begin = time.perf_counter()
    ms, steps = [], 0
    start, n = begin, 0
    while True:
        step()
        n += 1
        now = time.perf_counter()
        if now - start >= least:
            ms.append((now - start) * 1e3 / n)
            steps += n
            start, n = now, 0
            if now - begin >= seconds and len(ms) >= 2:
                break
    ms.sort()
    q = statistics.quantiles(ms, n=10, method="inclusive")
    return {"ms_per_step": {"median": statistics.median(ms), "p10": q[0], "p90": q[8], "best": ms[0]}, "steps": steps}


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--threads", type=int, required=True)
    a.add_argument("--modes", default="eager,compile")
    a.add_argument("--seconds", type=float, default=2)
    a.add_argument("--work", required=True, help="JSON list of objects: bench, hidden, layers, batch or rows, nfe")
    o = a.parse_args()
    torch.set_num_threads(o.threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    for work in json.loads(o.work):
        for mode in o.modes.split(","):
            torch._dynamo.reset()
            if work["bench"] == "train":
                run, least = Training(work, mode), REPETITION
            else:
                run, least = Sampling(work, mode), 0
            r = measure(run.step, o.seconds, least)
            if work["bench"] == "sample":
                r["ms_per_step"] = {k: v / work["nfe"] for k, v in r["ms_per_step"].items()}
            r |= {"side": "torch", "mode": mode, "threads": o.threads, "version": torch.__version__, **work}
            print(json.dumps(r), flush=True)


if __name__ == "__main__":
    sys.exit(main())

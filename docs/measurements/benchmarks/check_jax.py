#!/usr/bin/env python3
"""Says whether peer_jax.py and peer_torch.py do the same work: loss, gradient, one step of Adam
and of the average, and an evaluation of the sampler on the same numbers. Exit code 1 if not."""

import sys

import numpy as np
import torch

import peer_jax
import peer_torch

peer_jax.load()
import jax
import jax.numpy as jnp


def moved(net):
    """The parameters of the network in PyTorch as those in JAX."""
    def one(l):
        return {"x": l.x.weight.T, "f": l.f.weight.T, "b": l.x.bias}
    return [{k: jnp.array(v.detach().numpy()) for k, v in one(l).items()} for l in (net.first, *net.hidden, net.last)]


def gap(name, a, b, limit=2e-5):
    """Largest difference, relative to the largest number."""
    a, b = (np.concatenate([np.ravel(v) for v in x]) for x in (a, b))
    e = np.abs(a - b).max() / np.abs(a).max()
    print(f"{name}: {len(a)} numbers, largest relative difference {e:.1e}")
    return e <= limit


def main():
    torch.manual_seed(3)
    training = peer_torch.Training({"hidden": 48, "layers": 3, "batch": 64}, "eager")
    net = training.net
    with torch.no_grad():
        net.last.x.weight.normal_(0, 0.1)  # zero would hide the layers before it
        net.last.f.weight.normal_(0, 0.1)
        for e, p in zip(training.ema, training.parameters):
            e.copy_(p)
    p, moments = moved(net), peer_jax.moments()
    rows, u, noise = torch.randn(64, 2), torch.rand(1), torch.randn(64, 2)
    training.table, torch.randint = rows, lambda *_: torch.arange(64)
    torch.rand, torch.randn_like = lambda n: u, lambda x: noise  # what the loss draws

    loss, gradient = jax.value_and_grad(peer_jax.loss)(p, *(jnp.array(v.numpy()) for v in (rows, u, noise)), *moments)
    state = peer_jax.adam(peer_jax.start(p), gradient)
    lam = torch.full((1, 1), 0.7)
    skip, out, f = peer_jax.parts(p, jnp.array(rows.numpy()), jnp.array(lam.numpy()), *moments)
    evaluated = [net(rows, lam).detach().numpy()], [skip + out * f]
    joined = peer_jax.network(peer_jax.join(p), jnp.array(rows.numpy()), jnp.array(lam.numpy()))

    ok = gap("loss", [training.loss(rows).item()], [loss])
    training.step()
    leaves = lambda tree: [l[k].T if k != "b" else l[k] for l in tree for k in ("x", "b", "f")]
    ok &= gap("gradient", [q.grad.numpy() for q in training.parameters], leaves(gradient))
    change = lambda new, old: [np.asarray(n) - np.asarray(o) for n, o in zip(new, old)]
    before = leaves(p)
    ok &= gap("change by Adam", change([q.detach().numpy() for q in training.parameters], before), change(leaves(state["p"]), before), 2e-3)
    ok &= gap("change of the average", change([q.numpy() for q in training.ema], before), change(leaves(state["ema"]), before), 0.1)
    ok &= gap("evaluation", *evaluated)
    ok &= gap("joined network", [peer_jax.network(p, jnp.array(rows.numpy()), jnp.array(lam.numpy()))], [joined])
    ok &= sampler(net, moved(net), moments)
    return 0 if ok else 1


def sampler(net, p, moments):
    """Both samplers from the same noise."""
    run = peer_torch.Sampling({"hidden": 48, "layers": 3, "rows": 64, "nfe": 20, "block": 0}, "eager")
    run.net = run.denoise = net
    x = torch.randn(64, 2)
    with torch.no_grad():
        want = run.run(x).numpy()
    carry = (jnp.array(x.numpy()), jnp.zeros((64, 2)))
    for c in peer_jax.coefficients(20):
        carry = peer_jax.evaluation(carry, c, p, moments)
    return gap("sampler", [want], [carry[0]], 1e-4)


if __name__ == "__main__":
    sys.exit(main())

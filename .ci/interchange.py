"""Reads a checkpoint with the reference implementation of safetensors."""
import sys

import numpy
from safetensors import safe_open

with safe_open(sys.argv[1], framework="np") as f:
    meta = f.metadata() or {}
    names = list(f.keys())
    assert names, "no tensors"
    assert meta, "no metadata"
    total = 0
    for name in names:
        tensor = f.get_tensor(name)
        assert tensor.size and numpy.isfinite(tensor).all(), f"{name}: empty or not finite"
        total += tensor.size
print(f"interchange: {len(names)} tensors, {total} numbers, metadata {sorted(meta)}")

"""Compares two directories of results kept by TWEEDIE_KEEP=DIR go test.

Usage: compare_results.py [--messages] BEFORE AFTER

Models are compared by the bytes of each tensor and the values of their metadata,
JSON by values, other files byte by byte. Run times and strings called "version"
do not count; stderr does with --messages only. Prints one line for each
difference, the first of a text, and exits with 1 if there is any.
"""
import json
import re
import sys
from itertools import zip_longest
from pathlib import Path

TIME_KEYS = re.compile(r"ms_.*|.*_seconds|rows_per_s|share_of_peak.*|peak_gflops|allocs_per_step|bytes_per_step")
TIMES = [
    (re.compile(r"^.*\bdone=\d+ of=\d+ took=.*\n", re.M), ""),  # progress
    (re.compile(r"\b\d+(\.\d+)? s\b"), "TIME s"),
    (re.compile(r"^(\| [^|]+)(\| [\d.]+ ){2}\| [\d.]+ % \|$", re.M), r"\1| TIME"),  # costs of bench samplers
]
differences, counts = [], {"files": 0, "tensors": 0, "values": 0}


def compare(kind, where, x, y):
    """Counts one comparison and records its difference."""
    counts[kind] += 1
    if x != y and isinstance(x, str) and isinstance(y, str):  # the first line that differs
        x, y = next(pair for pair in zip_longest(x.split("\n"), y.split("\n")) if pair[0] != pair[1])
    if x != y:
        differences.append(f"{where}: {str(x)[:120]!r} | {str(y)[:120]!r}")


def compare_values(where, x, y):
    """Compares JSON values, also those in strings; -0 differs from 0."""
    x, y = parsed(x) or x, parsed(y) or y
    if isinstance(x, dict) and isinstance(y, dict):
        for key in sorted((x.keys() | y.keys()) - ({"share"} if "ms_outside_network" in x else set())):
            if key not in x or key not in y:
                compare("values", f"{where}: {key}", key in x, key in y)
            elif not TIME_KEYS.fullmatch(key) and not (key == "version" and isinstance(x[key], str)):
                compare_values(f"{where}: {key}", x[key], y[key])
    elif isinstance(x, list) and isinstance(y, list) and len(x) == len(y):
        for i in range(len(x)):
            compare_values(f"{where}[{i}]", x[i], y[i])
    else:
        compare("values", where, repr(x), repr(y))


def parsed(text):
    """Returns the object or array that a text holds, or None."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return None
    return value if isinstance(value, (dict, list)) else None


def tensors(data):
    """Returns header and payload of a safetensors file, or None."""
    if data[8:9] != b"{":
        return None
    end = 8 + int.from_bytes(data[:8], "little")
    return (json.loads(data[8:end]), memoryview(data)[end:]) if end <= len(data) else None


def compare_models(where, hx, dx, hy, dy):
    compare_values(f"{where}: metadata", hx.pop("__metadata__", {}), hy.pop("__metadata__", {}))
    compare("values", f"{where}: names of tensors", sorted(hx), sorted(hy))
    for name in sorted(hx.keys() & hy.keys()):
        (p, q), (r, s) = hx[name].pop("data_offsets"), hy[name].pop("data_offsets")
        compare("values", f"{where}: tensor {name}", hx[name], hy[name])
        compare("tensors", f"{where}: tensor {name}, same bytes", True, dx[p:q] == dy[r:s])


def compare_files(where, x, y):
    counts["files"] += 1
    if tensors(x) and tensors(y):
        return compare_models(where, *tensors(x), *tensors(y))
    x, y = x.decode(errors="surrogateescape"), y.decode(errors="surrogateescape")
    if parsed(x) and parsed(y):
        return compare_values(where, x, y)
    for pattern, name in TIMES if where.endswith(("/stdout", "/stderr", ".html")) else []:
        x, y = pattern.sub(name, x), pattern.sub(name, y)
    compare("values", where, x, y)


def main(*args):
    before, after = (Path(a) for a in args if a != "--messages")
    old, new = ({f.relative_to(d).as_posix() for f in d.rglob("*") if f.is_file()} for d in (before, after))
    differences.extend(f"{name}: only in {before if name in old else after}" for name in sorted(old ^ new))
    for name in sorted(old & new):
        if "--messages" in args or not name.endswith("/stderr"):
            compare_files(name, (before / name).read_bytes(), (after / name).read_bytes())
    total = ", ".join(f"{n} {kind}" for kind, n in counts.items())
    print(*differences, f"{total}: {len(differences)} differences", sep="\n")
    return 1 if differences or not counts["files"] else 0


sys.exit(main(*sys.argv[1:]))

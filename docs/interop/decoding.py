"""Makes a table of encoded rows, by the JSON that `tweedie export --decoding` writes.

    table = decode(json.load(open("decoding.json")), rows)      # {column: list of cells}

Cells are texts, numbers, dates (datetime.datetime) or None; docs/reference/decoding.md says
why each step is what it is. It needs numpy alone. Copy it into your own program.
"""
import datetime

import numpy as np


def choose(choices, rows):
    """Returns, for each row, the choice of the largest number, the first of equals."""
    best = rows[:, [c["position"] for c in choices]].argmax(axis=1)
    picked = np.array(choices, dtype=object)[best]
    for k, c in enumerate(choices):
        if "members" in c:
            mine = best == k
            picked[mine] = choose(c["members"], rows[mine])
    return picked


def number(n, z):
    """Returns the numbers that z stands for."""
    u = n["mean"] + n["std"] * z
    if "z" in n:
        u = np.interp(z, n["z"], n["x"])
        if "tails" in n:
            lo, hi = n["tails"]
            u += np.minimum(z - n["z"][0], 0) * lo + np.maximum(z - n["z"][-1], 0) * hi
    if "values" in n:
        turns, shift = 0, 0
        if "cycle" in n:
            c = n["cycle"]
            turns = np.floor((u - c["start"]) / c["length"])
            u, shift = u - turns * c["length"], turns * c["value"]
        u = np.array(n["values"])[np.searchsorted(n.get("edges", []), u, side="right")] + shift
    elif "step" in n:
        u = n.get("offset", 0) + n["step"] * half_away((u - n.get("offset", 0)) / n["step"])
    elif "significant" in n:
        u = np.array([float(f"{v:.{n['significant'] - 1}e}") for v in u])
    if "decimals" in n:
        u = half_away(u * 10.0 ** n["decimals"]) / 10.0 ** n["decimals"]
    if "min" in n:
        u = np.clip(u, n["min"], n["max"])
    return u


def half_away(v):
    """Rounds to whole numbers, halves away from zero."""
    return np.trunc(v + np.copysign(0.5, v))


def date(d, v):
    """Returns the time that v units since 1970 are."""
    zone = datetime.timezone(datetime.timedelta(seconds=d.get("zone", 0)))
    at = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=v * d["seconds"])
    return at.astimezone(zone)


def decode(recipe, rows, labels=None, seed=0):
    """Returns the columns of encoded rows, n×positions. labels, n×labels, are those that the
    sampler was given; seed draws the rare values that share a position."""
    assert recipe["format"] == "tweedie decoding" and recipe["version"] == 1, "another format"
    rows, rng, table = np.asarray(rows, float), np.random.default_rng(seed), {}
    for c in recipe["columns"]:
        name = c["name"]
        if "label" in c:
            given = [None if labels is None or np.isnan(v) else v for v in (np.zeros(len(rows)) if labels is None else labels[:, c["label"]["index"]])]
            levels = c["label"].get("levels")
            table[name] = [v if v is None or not levels else levels[int(v)] for v in given]
            continue
        if "constant" in c:
            table[name] = [c["constant"] or None] * len(rows)
            continue
        if "sequence" in c:
            s = c["sequence"]
            table[name] = [f"{s.get('prefix', '')}{s['first'] + i:0{s.get('width', 0)}d}{s.get('suffix', '')}" for i in range(len(rows))]
            continue
        cells = [None] * len(rows)
        if "number" in c:
            cells = list(number(c["number"], rows[:, c["number"]["position"]]))
        for i, k in enumerate(choose(c["choices"], rows) if "choices" in c else []):
            if "draw" in k:
                weights = np.array([d["weight"] for d in k["draw"]])
                cells[i] = k["draw"][rng.choice(len(weights), p=weights / weights.sum())]["value"]
            elif not k.get("number"):
                cells[i] = k.get("value")  # None where it is missing
        if "date" in c:
            cells = [None if v is None else date(c["date"], v) for v in cells]
        table[name] = cells
    return table

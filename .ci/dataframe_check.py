"""Uses docs/interop/tweedie.py as a reader would: fit, sample, impute, and an error.

    python dataframe_check.py DIR

DIR is for the models. The environment variable TWEEDIE names the program; --csv as a further
argument leaves Parquet out.
"""
import pathlib
import sys

import numpy as np
import pandas as pd

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "docs" / "interop"))
import tweedie  # noqa: E402

folder = pathlib.Path(sys.argv[1])
if "--csv" in sys.argv:
    tweedie.SUFFIX = ".csv"
rng = np.random.default_rng(1)
n = 300
table = pd.DataFrame({
    "size": rng.normal(50, 10, n).round(1), "kind": rng.choice(["flat", "house"], n),
    "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"), "rooms": rng.integers(1, 7, n),
})
table.loc[::5, "size"] = np.nan
table.loc[::7, "kind"] = None

model = tweedie.fit(table, folder / "frame.safetensors", steps=30, hidden=16, layers=1, seed=1)
rows = model.sample(40, seed=2, given={"kind": "flat"})
assert list(rows.columns) == list(table.columns) and len(rows) == 40, rows
assert set(rows["kind"]) == {"flat"}, rows["kind"]
assert rows.equals(model.sample(40, seed=2, given={"kind": "flat"})), "the seed does not repeat the rows"
where = model.sample(20, where=["size >= 50", "rooms < 4"], seed=3)
assert (where["size"] >= 50).all() and (where["rooms"] < 4).all(), where
full = model.impute(table, seed=4)
assert not full.isna().any().any() and len(full) == n, full
known = table["size"].notna()
assert (full.loc[known, "size"] == table.loc[known, "size"]).all(), "a known cell has changed"
if tweedie.SUFFIX == ".parquet":
    assert rows["day"].dtype.kind == "M" or rows["day"].map(lambda d: hasattr(d, "year")).all(), rows.dtypes
    assert full["rooms"].dtype.kind == "i", full.dtypes
try:
    model.sample(5, given={"kind": "castle"})
    sys.exit("a level that is not there is taken")
except tweedie.Error as e:
    assert "castle" in str(e), e
print(f"dataframe: fit, sample and impute of {n} rows as {tweedie.SUFFIX}")

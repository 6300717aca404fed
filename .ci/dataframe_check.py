"""Uses docs/interop/tweedie.py as a reader would: tables, posteriors, errors and warnings.

    python dataframe_check.py DIR

DIR is for the models. The environment variable TWEEDIE names the program; --csv as a further
argument leaves Parquet out.
"""
import pathlib
import sys
import warnings

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

# rate ~ N(0, 1) given first ~ N(rate, .25) and a second that says nothing: rate | first is
# normal with mean .8 first and variance .2; share is as before.
theta = pd.DataFrame({"rate": rng.normal(0, 1, 2000), "share": rng.uniform(0, 1, 2000)})
x = pd.DataFrame({"first": theta["rate"] + rng.normal(0, 0.5, 2000), "a second": rng.normal(0, 1, 2000)})
entries = [{"name": "rate", "law": "normal", "mean": 0, "sd": 1}, {"name": "share", "law": "uniform", "low": 0, "high": 1}]
brief = {"steps": 20, "hidden": 16, "layers": 1, "seed": 1}
posterior = tweedie.fit_posterior(theta, x, entries, folder / "posterior.safetensors", **brief)
seen = x.iloc[[0]].assign(first=1.0)
draws = posterior.infer(seen, rows=2000, seed=2)
assert list(draws.columns) == ["rate", "share"] and len(draws) == 2000, draws
assert abs(draws["rate"].mean() - 0.8) < 0.1 and abs(draws["rate"].std() - 0.2 ** 0.5) < 0.1, draws.describe()
assert draws["share"].between(0, 1).all() and abs(draws["share"].mean() - 0.5) < 0.06, draws.describe()
assert draws.equals(posterior.infer(seen.iloc[0], rows=2000, seed=2)), "a Series is another observation than its table"
assert posterior.infer(x.head(3), rows=5)["observation"].nunique() == 3
density = posterior.log_prob(pd.DataFrame({"rate": [0.8, 0.8], "share": [0.5, 1.5]}), seen)
assert abs(density[0] + 0.5 * np.log(2 * np.pi * 0.2)) < 0.15 and density[1] == -np.inf, density
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    posterior.infer(seen.assign(first=100.0), rows=20)
assert any("extrapolation" in str(w.message) for w in said), said
x.loc[3, "first"] = np.nan
prior = folder / "frame_prior.yaml"
prior.write_text("prior:\n  - {name: rate, law: normal, mean: 0, sd: 1}\n  - {name: share, law: uniform, low: 0, high: 1}\n")
try:
    tweedie.fit_posterior(theta, x, prior, folder / "posterior.safetensors", **brief)
    sys.exit("a simulation that is NaN is taken")
except tweedie.Error as e:
    assert "row 4" in str(e), e
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    tweedie.fit_posterior(theta, x, str(prior), folder / "posterior.safetensors", drop_nan=True, **brief)
assert any("left out" in str(w.message) for w in said), said
print(f"dataframe: fit, sample, impute of {n} rows and infer of {len(theta)} simulations as {tweedie.SUFFIX}")

"""tweedie on pandas DataFrames, in one file: copy it beside your program.

    import tweedie
    model = tweedie.fit(df, "wine.safetensors", steps=2000)
    model.sample(500, where=["alcohol >= 13"], given={"class": 2})
    model.impute(df)                                    # missing cells filled
    prior = [{"name": "rate", "law": "log-normal", "mu": 0, "sd": 0.5}]   # or "prior.yaml"
    posterior = tweedie.fit_posterior(theta, x, prior, "p.safetensors")
    posterior.infer(observation, rows=1000)             # draws of theta
    posterior.log_prob(theta, observation)              # log densities in nats

It runs the program `tweedie`, which it looks for in the PATH or where the environment
variable TWEEDIE says. Options are the flags of `tweedie COMMAND --help`, with _ for -: a list
repeats a flag, True is a flag without a value. Tables travel as Parquet, which keeps types, or
as CSV where pyarrow is not installed. A failure raises Error with the message of the program;
its warnings are warnings here.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import warnings

import pandas as pd

try:
    import pyarrow  # noqa: F401
    SUFFIX = ".parquet"
except ImportError:
    SUFFIX = ".csv"

PROGRAM = os.environ.get("TWEEDIE", "tweedie")


class Error(RuntimeError):
    """What the program said before it failed."""


def run(command, **options):
    """Runs a command of the program with flags, and returns what it printed."""
    args = [PROGRAM, command]
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, dict):
            value = [f"{k}={v}" for k, v in value.items()]
        for v in value if isinstance(value, (list, tuple)) else [value]:
            if v is None or v is False:
                continue
            args += [flag] if v is True else [flag, str(v)]
    done = subprocess.run(args, capture_output=True, text=True)
    if done.returncode:
        raise Error(done.stderr.strip().splitlines()[-1])
    for line in done.stderr.splitlines():
        warnings.warn(line, stacklevel=3)
    return done.stdout


class Files:
    """A folder for the tables of one call."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def path(self, name):
        return pathlib.Path(self.folder.name) / (name + SUFFIX)

    def write(self, name, table):
        path = self.path(name)
        table.to_parquet(path, index=False) if SUFFIX == ".parquet" else table.to_csv(path, index=False)
        return path

    def read(self, name):
        path = self.path(name)
        return pd.read_parquet(path) if SUFFIX == ".parquet" else pd.read_csv(path)


class Model:
    """A model file. Its methods start the program once each."""

    def __init__(self, path):
        self.path = str(path)

    def sample(self, rows=1000, **options):
        """Draws rows. Among the options: given={"class": 2}, where=["a >= 3"], seed, guide."""
        with Files() as f:
            run("sample", model=self.path, rows=rows, out=f.path("rows"), quiet=True, **options)
            return f.read("rows")

    def impute(self, table, **options):
        """Returns the table with its missing cells drawn."""
        with Files() as f:
            run("impute", model=self.path, **{"in": f.write("table", table)}, out=f.path("full"), quiet=True, **options)
            return f.read("full")

    def infer(self, observation, rows=1000, **options):
        """Draws parameters of a simulator given an observation: a row of x, or a table of such rows."""
        with Files() as f:
            run("infer", model=self.path, observation=f.write("observation", rows_of(observation)), rows=rows, out=f.path("draws"), quiet=True, **options)
            return f.read("draws")

    def log_prob(self, theta, observation, **options):
        """Returns the log density of each row of theta given one observation, in nats."""
        with Files() as f:
            run("infer", model=self.path, observation=f.write("observation", rows_of(observation)), log_prob=f.write("theta", theta), out=f.path("logp"), quiet=True, **options)
            return f.read("logp")["log_prob"]


def rows_of(observation):
    """A table, of one row if the observation is a Series or a dict."""
    return observation if isinstance(observation, pd.DataFrame) else pd.DataFrame([observation])


def fit(table, path, **options):
    """Trains a model of a table and writes it to path."""
    with Files() as f:
        run("train", data=f.write("table", table), out=path, quiet=True, **options)
    return Model(path)


def fit_posterior(theta, x, prior, path, **options):
    """Trains a model of the parameters theta given the simulations x, row by row.

    prior is the law that theta was drawn from: a file of YAML, task:NAME, or the entries of
    such a file as a list of dicts. drop_nan=True leaves simulations out that have failed.
    """
    with Files() as f:
        if not isinstance(prior, (str, os.PathLike)):
            entries, prior = list(prior), pathlib.Path(f.folder.name) / "prior.yaml"
            prior.write_text(json.dumps({"prior": entries}))
        run("train", theta=f.write("theta", theta), x=f.write("x", x), prior=prior, out=path, quiet=True, **options)
    return Model(path)

"""tweedie on pandas DataFrames, in one file: copy it beside your program.

    import tweedie
    model = tweedie.fit(df, "wine.safetensors", steps=2000)
    model.sample(500, where=["alcohol >= 13"], given={"class": 2})
    model.impute(df)                                    # missing cells filled
    posterior = tweedie.fit_posterior(theta, x, "p.safetensors")
    posterior.infer(observation, rows=1000)             # draws of theta

It runs the program `tweedie`, which it looks for in the PATH or where the environment
variable TWEEDIE says. Options are the flags of `tweedie COMMAND --help`, with _ for -: a list
repeats a flag, True is a flag without a value. Tables travel as Parquet, which keeps types, or
as CSV where pyarrow is not installed. A failure raises Error with the message of the program.
"""
import os
import pathlib
import subprocess
import tempfile

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
        """Draws parameters of a simulator given an observation: a table of one row."""
        with Files() as f:
            run("infer", model=self.path, observation=f.write("observation", observation), rows=rows, out=f.path("draws"), quiet=True, **options)
            return f.read("draws")


def fit(table, path, **options):
    """Trains a model of a table and writes it to path."""
    with Files() as f:
        run("train", data=f.write("table", table), out=path, quiet=True, **options)
    return Model(path)


def fit_posterior(theta, x, path, **options):
    """Trains a model of the parameters theta given the simulations x, row by row."""
    with Files() as f:
        run("train", theta=f.write("theta", theta), x=f.write("x", x), out=path, quiet=True, **options)
    return Model(path)

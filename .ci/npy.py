"""Arrays between numpy and the program.

npy.py write DIR   writes arrays of every type, order and version, and what cannot be read
npy.py check A B … reads files of the program as numpy does without pickles, and compares
                   each with the CSV file of the same name
"""
import sys

import numpy
from numpy.lib import format as npy

VALUES = {
    "b1": [[True, False], [False, False], [True, True]],
    "u1": [[0, 255], [1, 2], [3, 4]],
    "u8": [[0, 2**64 - 1], [2**53 + 1, 2], [3, 4]],
    "i1": [[0, -128], [127, 2], [3, 4]],
    "i2": [[0, -32768], [32767, 2], [3, 4]],
    "i4": [[0, -(2**31)], [2**31 - 1, 2], [3, 4]],
    "i8": [[0, -(2**63)], [2**63 - 1, 2], [2**53 + 1, 4]],
    "f2": [[0, -65504], [0.1, 6e-8], [2.5, -1]],
    "f4": [[0, -3.4e38], [0.1, 1e-45], [2.5, numpy.nan]],
    "f8": [[0, -1.7e308], [0.1, 5e-324], [2.5, -1]],
}


def save(path, array, version=None):
    with open(path, "wb") as f:
        npy.write_array(f, array, version=version, allow_pickle=True)


def write(to):
    for name, values in VALUES.items():
        for order, mark in ("<", "l"), (">", "b"):
            if name.endswith("1") and order == ">":
                continue
            a = numpy.array(values, dtype=order + name)
            save(f"{to}/{name}{mark}.npy", a)
            if name in ("f4", "i8"):
                save(f"{to}/{name}{mark}_fortran.npy", numpy.asfortranarray(a))
    a = numpy.array(VALUES["f8"])
    save(f"{to}/v2.npy", a, (2, 0))
    save(f"{to}/v3.npy", a, (3, 0))
    save(f"{to}/one.npy", a[:, 0].copy())
    save(f"{to}/object.npy", numpy.array([[1, "a"]], dtype=object))
    save(f"{to}/complex.npy", a + 1j)
    save(f"{to}/text.npy", numpy.array(["a", "b"]))
    save(f"{to}/records.npy", numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]))
    save(f"{to}/cube.npy", a.reshape(3, 1, 2))
    save(f"{to}/scalar.npy", numpy.array(1.0))
    save(f"{to}/times.npy", numpy.array(["2001-02-03"], dtype="M8[D]"))
    numpy.savez(f"{to}/two.npz", theta=a, x=a[:, :1])
    numpy.savez_compressed(f"{to}/only.npz", a)


def check(paths):
    for path in paths:
        array = numpy.load(path, allow_pickle=False)
        if path.endswith(".npz"):
            array = array["arr_0"]
        stem = path.rsplit(".", 1)[0]
        want = numpy.loadtxt(stem + ".csv", delimiter=",", skiprows=1, ndmin=2)
        assert array.dtype == numpy.float64 and array.shape == want.shape, (path, array.dtype, array.shape)
        assert numpy.array_equal(array, want, equal_nan=True), path
        print(f"npy: {path.rsplit('/', 1)[1]}: {array.shape}, as in the CSV file")


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    check(sys.argv[2:])

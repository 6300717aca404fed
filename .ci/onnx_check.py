"""Runs exported graphs with onnxruntime, and compares with what the model says.

    python onnx_check.py DIR NAME...

DIR/NAME.onnx is a graph, DIR/NAME.json its examples and DIR/NAME.decoding.json, if there is
one, says how rows become cells. The last argument decides nothing; names begin with what
they are: denoiser and classifier must agree within 2e-6 of the largest number, score, eps
and sampler within 1e-4.
"""
import datetime
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "docs" / "interop"))
from decoding import decode  # noqa: E402

BOUNDS = {"denoiser": 2e-6, "classifier": 2e-6, "regressor": 2e-6, "score": 1e-4, "eps": 1e-4, "sampler": 1e-4, "posterior": 1e-4}


def matrix(rows):
    return np.array([[np.nan if v is None else v for v in row] for row in rows], float)


def session(path):
    onnx.checker.check_model(str(path), full_check=True)
    graph = onnx.load(path).graph
    onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True, check_type=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return graph, onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(s, inputs):
    kind = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    return dict(zip([o.name for o in s.get_outputs()], s.run(None, {i.name: inputs[i.name].astype(kind[i.type]) for i in s.get_inputs()})))


def same(c, cell, text):
    """Reports whether a decoded cell is that text of the table."""
    if cell is None:
        return text == ""
    if isinstance(cell, datetime.datetime):
        return cell.strftime(c["date"]["strftime"]) == text
    if isinstance(cell, str):
        return cell == text
    return text != "" and abs(float(text) - cell) <= 1e-6 * (1 + abs(cell))


def check(folder, name):
    graph, s = session(folder / f"{name}.onnx")
    examples = json.loads((folder / f"{name}.json").read_text())
    inputs = {k: matrix(v) for k, v in examples["inputs"].items()}
    out, gap = run(s, inputs), 0
    for key, rows in examples["outputs"].items():
        want = matrix(rows)
        assert out[key].shape == want.shape, f"{name}: {key} is {out[key].shape}, not {want.shape}"
        assert [d.dim_param or d.dim_value for d in next(o for o in graph.output if o.name == key).type.tensor_type.shape.dim] == ["N", want.shape[1]]
        gap = max(gap, np.abs(out[key] - want).max() / np.abs(want).max())
    bound = BOUNDS[graph.name]
    assert gap < bound, f"{name}: {gap:.2g} away from the model, and the bound is {bound}"
    # Any number of rows, one alone as well, to the same numbers.
    one = run(s, {k: v[:1] for k, v in inputs.items()})
    for key in one:
        assert np.abs(one[key] - out[key][:1]).max() <= 1e-5 * np.abs(out[key]).max(), f"{name}: a row depends on the others"
    cells = ""
    recipe = folder / f"{name}.decoding.json"
    if recipe.exists():
        recipe = json.loads(recipe.read_text())
        # The rows of the model itself: those of the graph may round to another last digit.
        table = decode(recipe, matrix(examples["outputs"]["rows"]), inputs.get("labels"))
        for c in recipe["columns"]:
            at = examples["header"].index(c["name"])
            if "label" in c:
                continue
            for i, row in enumerate(examples["cells"]):
                assert same(c, table[c["name"]][i], row[at]), f"{name}: row {i}, column {c['name']}: {table[c['name']][i]}, want {row[at]}"
        cells = f", {len(examples['cells']) * len(table)} cells decoded"
    print(f"onnx: {name}: {len(graph.node)} nodes, {gap:.1e} away from the model (bound {bound}){cells}")


folder = pathlib.Path(sys.argv[1])
for name in sys.argv[2:]:
    check(folder, name)

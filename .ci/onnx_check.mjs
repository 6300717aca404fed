// Runs exported graphs with onnxruntime-node: node onnx_check.mjs DIR NAME...
// The files and the bounds are those of onnx_check.py.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const ort = require("onnxruntime-node");
const [dir, ...names] = process.argv.slice(2);

function tensor(rows) {
  const flat = rows.flat().map((v) => (v === null ? NaN : v));
  return new ort.Tensor("float32", Float32Array.from(flat), [rows.length, rows[0].length]);
}

for (const name of names) {
  const session = await ort.InferenceSession.create(`${dir}/${name}.onnx`, { logSeverityLevel: 3 });
  const examples = JSON.parse(readFileSync(`${dir}/${name}.json`));
  const inputs = Object.fromEntries(session.inputNames.map((k) => [k, tensor(examples.inputs[k])]));
  const out = await session.run(inputs);
  const bound = /score|eps|sampler|posterior/.test(name) ? 1e-4 : 2e-6;
  for (const [key, rows] of Object.entries(examples.outputs)) {
    const want = rows.flat();
    const most = Math.max(...want.map(Math.abs));
    const gap = Math.max(...want.map((v, i) => Math.abs(v - out[key].data[i]))) / most;
    if (out[key].data.length !== want.length || !(gap < bound)) {
      console.error(`onnxruntime-node: ${name}: ${key} is ${gap} away from the model, and the bound is ${bound}`);
      process.exit(1);
    }
    console.log(`onnxruntime-node: ${name}: ${gap.toExponential(1)} away from the model (bound ${bound})`);
  }
}

// Draws encoded rows with an exported sampler, as CSV without a header:
//
//     node onnx.mjs SAMPLER.onnx ROWS POSITIONS [LABEL...]
//
// It needs the package onnxruntime-node; onnxruntime-web has the same calls in a browser.
import ort from "onnxruntime-node";

/** Standard normal numbers, by Box and Muller. */
function normal(n) {
  const u = () => 1 - Math.random();
  return Float32Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(u())) * Math.cos(2 * Math.PI * u()));
}

/** Draws rows. The labels are the same for all of them, and no other column is given: NaN. */
async function sample(session, rows, width, labels) {
  const inputs = { noise: new ort.Tensor("float32", normal(rows * width), [rows, width]) };
  if (session.inputNames.includes("given")) {
    inputs.given = new ort.Tensor("float32", new Float32Array(width).fill(NaN), [1, width]);
  }
  if (session.inputNames.includes("labels")) {
    inputs.labels = new ort.Tensor("float32", Float32Array.from(labels), [1, labels.length]);
  }
  return (await session.run(inputs)).rows;
}

const [path, ...numbers] = process.argv.slice(2);
const [rows, width, ...labels] = numbers.map(Number);
const session = await ort.InferenceSession.create(path);
const { data, dims } = await sample(session, rows, width, labels);
for (let i = 0; i < dims[0]; i++) {
  console.log(Array.from(data.slice(i * dims[1], (i + 1) * dims[1])).join(","));
}

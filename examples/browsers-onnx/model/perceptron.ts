import { writeOnnx } from "./onnx.ts";

const rows = 8;
const inputs = 128;
const hidden = 256;
const outputs = 64;

/** Two layers, `relu(x · a + b) · c + d`, for eight rows at a time: 198 kB. */
export function perceptron(seed: number) {
  const next = numbersFrom(seed);
  const numbers = (length: number) => Float32Array.from({ length }, () => (next() - 0.5) / 5);
  const a = numbers(inputs * hidden);
  const b = numbers(hidden);
  const c = numbers(hidden * outputs);
  const d = numbers(outputs);
  const file = writeOnnx({
    name: "perceptron",
    operations: [
      { type: "MatMul", inputs: ["x", "a"], output: "xa" },
      { type: "Add", inputs: ["xa", "b"], output: "xab" },
      { type: "Relu", inputs: ["xab"], output: "h" },
      { type: "MatMul", inputs: ["h", "c"], output: "hc" },
      { type: "Add", inputs: ["hc", "d"], output: "y" },
    ],
    weights: [
      { name: "a", shape: [inputs, hidden], values: a },
      { name: "b", shape: [hidden], values: b },
      { name: "c", shape: [hidden, outputs], values: c },
      { name: "d", shape: [outputs], values: d },
    ],
    input: { name: "x", shape: [rows, inputs] },
    output: { name: "y", shape: [rows, outputs] },
  });
  const x = numbers(rows * inputs);
  /** The same in JavaScript, whose numbers have 64 bits. */
  const expected = (input: Float32Array): number[] => {
    const h = layer(input, inputs, a, b).map((value) => Math.max(0, value));
    return layer(h, hidden, c, d);
  };
  return { file, x, shape: [rows, inputs], expected };
}

function layer(input: ArrayLike<number>, width: number, weights: Float32Array, bias: Float32Array): number[] {
  return Array.from({ length: rows * bias.length }, (_, place) => {
    const row = Math.floor(place / bias.length);
    const column = place % bias.length;
    let sum = bias[column] ?? 0;
    for (let each = 0; each < width; each += 1)
      sum += (input[row * width + each] ?? 0) * (weights[each * bias.length + column] ?? 0);
    return sum;
  });
}

/** From 0 to 1, the same for the same seed: xorshift, https://www.jstatsoft.org/article/view/v008i14 */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

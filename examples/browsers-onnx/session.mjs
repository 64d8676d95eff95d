// Runs in the page.
import * as ort from "./node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs";

ort.env.wasm.wasmPaths = new URL("./node_modules/onnxruntime-web/dist/", import.meta.url).href;
ort.env.wasm.numThreads = 1;

/** How often anything was dispatched to the GPU on this page. */
let dispatches = 0;
if (globalThis.GPUComputePassEncoder !== undefined)
  for (const name of ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"]) {
    const original = GPUComputePassEncoder.prototype[name];
    GPUComputePassEncoder.prototype[name] = function dispatch(...sizes) {
      dispatches += 1;
      return original.apply(this, sizes);
    };
  }

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/**
 * Runs a model on one of ONNX Runtime's providers, once and then `repetitions` times more.
 * Model and input come as base64: an array of so many numbers takes long on its way into the page.
 */
export async function runModel({ file, x, shape, provider, repetitions }) {
  const createBegun = performance.now();
  const session = await ort.InferenceSession.create(bytesOf(file), { executionProviders: [provider] });
  const create_ms = performance.now() - createBegun;
  const feeds = { x: new ort.Tensor("float32", new Float32Array(bytesOf(x).buffer), shape) };
  const once = async () => {
    const begun = performance.now();
    const { y } = await session.run(feeds);
    const output = Array.from(await y.getData());
    return { output, took_ms: performance.now() - begun };
  };
  const first = await once();
  const before = dispatches;
  const run_ms = [];
  let { output } = first;
  for (let turn = 0; turn < repetitions; turn += 1) {
    const run = await once();
    run_ms.push(run.took_ms);
    output = run.output;
  }
  await session.release();
  return { output, create_ms, first_ms: first.took_ms, run_ms, dispatches: dispatches - before };
}

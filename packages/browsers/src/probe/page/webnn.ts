import type { BrowserCapabilities, WebNnDevice } from "../capabilities.ts";

interface Context {
  createTensor(descriptor: unknown): Promise<unknown>;
  writeTensor(tensor: unknown, data: Float32Array): void;
  dispatch(graph: unknown, inputs: unknown, outputs: unknown): void;
  readTensor(tensor: unknown): Promise<ArrayBuffer>;
}
interface Builder {
  input(name: string, descriptor: unknown): unknown;
  matmul(left: unknown, right: unknown): unknown;
  relu(value: unknown): unknown;
  build(outputs: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/**
 * Runs in the page: has a device multiply two matrices and drop what is negative. That there is a `navigator.ml` says nothing: browsers have it
 * on machines where no device works. Uses nothing from outside of itself.
 */
export async function probeWebNn(deviceType: WebNnDevice): Promise<BrowserCapabilities["webnn"][WebNnDevice]> {
  const page = globalThis as unknown as {
    navigator: { ml?: { createContext(options: { deviceType: string }): Promise<Context> } };
    MLGraphBuilder: new (context: Context) => Builder;
  };
  const { ml } = page.navigator;
  if (ml === undefined) return { available: false, reason: "it has no navigator.ml" };
  const size = 8;
  const descriptor = { dataType: "float32", shape: [size, size] };
  const context = await ml.createContext({ deviceType });
  const builder = new page.MLGraphBuilder(context);
  const product = builder.matmul(builder.input("left", descriptor), builder.input("right", descriptor));
  const graph = await builder.build({ product: builder.relu(product) });
  // Small whole numbers: exact in any precision that is in use.
  const left = Float32Array.from({ length: size * size }, (_, index) => (index % 5) - 2);
  const right = Float32Array.from({ length: size * size }, (_, index) => (index % 3) - 1);
  const inputs = {
    left: await context.createTensor({ ...descriptor, writable: true }),
    right: await context.createTensor({ ...descriptor, writable: true }),
  };
  const outputs = { product: await context.createTensor({ ...descriptor, readable: true }) };
  context.writeTensor(inputs.left, left);
  context.writeTensor(inputs.right, right);
  context.dispatch(graph, inputs, outputs);
  const answer = new Float32Array(await context.readTensor(outputs.product));
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      let sum = 0;
      for (let at = 0; at < size; at += 1) sum += (left[row * size + at] ?? 0) * (right[at * size + column] ?? 0);
      if (Math.abs(Math.max(0, sum) - (answer[row * size + column] ?? Number.NaN)) < 1e-3) continue;
      return { available: false, reason: `its graph computed the product wrongly in row ${row}, column ${column}` };
    }
  return { available: true };
}

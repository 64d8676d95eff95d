import { test } from "@shardwright/browsers/test";
import { perceptron } from "./model/perceptron.ts";

const seed = 7;
/** Sums of 256 products in 32 bits are off by less than 1e-6 here; an input that is off by a hundredth gives 8e-4. */
const tolerance = 1e-5;
const repetitions = 10;

interface Ran {
  output: number[];
  create_ms: number;
  first_ms: number;
  run_ms: number[];
  dispatches: number;
}

for (const provider of ["wasm", "webgpu"])
  test(
    `computes on ${provider} what JavaScript computes`,
    async ({ page, device, metrics, compute, expect, url }) => {
      if (provider === "webgpu") await device.adapter();
      const { file, x, shape, expected } = perceptron(seed);
      const request = { file: base64(file), x: base64(x), shape, provider, repetitions };
      const code = `import(${JSON.stringify(url("./session.mjs"))}).then(({ runModel }) => runModel(${JSON.stringify(request)}))`;
      const ran = await page.evaluate<Ran>(code);

      const error = furthest(ran.output, expected(x));
      expect(error).toBeLessThan(tolerance);
      expect(furthest(ran.output, expected(x.map((value) => 1.01 * value)))).toBeGreaterThan(10 * tolerance);
      if (provider === "webgpu") expect(ran.dispatches).toBeGreaterThanOrEqual(repetitions);
      else expect(ran.dispatches).toBe(0);

      const ms = { unit: "ms" };
      metrics.record(`perceptron.${provider}.create`, ran.create_ms, ms);
      metrics.record(`perceptron.${provider}.first`, ran.first_ms, ms);
      metrics.recordAll(`perceptron.${provider}.run`, ran.run_ms, ms);
      metrics.record(`perceptron.${provider}.error`, error);
      metrics.record(`perceptron.${provider}.dispatches`, ran.dispatches / repetitions);
      compute("perceptron", ran.output.slice(0, 64), { absolute: tolerance });
    },
    { timeout: 120 },
  );

function furthest(values: readonly number[], others: readonly number[]): number {
  return values.length === others.length
    ? Math.max(...values.map((value, index) => Math.abs(value - (others[index] ?? NaN))))
    : NaN;
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

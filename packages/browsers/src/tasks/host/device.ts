import type { Page } from "playwright-core";
import type { AdapterInfo, ComputeRequest, ComputeResult, Device } from "../tools.ts";
import type { Measurements } from "./measurements.ts";

/** WebGPU and WebNN of the case's page. Numbers travel as base64: an array of a million takes Playwright seconds each way. */
export function deviceOf(page: Page, measurements: Measurements): Device {
  const ask = <T>(code: string, argument?: unknown): Promise<T> =>
    page.evaluate<T>(`(${code})(${JSON.stringify(argument ?? null)})`);

  async function compute(request: ComputeRequest): Promise<ComputeResult> {
    const { inputs, outputLength, ...rest } = request;
    const encoded = inputs.map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
    );
    const answer = await ask<Omit<ComputeResult, "output"> & { output: string }>("(request) => shardwright.dispatch(request)", {
      ...rest,
      inputs: encoded,
      output_bytes: outputLength * 4,
    });
    const bytes = Buffer.from(answer.output, "base64");
    // A copy: a buffer from Node's pool need not begin where a number may.
    return { ...answer, output: new Float32Array(Uint8Array.from(bytes).buffer) };
  }

  return {
    supports: (feature) => ask("(feature) => shardwright.supports(feature)", feature),
    adapter: () =>
      ask<AdapterInfo>(
        "async () => { const { device, info } = await shardwright.requestDevice(); device.destroy(); return info; }",
      ),
    compute,
    async benchmark(name, { operations, ...request }) {
      const result = await compute({ repetitions: 10, ...request });
      const ms = { unit: "ms" };
      measurements.record(`${name}.compile`, result.compile_ms, ms);
      measurements.record(`${name}.first`, result.first_ms, ms);
      const wall = measurements.recordAll(`${name}.run`, result.run_ms, ms);
      const own = result.gpu_ms.length > 0 ? measurements.recordAll(`${name}.gpu`, result.gpu_ms, ms) : wall;
      if (operations !== undefined && own.p50 > 0)
        measurements.record(`${name}.throughput`, (operations * 1000) / own.p50, { unit: "1/s", better: "higher" });
      return result;
    },
    async webnn(deviceType = "cpu") {
      await ask("async (deviceType) => { await shardwright.requestWebNn(deviceType); }", deviceType);
    },
  };
}

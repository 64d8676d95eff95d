import type { BrowserCapabilities } from "../capabilities.ts";

/** Runs in the page: has small modules compute with vectors and with shared memory. Uses nothing from outside of itself. */
export async function probeWasm(): Promise<BrowserCapabilities["wasm"]> {
  interface Exports {
    readonly f: () => number;
  }
  const { WebAssembly: wasm, SharedArrayBuffer: Shared } = globalThis as unknown as {
    WebAssembly: {
      instantiate(bytes: Uint8Array, imports?: object): Promise<{ instance: { exports: Exports } }>;
      Memory: new (options: object) => { buffer: ArrayBuffer };
    };
    SharedArrayBuffer?: new () => object;
  };
  const magic = [0, 97, 115, 109, 1, 0, 0, 0];
  const typeAndFunction = [1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0];
  const exported = [7, 5, 1, 1, 102, 0, 0];
  const attempt = async (does: () => Promise<boolean>) => {
    try {
      return (await does()) ? { available: true as const } : { available: false as const, reason: "it computed wrongly" };
    } catch (error) {
      return { available: false as const, reason: String(error).slice(0, 300) };
    }
  };
  // i32.const 7, i32x4.splat, i32x4.extract_lane 2
  const vector = [10, 11, 1, 9, 0, 65, 7, 253, 17, 253, 27, 2, 11];
  const simd = await attempt(async () => {
    const { instance } = await wasm.instantiate(new Uint8Array([...magic, ...typeAndFunction, ...exported, ...vector]));
    return instance.exports.f() === 7;
  });
  if (Shared === undefined)
    return {
      simd,
      threads: { available: false, reason: "no SharedArrayBuffer, though the page is isolated from other origins" },
    };
  // An imported memory that is shared; i32.const 0, i32.const 5, i32.atomic.rmw.add
  const memoryImport = [2, 9, 1, 1, 109, 1, 109, 2, 3, 1, 1];
  const atomic = [10, 12, 1, 10, 0, 65, 0, 65, 5, 254, 30, 2, 0, 11];
  const threads = await attempt(async () => {
    const memory = new wasm.Memory({ initial: 1, maximum: 1, shared: true });
    const [type, rest] = [typeAndFunction.slice(0, 7), typeAndFunction.slice(7)];
    const bytes = new Uint8Array([...magic, ...type, ...memoryImport, ...rest, ...exported, ...atomic]);
    const { instance } = await wasm.instantiate(bytes, { m: { m: memory } });
    const before = instance.exports.f();
    return before === 0 && new Int32Array(memory.buffer)[0] === 5 && memory.buffer instanceof Shared;
  });
  return { simd, threads };
}

import type { BrowserCapabilities } from "../capabilities.ts";

interface Adapter {
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly device?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly isFallbackAdapter?: boolean;
  readonly features: Iterable<string>;
  readonly limits: Readonly<Record<string, unknown>>;
  requestDevice(): Promise<Device>;
}
interface Device {
  readonly queue: { writeBuffer(buffer: Buffer, offset: number, data: Uint32Array): void; submit(commands: unknown[]): void };
  createBuffer(descriptor: { size: number; usage: number }): Buffer;
  createShaderModule(descriptor: { code: string }): unknown;
  createComputePipelineAsync(descriptor: unknown): Promise<{ getBindGroupLayout(index: number): unknown }>;
  createBindGroup(descriptor: unknown): unknown;
  createCommandEncoder(): {
    beginComputePass(): {
      setPipeline(pipeline: unknown): void;
      setBindGroup(index: number, group: unknown): void;
      dispatchWorkgroups(count: number): void;
      end(): void;
    };
    copyBufferToBuffer(from: Buffer, begin: number, to: Buffer, at: number, bytes: number): void;
    finish(): unknown;
  };
  destroy(): void;
}
interface Buffer {
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
}

/** Runs in the page: looks for an adapter and has it compute a little. Uses nothing from outside of itself. */
export async function probeWebGpu(): Promise<BrowserCapabilities["webgpu"]> {
  const page = globalThis as unknown as {
    navigator: { gpu?: { requestAdapter(options?: { forceFallbackAdapter: boolean }): Promise<Adapter | null> } };
  };
  const { gpu } = page.navigator;
  if (gpu === undefined) return { available: false, reason: "it has no navigator.gpu" };
  const adapter = await gpu.requestAdapter();
  if (adapter === null) return { available: false, reason: "no adapter" };
  const device = await adapter.requestDevice();
  try {
    const count = 256;
    const bytes = count * 4;
    // As the standard numbers them: storage 128, copy from 4, copy to 8, map for reading 1.
    const numbers = device.createBuffer({ size: bytes, usage: 128 | 4 | 8 });
    const answer = device.createBuffer({ size: bytes, usage: 1 | 8 });
    device.queue.writeBuffer(
      numbers,
      0,
      Uint32Array.from({ length: count }, (_, index) => index),
    );
    const code = `
      @group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
      @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        numbers[id.x] = numbers[id.x] * numbers[id.x] + 7u;
      }`;
    const module = device.createShaderModule({ code });
    const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } });
    const entries = [{ binding: 0, resource: { buffer: numbers } }];
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(count / 64);
    pass.end();
    encoder.copyBufferToBuffer(numbers, 0, answer, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await answer.mapAsync(1);
    const wrong = [...new Uint32Array(answer.getMappedRange())].findIndex((value, index) => value !== index * index + 7);
    if (wrong >= 0) return { available: false, reason: `its shader computed ${wrong} × ${wrong} + 7 wrongly` };
  } finally {
    device.destroy();
  }
  const { vendor = "", architecture = "", device: name = "", description = "", isFallbackAdapter } = adapter.info ?? {};
  const limits: Record<string, number> = {};
  // They are properties of its prototype.
  for (const limit in adapter.limits) {
    const value = adapter.limits[limit];
    if (typeof value === "number") limits[limit] = value;
  }
  const renderers = /swiftshader|llvmpipe|lavapipe|basic render/i;
  return {
    available: true,
    vendor,
    architecture,
    device: name,
    description,
    software: (isFallbackAdapter ?? adapter.isFallbackAdapter ?? false) || renderers.test(`${architecture} ${description}`),
    softwareOnRequest: (await gpu.requestAdapter({ forceFallbackAdapter: true }).catch(() => null)) !== null,
    features: [...adapter.features].toSorted(),
    limits,
  };
}

import { z } from "zod";

const text = z.string().max(1024);

/** What is there, or why it is not. */
function part<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.discriminatedUnion("available", [
    z.strictObject({ available: z.literal(true), ...shape }),
    z.strictObject({ available: z.literal(false), reason: text }),
  ]);
}

export const webNnDevices = ["cpu", "gpu", "npu"] as const;
export type WebNnDevice = (typeof webNnDevices)[number];

/** What a browser was seen to do, each by something that was computed and checked. */
const browserCapabilitiesSchema = z.strictObject({
  /** A compute shader ran. */
  webgpu: part({
    vendor: text,
    architecture: text,
    device: text,
    description: text,
    /** The processor does the work of a GPU. */
    software: z.boolean(),
    /** It does so when it is asked to. */
    softwareOnRequest: z.boolean(),
    features: z.array(text).max(256),
    limits: z.record(text, z.number()),
  }),
  /** A graph ran, on each device that could be had. */
  webnn: z.strictObject({ cpu: part({}), gpu: part({}), npu: part({}) }),
  /** Pixels were drawn and read. */
  webgl: part({ renderer: text }),
  webgl2: part({ renderer: text }),
  /** Modules that need it ran. Threads need a page that is isolated from other origins. */
  wasm: z.strictObject({ simd: part({}), threads: part({}) }),
  /** Names of the formats that it can play. */
  codecs: z.array(text).max(64),
});
export type BrowserCapabilities = z.infer<typeof browserCapabilitiesSchema>;

/** How a probe ended: with what the browser can do, or why it cannot be used at all. */
export const probeResultSchema = z.discriminatedUnion("started", [
  z.strictObject({ started: z.literal(true), capabilities: browserCapabilitiesSchema }),
  z.strictObject({ started: z.literal(false), reason: text }),
]);
export type ProbeResult = z.infer<typeof probeResultSchema>;

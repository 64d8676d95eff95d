import type { Browser, BrowserContext, Page } from "playwright-core";
import type { ExpectStatic } from "@vitest/expect";
import type { Summary } from "../measuring/statistics.ts";

/** The words of `--test-args` by their names: `{"model":"whisper-tiny","optimizeAudio":true}`; what has no name is in `_`. */
export type TestArguments = Readonly<Record<string, string | boolean | readonly string[]>>;

export interface MetricOptions {
  /** `ms`, `bytes`, `1/s`, `frames`; empty for a bare number, which is the default. */
  readonly unit?: string;
  /** `lower` when absent. */
  readonly better?: "lower" | "higher";
  /** What it depends on, beside the browser and the adapter, which are added by themselves. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

export interface MeasureOptions extends MetricOptions {
  /** Runs that do not count; 1 when absent. */
  readonly warmup?: number;
  /** Runs that count; 10 when absent, 1000 at most. */
  readonly repetitions?: number;
}

export interface Metrics {
  /** One number. */
  record(name: string, value: number, options?: MetricOptions): void;
  /** Several measurements of the same: their median is the value, and percentiles are added that so many can tell. */
  recordAll(name: string, values: readonly number[], options?: MetricOptions): Summary;
  /**
   * Measures what a function takes, by this process's clock, the way to the browser and back included. Where the function returns a number,
   * that is the measurement, in milliseconds: for what the page times itself.
   */
  measure(name: string, work: () => unknown, options?: MeasureOptions): Promise<Summary>;
  /** Milliseconds between the frames of a page: `frame.interval`, and how many there are in a second: `frame.rate`. */
  frames(page: Page, count?: number): Promise<Summary>;
  /** Bytes that the page's scripts hold, as `memory.heap`, where the browser tells; undefined where it does not, as Firefox. */
  heap(page: Page): Promise<number | undefined>;
}

export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** It computes on the processor. */
  readonly software: boolean;
  readonly features: readonly string[];
}

export interface ComputeRequest {
  /** WGSL. Its group 0 binds the inputs in their order, read only, and the output after them, to read and write. */
  readonly code: string;
  readonly entryPoint?: string;
  readonly inputs: readonly (Float32Array | Uint32Array | Int32Array)[];
  /** How many numbers of 4 bytes come out. */
  readonly outputLength: number;
  readonly workgroups: readonly [number, number?, number?];
  /** Values of `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Such as `shader-f16`; a browser without it fails the case. */
  readonly requiredFeatures?: readonly string[];
  /** Runs after the first that do not count; 1 when absent. */
  readonly warmup?: number;
  /** Runs that count; 1 when absent. */
  readonly repetitions?: number;
}

export interface ComputeResult {
  readonly output: Float32Array;
  readonly adapter: AdapterInfo;
  /** Shader module and pipeline. */
  readonly compile_ms: number;
  /** The first run, reading back included. */
  readonly first_ms: number;
  /** Each run that counts, reading back included. Firefox answers in steps of about 100 ms here: prefer the next one. */
  readonly run_ms: readonly number[];
  /** What the shader itself took by the GPU's clock; empty where `timestamp-query` is not there. */
  readonly gpu_ms: readonly number[];
}

/** The page's way to WebGPU and WebNN. */
export interface Device {
  /** By trying: the mere presence of an API says nothing. */
  supports(feature: "webgpu" | "webnn" | "webgl" | "wasm"): Promise<boolean>;
  /** @throws Error that says what is missing, where there is no adapter */
  adapter(): Promise<AdapterInfo>;
  /** Runs a compute shader. A device that is lost on the way is a crash of the browser, and no failure of the test. */
  compute(request: ComputeRequest): Promise<ComputeResult>;
  /**
   * `compute`, recorded: `<name>.compile`, `<name>.first`, `<name>.run`, `<name>.gpu`; with `operations`, how many such a run does,
   * `<name>.throughput` as well.
   */
  benchmark(name: string, request: ComputeRequest & { readonly operations?: number }): Promise<ComputeResult>;
  /** Asks for a WebNN context. @throws Error with the browser's reason: an API without anything behind it is common */
  webnn(deviceType?: "cpu" | "gpu" | "npu"): Promise<void>;
}

/** What a case is given. */
export interface BrowserTools {
  /**
   * Stands on an empty page of the workspace's own origin: a secure context, isolated from other origins, so that threads and WebGPU are there.
   * Of a case whose first statement is `await page.goto(…)` it has been nowhere before.
   */
  readonly page: Page;
  /** The case's own. */
  readonly context: BrowserContext;
  readonly browser: Browser;
  /** What the browser is: `firefox`, `153.7.0`. */
  readonly runsIn: { readonly kind: string; readonly version: string };
  readonly device: Device;
  readonly metrics: Metrics;
  /** Numbers to be compared with what the same case computes in other browsers and on other devices. */
  readonly compute: (
    name: string,
    values: ArrayLike<number>,
    tolerance?: { readonly absolute?: number; readonly relative?: number },
  ) => void;
  readonly expect: ExpectStatic;
  readonly args: TestArguments;
  /** The same, as they were given. */
  readonly words: readonly string[];
  /** Where the workspace is served; a page's own address is relative to the test's file. */
  readonly url: (path: string) => string;
}

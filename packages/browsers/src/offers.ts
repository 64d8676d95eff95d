import type { BrowserCapabilities } from "./probe/capabilities.ts";
import { webNnDevices } from "./probe/capabilities.ts";
import type { SurveyedBrowser } from "./probe/survey.ts";
import { firstUsable } from "./probe/usable.ts";

/** What browsers add to a worker's capabilities. */
export interface BrowserOffers {
  readonly tags: readonly string[];
  readonly details: Readonly<Record<string, string>>;
}

/**
 * What can be asked for of this machine's browsers. For a Firefox that has WebGPU: `browser:firefox`, `webgpu`, and `firefox:webgpu`, which is
 * what a task needs that runs in Firefox and wants WebGPU there. Of several browsers of one kind the first that starts counts: it is the one
 * that tests are given.
 */
export function browserOffers(surveyed: readonly SurveyedBrowser[]): BrowserOffers {
  const tags = new Set<string>();
  const details: Record<string, string> = {};
  for (const { browser, result } of firstUsable(surveyed)) {
    const { kind, version, channel, executable } = browser;
    if (!result.started) continue;
    tags.add(`browser:${kind}`);
    details[`browser:${kind}`] = `${version} ${channel} ${executable}`;
    for (const ability of abilities(result.capabilities)) {
      tags.add(ability);
      tags.add(`${kind}:${ability}`);
    }
    details[`${kind}:webgpu`] = webGpuInWords(result.capabilities);
  }
  return { tags: [...tags], details };
}

/** The names of what a browser can do, as tests ask for them. */
export function abilities({ webgpu, webnn, webgl, webgl2, wasm, codecs }: BrowserCapabilities): string[] {
  const names = new Map<string, boolean>([
    ["webgpu", webgpu.available],
    ["webgpu:hardware", webgpu.available && !webgpu.software],
    ["webgpu:software", webgpu.available && (webgpu.software || webgpu.softwareOnRequest)],
    ["webnn", webNnDevices.some((device) => webnn[device].available)],
    ...webNnDevices.map((device) => [`webnn:${device}`, webnn[device].available] as const),
    ["webgl", webgl.available],
    ["webgl2", webgl2.available],
    ["wasm-simd", wasm.simd.available],
    ["wasm-threads", wasm.threads.available],
    ...codecs.map((name) => [`codec:${name}`, true] as const),
  ]);
  return [...names].flatMap(([name, available]) => (available ? [name] : []));
}

/** `software, google swiftshader`, or why there is none. */
export function webGpuInWords({ webgpu }: BrowserCapabilities): string {
  if (!webgpu.available) return `no: ${webgpu.reason}`;
  const adapter = [webgpu.vendor, webgpu.architecture, webgpu.device].filter((word) => word !== "").join(" ");
  return [webgpu.software ? "software" : "hardware", ...(adapter === "" ? [] : [adapter])].join(", ");
}

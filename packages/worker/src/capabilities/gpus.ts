import { probe } from "./probe.ts";

/** What a probe adds to a worker's capabilities. */
export interface Finding {
  readonly tags: readonly string[];
  readonly details: Readonly<Record<string, string>>;
}

const nothing: Finding = { tags: [], details: {} };

/** Looks for GPUs by the vendors' own tools. */
export async function findGpus(): Promise<Finding[]> {
  return Promise.all([
    probe("nvidia-smi", ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]).then(readNvidia),
    probe("rocm-smi", ["--showproductname", "--json"]).then(readRocm),
    process.platform === "darwin" ? probe("system_profiler", ["SPDisplaysDataType", "-json"]).then(readMetal) : nothing,
  ]);
}

/** Lines such as `NVIDIA A100-SXM4-40GB, 40960 MiB, 550.54.15`. */
export function readNvidia(output: string | undefined): Finding {
  const lines = (output ?? "").split("\n").filter((line) => line.split(",").length === 3);
  return lines.length === 0
    ? nothing
    : { tags: ["gpu", "cuda"], details: { "gpu.nvidia": lines.map((line) => line.trim()).join("; ") } };
}

/** `{"card0": {"Card Series": "…"}}`; the fields' names changed between versions. */
export function readRocm(output: string | undefined): Finding {
  const cards = Object.entries(readObject(output)).filter(([key]) => key.startsWith("card"));
  const names = cards.map(([key, card]) => textField(card, ["Card Series", "Card series", "Card Model", "Card model"]) ?? key);
  return names.length === 0 ? nothing : { tags: ["gpu", "rocm"], details: { "gpu.amd": names.join("; ") } };
}

/** `{"SPDisplaysDataType": [{"sppci_model": "Apple M2", "spdisplays_mtlgpufamilysupport": "…"}]}`. */
export function readMetal(output: string | undefined): Finding {
  const displays = readObject(output)["SPDisplaysDataType"];
  const gpus = Array.isArray(displays) ? displays : [];
  const withMetal = gpus.filter((gpu) => textField(gpu, ["spdisplays_mtlgpufamilysupport", "spdisplays_metal"]) !== undefined);
  if (withMetal.length === 0) return nothing;
  return {
    tags: ["gpu", "metal"],
    details: { "gpu.apple": withMetal.map((gpu) => textField(gpu, ["sppci_model"]) ?? "GPU").join("; ") },
  };
}

function readObject(output: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(output ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textField(value: unknown, names: readonly string[]): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const name of names) {
    const field = (value as Record<string, unknown>)[name];
    if (typeof field === "string" && field !== "") return field;
  }
  return undefined;
}

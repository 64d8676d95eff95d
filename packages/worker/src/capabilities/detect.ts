import { availableParallelism, cpus, release } from "node:os";
import { ShardwrightError, type Capabilities } from "@shardwright/core";
import { findGpus } from "./gpus.ts";
import { memory_mib } from "./memory.ts";
import { findTools } from "./tools.ts";

/** `quick` asks the operating system alone, in a millisecond or two; `full` also starts the tools it looks for. */
export type DetectionMode = "quick" | "full";

/**
 * What this machine has, labels included. Processors and memory are what this process may use, limits of containers respected.
 * @throws ShardwrightError `usage` on an operating system that is not supported.
 */
export async function detectCapabilities(mode: DetectionMode, labels: readonly string[] = []): Promise<Capabilities> {
  const os = process.platform;
  if (os !== "linux" && os !== "darwin" && os !== "win32")
    throw new ShardwrightError("usage", {
      problem: `Workers do not run on ${os}.`,
      remedy: "Use Linux, macOS or Windows.",
    });
  const [memory, ...findings] = await Promise.all([memory_mib(), ...(mode === "full" ? [findGpus(), findTools()] : [])]);
  const found = findings.flat();
  const details: Record<string, string> = {
    ...(mode === "full" ? { os: release(), processor: (cpus()[0]?.model ?? "unknown").trim().slice(0, 512) } : {}),
    ...Object.assign({}, ...found.map((finding) => finding.details)),
  };
  const tags = new Set(["node", ...found.flatMap((finding) => finding.tags), ...labels]);
  return { os, arch: process.arch, cpu: availableParallelism(), memory_mib: memory, tags: [...tags], details: cut(details) };
}

/** As long as the protocol takes them. */
export function cut(details: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, value.slice(0, 512)]));
}

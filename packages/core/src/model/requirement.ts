import { z } from "zod";

const token = z.string().min(1).max(128);

/** What a task needs of a worker. Absent fields need nothing. */
export const requirementsSchema = z
  .strictObject({
    os: z.enum(["linux", "darwin", "win32"]),
    arch: z.string().min(1).max(32),
    /** Logical processors, at least. */
    cpu: z.int().positive().max(4096),
    /** Main memory in MiB, at least. */
    memory_mib: z.int().positive(),
    /** Each named tag must be among the worker's: `cuda`, `browser:firefox`, `webgpu`, or a label. */
    tags: z.array(token).max(64),
  })
  .partial();
export type Requirements = z.infer<typeof requirementsSchema>;

/** What a worker has, as it found it. */
export const capabilitiesSchema = z.strictObject({
  os: z.enum(["linux", "darwin", "win32"]),
  arch: z.string().min(1).max(32),
  cpu: z.int().positive().max(4096),
  memory_mib: z.int().nonnegative(),
  /** What can be asked for by name: `cuda`, `rocm`, `metal`, `python`, `browser:chromium`, and the operator's labels. */
  tags: z.array(token).max(256),
  /** Facts worth showing, not matched: versions of tools, names of processors and GPUs. */
  details: z.record(z.string().max(64), z.string().max(512)),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

/** The tag that only the worker of this name has: what needs it runs there and nowhere else. */
export function workerTag(name: string): string {
  return `worker:${name}`;
}

/** What a worker has when tests are matched: what it found, and its name. */
export function withWorkerTag(capabilities: Capabilities, name: string): Capabilities {
  return { ...capabilities, tags: [...capabilities.tags, workerTag(name)] };
}

/** What a worker lacks for a task, in words for people; empty when it may run it. */
export function missingFor(requirements: Requirements, capabilities: Capabilities): string[] {
  const missing: string[] = [];
  if (requirements.os !== undefined && requirements.os !== capabilities.os) missing.push(`os ${requirements.os}`);
  if (requirements.arch !== undefined && requirements.arch !== capabilities.arch) missing.push(`arch ${requirements.arch}`);
  if (requirements.cpu !== undefined && requirements.cpu > capabilities.cpu) missing.push(`${requirements.cpu} processors`);
  if (requirements.memory_mib !== undefined && requirements.memory_mib > capabilities.memory_mib)
    missing.push(`${requirements.memory_mib} MiB of memory`);
  for (const tag of requirements.tags ?? []) if (!capabilities.tags.includes(tag)) missing.push(tag);
  return missing;
}

/**
 * The group of machines on which durations are comparable: stable facts only, never a reading that changes from day to day.
 * @example "linux-x64-8cpu"
 */
export function hardwareClass(capabilities: Capabilities): string {
  const accelerators = ["cuda", "rocm", "metal"].filter((tag) => capabilities.tags.includes(tag));
  return [capabilities.os, capabilities.arch, `${capabilities.cpu}cpu`, ...accelerators].join("-");
}

import { z } from "zod";

/** Names that people choose: a project, a worker, a suite, a label. */
export const nameSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._:/@+-]*$/u,
    "use letters, digits, spaces and . _ : / @ + -, beginning with a letter or digit",
  );

/** A run's id: `r-` and 16 letters or digits, made by the coordinator. */
export const runIdSchema = z.string().regex(/^r-[0-9a-z]{16}$/, "a run id looks like r-0123456789abcdef");
/** A worker's id: `w-` and 16 letters or digits, made by the coordinator at registration. */
export const workerIdSchema = z.string().regex(/^w-[0-9a-z]{16}$/, "a worker id looks like w-0123456789abcdef");
export const tokenIdSchema = z.string().regex(/^t-[0-9a-z]{16}$/, "a token id looks like t-0123456789abcdef");
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 is 64 hexadecimal digits");
/** What makes submission idempotent: one key, one run. */
export const runKeySchema = z.string().min(1).max(256);

export type RunId = z.infer<typeof runIdSchema>;
export type WorkerId = z.infer<typeof workerIdSchema>;

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

/**
 * Makes an id such as `r-k2j9…` out of 16 random bytes that the caller supplies (this package rolls no dice).
 * @throws RangeError when fewer than 16 bytes come.
 */
export function makeId(prefix: "r" | "w" | "t" | "a" | "c", random: Uint8Array): string {
  if (random.length < 16) throw new RangeError(`an id needs 16 random bytes, got ${random.length}`);
  let id = `${prefix}-`;
  for (const byte of random.subarray(0, 16)) id += alphabet[byte % alphabet.length];
  return id;
}

/** A path inside the workspace: relative, with forward slashes, never leaving it. */
export const workspacePathSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine(isInsideWorkspace, "use a path relative to the workspace, with forward slashes and without ‘..’");

export function isInsideWorkspace(path: string): boolean {
  if (path.startsWith("/") || path.includes("\\") || path.includes("\0") || /^[A-Za-z]:/.test(path)) return false;
  return !path.split("/").includes("..");
}

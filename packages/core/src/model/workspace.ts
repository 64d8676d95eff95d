import { z } from "zod";
import { sha256Schema, workspacePathSchema } from "./ids.ts";

/** The most raw bytes in one chunk of a bundle, file contents alone. */
export const chunkLimit_bytes = 16 * 1024 * 1024;
/** Enough for 16 GiB of files. */
export const chunkCountLimit = 4096;

/** What makes a fresh checkout ready for tests. It runs once per workspace and content of the lock files. */
export const setupSchema = z.strictObject({
  /** For the machine's shell, run in the workspace's root: `npm ci`. */
  command: z.string().min(1).max(4096),
  /** Files, relative to the workspace's root, that decide what the command installs. */
  lock_files: z.array(workspacePathSchema).max(32).default([]),
  timeout_ms: z.int().positive().max(7_200_000).default(900_000),
});
export type Setup = z.infer<typeof setupSchema>;

/** A part of a bundle: a blob that is a tar archive, compressed with Zstandard. */
export const bundleChunkSchema = z.strictObject({ sha256: sha256Schema, bytes: z.int().positive() });

/** A repository that a worker can reach, without a password in its address. */
export const gitUrlSchema = z
  .string()
  .min(1)
  .max(2048)
  .refine(isGitUrl, "give an https://, ssh://, git:// or file:// address, or user@host:path")
  .refine(
    (url) => !hasPassword(url),
    "leave the password out: it would be stored with the run; give the workers' git its own credentials",
  );

/** The workspace's root, where it is not that of the repository or archive. */
const directory = workspacePathSchema.default(".");

/**
 * Where a worker finds the files. `dir`: a path that this machine, or a shared disk, has. `git`: a commit of a repository that the worker
 * can reach. `bundle`: an archive of the submitter's checkout, kept by the coordinator in chunks. `checkout`: each worker brings its own,
 * as the jobs of one pipeline do; only workers that came for this very run get its tasks.
 */
export const workspaceSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dir"), path: z.string().min(1).max(4096) }),
  z.strictObject({ kind: z.literal("checkout") }),
  z.strictObject({
    kind: z.literal("git"),
    url: gitUrlSchema,
    commit: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "give the commit's whole hash"),
    directory,
    setup: setupSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal("bundle"),
    /** In the order they are unpacked. */
    chunks: z.array(bundleChunkSchema).min(1).max(chunkCountLimit),
    directory,
    setup: setupSchema.optional(),
  }),
]);
export type Workspace = z.infer<typeof workspaceSchema>;

/** True for addresses that git takes for a repository and never for an option or a helper's command (`ext::…`). */
function isGitUrl(url: string): boolean {
  return /^(?:https?|ssh|git|file):\/\/[^\s-]\S*$/.test(url) || /^[\w.]+@[\w.-]+:(?!:)\S+$/.test(url);
}

function hasPassword(url: string): boolean {
  return /^\w+:\/\/[^/@\s]*:[^/@\s]*@/.test(url);
}

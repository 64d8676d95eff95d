import { z } from "zod";
import { isInsideWorkspace, sha256Schema } from "./ids.ts";

/** The most artifacts one attempt can have. */
export const artifactCountLimit = 1000;
/** The largest artifact: what one blob can hold. */
export const artifactLimit_bytes = 64 * 1024 * 1024;
const nameLimit = 512;

/** A glob of files to keep, relative to the suite's directory. */
export const artifactGlobSchema = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (glob) => isInsideWorkspace(glob.replaceAll("\\", "/")),
    "use a glob relative to the suite's directory, without ‘..’: test-results/**",
  );

/** Bounds for what one attempt may leave behind. What exceeds them is left out, and said. */
export const artifactLimitsSchema = z.strictObject({
  count: z.int().positive().max(artifactCountLimit),
  file_bytes: z.int().positive().max(artifactLimit_bytes),
  attempt_bytes: z
    .int()
    .positive()
    .max(16 * 1024 ** 3),
});
export type ArtifactLimits = z.infer<typeof artifactLimitsSchema>;

export const defaultArtifactLimits: ArtifactLimits = {
  count: 100,
  file_bytes: 32 * 1024 * 1024,
  attempt_bytes: 256 * 1024 * 1024,
};

/** A file that an attempt left behind, kept among the blobs. */
export const artifactSchema = z.strictObject({
  /** Relative to the suite's directory, or to the attempt's own folder; with forward slashes. */
  name: z
    .string()
    .min(1)
    .max(nameLimit)
    .refine((name) => name === artifactName(name), "use a plain relative path without ‘..’ and control characters"),
  sha256: sha256Schema,
  bytes: z.int().nonnegative(),
  /** Other attempts ran in the same folder meanwhile: the file may be theirs. */
  shared: z.literal(true).optional(),
});
export type Artifact = z.infer<typeof artifactSchema>;

/**
 * Where an attempt leaves what its framework can make its own reports of, once it has that of all attempts: an archive that only the
 * framework reads, `report.zip`. Its suite has the option `blobReport`.
 */
export const blobReportFolder = "blob-report";

/** A path as an artifact is called by it: never absolute, never climbing, without control characters, of bounded length. */
export function artifactName(path: string): string {
  const parts = path
    .replaceAll("\\", "/")
    .toWellFormed()
    // Control characters, and those that reorder or hide what stands beside them.
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "_")
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .map((part) => (/^\.{2,}$/.test(part) ? "_".repeat(part.length) : part));
  const name = parts.join("/").replace(/^[A-Za-z]:/, (drive) => `${drive[0]}_`);
  // The end tells more than the beginning: it has the extension.
  return name.length <= nameLimit ? name || "_" : `…${name.slice(1 - nameLimit).replace(/^[\uDC00-\uDFFF]/, "")}`;
}

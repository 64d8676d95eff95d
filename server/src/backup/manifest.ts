import { clusterIdSchema, factBodySchema, memberIdSchema, sha256Schema } from "@shardwright/core";
import { z } from "zod";

/** Of the file's form; a reader refuses what is later than the one it knows. */
export const backupFormat = 1;

/** What each part of the archive is called. A blob's name is `blobs/` and its SHA-256. */
export const manifestPart = "manifest.json";
export const tablesPart = "state.db";
export const blobFolder = "blobs/";
export const endPart = "end.json";

const count = z.int().nonnegative();

/** The first part: what the tables in the file stand for. */
export const backupManifestSchema = z.object({
  format: z.int().positive(),
  /** Of the program that made it. */
  version: z.string(),
  /** Milliseconds since 1970. */
  made_at_ms: z.int(),
  cluster: clusterIdSchema,
  /** The member that made it. */
  member: memberIdSchema,
  /** Whether the tables hold all that was durable when it was asked for; without a leader that cannot be known. */
  is_current: z.boolean(),
  /** The last entry of the log that the tables hold, its term, the last fact, and who belonged to the cluster then. */
  index: count,
  term: count,
  position: count,
  configuration: z.object({
    members: z
      .array(z.object({ id: z.string(), votes: z.boolean(), isWitness: z.boolean().optional(), address: z.string().max(512) }))
      .max(64),
  }),
  /** Migrations of the tables, and the kinds of facts, that the program knew. */
  schema: count,
  fact_kinds: z.array(z.string().max(128)).max(1024),
  tables: z.object({ bytes: count, sha256: sha256Schema }),
  /** Whether logs, artifacts and bundles come with them. */
  has_blobs: z.boolean(),
});
export type BackupManifest = z.infer<typeof backupManifestSchema>;

/** The last part: a file that lacks it is cut off. */
export const backupEndSchema = z.object({
  manifest_sha256: sha256Schema,
  blobs: z.object({
    count,
    bytes: count,
    /** Named by the tables, but no member had them. */
    missing: count,
  }),
});
export type BackupEnd = z.infer<typeof backupEndSchema>;

/** Kinds of facts that this program knows. */
export function knownFactKinds(): string[] {
  return factBodySchema.options.map(({ shape }) => shape.type.value).toSorted();
}

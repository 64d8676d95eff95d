import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { ParsedTarEntry } from "modern-tar";
import type { z } from "zod";
import { knownSchema } from "../database/open.ts";
import {
  type BackupEnd,
  type BackupManifest,
  backupEndSchema,
  backupFormat,
  backupManifestSchema,
  blobFolder,
  endPart,
  knownFactKinds,
  manifestPart,
  tablesPart,
} from "./manifest.ts";

/** Takes what a backup holds as it is read. A part is to be kept only when its promise resolved: its digest is checked at its end. */
export interface BackupSink {
  tables(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  blob(sha256: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}

const textLimit_bytes = 1024 * 1024;
/** The largest blob that a coordinator takes. */
const blobLimit_bytes = 65 * 1024 * 1024;

/**
 * Reads a backup from its beginning to its end, checks every part against its SHA-256, and hands tables and blobs on as streams.
 * @throws ShardwrightError `backup-damaged`, `backup-newer`, and what the sink throws
 */
export async function readBackup(path: string, sink: BackupSink): Promise<{ manifest: BackupManifest; end: BackupEnd }> {
  try {
    return await readParts(path, partsOf(path), sink);
  } catch (error) {
    if (error instanceof ShardwrightError) throw error;
    throw damaged(path, reasonOf(error), error);
  }
}

async function* partsOf(path: string): AsyncGenerator<ParsedTarEntry> {
  const { createTarDecoder } = await import("modern-tar");
  const file = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array<ArrayBuffer>>;
  yield* file.pipeThrough(createTarDecoder({ strict: true }));
}

async function readParts(path: string, parts: AsyncGenerator<ParsedTarEntry>, sink: BackupSink) {
  const text = await readText(path, await take(path, parts, manifestPart));
  const manifest = parse(path, manifestPart, backupManifestSchema, text);
  refuseNewer(path, manifest);
  const tables = await take(path, parts, tablesPart);
  if (tables.header.size !== manifest.tables.bytes)
    throw damaged(path, `${tablesPart} has another size than ${manifestPart} says`);
  await sink.tables(checked(path, tables, manifest.tables.sha256));

  let end: BackupEnd | undefined;
  const blobs = { count: 0, bytes: 0 };
  for await (const part of parts) {
    const { name, size } = part.header;
    if (end !== undefined) throw damaged(path, `${name} comes after its end`);
    if (name === endPart) {
      end = parse(path, endPart, backupEndSchema, await readText(path, part));
      continue;
    }
    const sha256 = name.startsWith(blobFolder) ? name.slice(blobFolder.length) : "";
    if (!/^[0-9a-f]{64}$/.test(sha256) || size > blobLimit_bytes)
      throw damaged(path, `it holds a part called ${name.slice(0, 100)}`);
    await sink.blob(sha256, checked(path, part, sha256));
    blobs.count += 1;
    blobs.bytes += size;
  }
  if (end === undefined) throw damaged(path, "its end is missing");
  if (end.manifest_sha256 !== createHash("sha256").update(text).digest("hex"))
    throw damaged(path, `${manifestPart} does not match its SHA-256`);
  if (end.blobs.count !== blobs.count || end.blobs.bytes !== blobs.bytes)
    throw damaged(path, `it holds ${blobs.count} blobs, and ${end.blobs.count} were written`);
  return { manifest, end };
}

async function take(path: string, parts: AsyncGenerator<ParsedTarEntry>, name: string): Promise<ParsedTarEntry> {
  const { value, done } = await parts.next();
  if (done === true) throw damaged(path, `it ends before ${name}`);
  if (value.header.name !== name) throw damaged(path, `${name} is not where it belongs`);
  return value;
}

/** The bytes of a part; throws at their end when they are not those of its SHA-256. */
async function* checked(path: string, { header, body }: ParsedTarEntry, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== sha256) throw damaged(path, `${header.name} does not match its SHA-256`);
}

async function readText(path: string, { header, body }: ParsedTarEntry): Promise<string> {
  if (header.size > textLimit_bytes) throw damaged(path, `${header.name} is too large`);
  return new Response(body).text();
}

function parse<T extends z.ZodType>(path: string, name: string, schema: T, text: string): z.output<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw damaged(path, `${name} is no JSON`, error);
  }
  // A later format may have other fields: that it is later says more than which.
  if (typeof json === "object" && json !== null && "format" in json && Number(json.format) > backupFormat)
    throw newer(
      path,
      "version" in json ? String(json.version) : "?",
      `its form is ${String(json.format)}, this one knows ${backupFormat}`,
    );
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw damaged(path, `${name} is not as it should be: ${parsed.error.issues[0]?.message ?? ""}`);
  return parsed.data;
}

function refuseNewer(path: string, { version, schema, fact_kinds }: BackupManifest): void {
  if (schema > knownSchema) throw newer(path, version, `its tables are of schema ${schema}, this one knows ${knownSchema}`);
  const known = new Set(knownFactKinds());
  const unknown = fact_kinds.filter((kind) => !known.has(kind));
  if (unknown.length > 0)
    throw newer(path, version, `it may hold facts of the kinds ${unknown.join(", ")}, which this one does not know`);
}

function newer(path: string, version: string, reason: string): ShardwrightError {
  return new ShardwrightError("backup-newer", { path, version, reason });
}

export function damaged(path: string, reason: string, cause?: unknown): ShardwrightError {
  return new ShardwrightError("backup-damaged", { path, reason }, { cause });
}

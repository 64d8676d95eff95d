import { type OutputEvent, type RunId, ShardwrightError } from "@shardwright/core";
import type { EventSource, ServerSent } from "../events/server-sent.ts";
import type { CoordinatorParts } from "../parts.ts";

/** Bytes of a stored log that are shown: its end. */
const storedLimit_bytes = 2 * 1024 * 1024;
/** Characters by which what was shown is found again in the stored log. */
const seamLength = 400;
/** Characters shown where it is not found. */
const endLength = 64 * 1024;

export interface OutputQuery {
  readonly run: RunId;
  readonly task: number;
  /** The latest when absent; one that begins, if there is none yet. */
  readonly attempt: number | undefined;
  /** Characters that the reader has already. */
  readonly after: number;
}

type Parts = Pick<CoordinatorParts, "queries" | "blobs" | "hub" | "liveLogs">;

/**
 * What an attempt prints, as it prints it, and the rest of its stored log once it is over.
 * @throws ShardwrightError `not-found`
 */
export function outputSource(parts: Parts, query: OutputQuery, ring: () => void): EventSource {
  const { queries, hub, liveLogs } = parts;
  const { run, task } = query;
  if (queries.runs.byId(run) === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  const known = queries.tasks.latest(run, task);
  if (known === undefined) throw new ShardwrightError("not-found", { what: `task ${task} in ${run}` });
  if (query.attempt !== undefined && queries.tasks.attempt(run, task, query.attempt) === undefined)
    throw new ShardwrightError("not-found", { what: `attempt ${query.attempt} of task ${task} in ${run}` });
  let attempt = query.attempt ?? (known.attempt === 0 ? undefined : known.attempt);
  let place = query.after;
  /** The end of what was shown. */
  let seam = "";
  let isOver = false;
  const unwatchRun = hub.watch(run, ring);
  let unwatchLog: (() => void) | undefined;

  const shown = (text: string, from: number): ServerSent[] => {
    const left_out = from - place;
    place = from + text.length;
    seam = left_out > 0 ? text.slice(-seamLength) : (seam + text).slice(-seamLength);
    return [eventOf({ type: "output", attempt: attempt ?? 1, text, ...(left_out > 0 ? { left_out } : {}) }, place)];
  };
  const finish = (event: OutputEvent): ServerSent[] => {
    isOver = true;
    return [eventOf(event, place)];
  };
  return {
    async next() {
      if (isOver) return [];
      if (attempt === undefined) {
        const now = queries.tasks.latest(run, task)?.attempt ?? 0;
        if (now === 0) return queries.runs.byId(run)?.status === "running" ? [] : finish({ type: "end" });
        attempt = now;
      }
      const key = { run, task, attempt };
      unwatchLog ??= liveLogs.watch(key, ring);
      const row = queries.tasks.attempt(run, task, attempt);
      if (row?.status === "running") {
        const live = liveLogs.after(key, place);
        return live === undefined ? [] : shown(live.text, live.from);
      }
      const stored = await storedAfter(parts, row?.log_sha256 ?? undefined, place, seam);
      const rest = stored === undefined ? [] : shown(stored.text, stored.from);
      return [...rest, ...finish({ type: "end", attempt, ...(row === undefined ? {} : { status: row.status }) })];
    },
    get isOver() {
      return isOver;
    },
    close() {
      unwatchRun();
      unwatchLog?.();
    },
  };
}

/** The part of a stored log that was not shown. A long log is stored without its middle: then the seam tells where to go on. */
async function storedAfter(
  { blobs }: Parts,
  sha256: string | undefined,
  place: number,
  seam: string,
): Promise<{ text: string; from: number } | undefined> {
  const bytes = sha256 === undefined ? undefined : await blobs.tail(sha256, storedLimit_bytes);
  if (bytes === undefined) return undefined;
  const text = Buffer.from(bytes).toString("utf8");
  if (place === 0) return { text, from: 0 };
  const isWhole = bytes.length < storedLimit_bytes && text.slice(Math.max(0, place - seam.length), place) === seam;
  const found = seam === "" ? -1 : text.lastIndexOf(seam);
  if (isWhole || found >= 0) {
    const rest = text.slice(isWhole ? place : found + seam.length);
    return rest === "" ? undefined : { text: rest, from: place };
  }
  return { text: `\n… the end of the log:\n${text.slice(-endLength)}`, from: place };
}

function eventOf(event: OutputEvent, place: number): ServerSent {
  return { id: String(place), data: JSON.stringify(event) };
}

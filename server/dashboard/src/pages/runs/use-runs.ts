import type { RunChange, RunList, RunSummary } from "@shardwright/core";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { withQuery } from "../../data/api.ts";
import { type Loaded, useGet } from "../../data/use-get.ts";
import { type StreamStatus, useStream } from "../../data/use-stream.ts";
import { type Changed, type RunFilter, mergeChanges } from "./merge-changes.ts";

/** Runs of a page; and how many it may grow to by new ones before it is asked for anew. */
const perPage = 50;
const grownLimit = 2 * perPage;
/** Runs whose changes are kept until the list is asked for anew. */
const changesLimit = 500;
/** How often the list is asked for where its changes cannot be had. */
const without_ms = 10_000;
/** How soon after one list the next is asked for. */
const again_ms = 5000;

export interface ShownRuns {
  readonly list: Loaded<RunList>;
  readonly runs: readonly RunSummary[];
  readonly stream: StreamStatus;
}

/** A page of the list of runs. The newest one is kept up to date by what the coordinator tells; older ones stay as they are. */
export function useRuns(filter: RunFilter, before: string | undefined): ShownRuns {
  const isNewest = before === undefined;
  const [isWithout, setWithout] = useState(false);
  const path = withQuery("runs", { ...filter, before, limit: perPage });
  const list = useGet<RunList>(path, isNewest && isWithout ? without_ms : undefined);
  const [changed, setChanged] = useState<ReadonlyMap<string, Changed>>(new Map());
  // The stream begins where the list was when it was first seen, and goes on however often that is asked for: told twice does no harm.
  const began = useRef<{ path: string; after: number | undefined } | undefined>(undefined);
  if (list.data !== undefined && began.current?.path !== path) began.current = { path, after: list.data.position };
  const after = began.current?.path === path ? began.current.after : undefined;
  const reloading = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(reloading.current), []);
  const reloadSoon = (): void => {
    if (reloading.current !== undefined) return;
    list.reload();
    reloading.current = setTimeout(() => (reloading.current = undefined), again_ms);
  };
  const stream = useStream({
    path: isNewest && after !== undefined ? withQuery("run-changes", { project: filter.project }) : undefined,
    after: after === undefined ? undefined : String(after),
    onEvents(events) {
      const told = events as readonly RunChange[];
      if (told.some(({ type }) => type === "list")) reloadSoon();
      setChanged((last) => {
        const next = new Map(last);
        for (const change of told) if (change.type === "run") next.set(change.run.id, change);
        return next;
      });
    },
  });
  useEffect(() => setWithout(stream.state === "over"), [stream.state]);
  const { data } = list;
  // What a list knows of already is not told over it.
  useEffect(() => {
    const known = data?.position ?? 0;
    setChanged((last) => new Map([...last].filter(([, { position }]) => position > known)));
  }, [data]);
  const runs = useMemo(
    () => (data === undefined ? [] : isNewest ? mergeChanges(data, changed, filter) : data.runs),
    [data, changed, path],
  );
  const isGrown = runs.length > grownLimit || changed.size > changesLimit;
  useEffect(() => {
    if (isGrown) reloadSoon();
  }, [isGrown]);
  return { list, runs, stream };
}

import type { RunChart, RunEvent, RunFailures, RunSummary } from "@shardwright/core";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { type StreamStatus, useStream } from "../../data/use-stream.ts";
import { RunModel } from "./run-model.ts";

/** All that the run's page shows, kept up to date. */
export interface RunData {
  readonly summary: RunSummary | undefined;
  readonly model: RunModel | undefined;
  /** Grows with each change of the model. */
  readonly version: number;
  readonly failures: RunFailures | undefined;
  readonly error: ApiError | undefined;
  readonly stream: StreamStatus;
  readonly reload: () => void;
}

/** How often a run is asked whether it is still as its events say. */
const summaryEvery_ms = 15_000;
/** How often what failed is asked for anew while the run goes on, at most. */
const failuresEvery_ms = 3000;
/** The same for the whole picture, where events do not say enough. */
const chartEvery_ms = 2000;

/** Events that are kept to be taken into a picture that was made before them: more than a coordinator tells while it makes one. */
const recentLimit = 5000;

export function useRun(run: string): RunData {
  const path = `runs/${encodeURIComponent(run)}`;
  const summary = useGet<RunSummary>(path, summaryEvery_ms);
  // The picture is asked for after the summary: it knows all events up to the position that the summary names. What failed comes last,
  // because the coordinator has to read every test for it.
  const chart = useGet<RunChart>(summary.data === undefined ? undefined : `${path}/chart`);
  const failures = useGet<RunFailures>(chart.data === undefined ? undefined : `${path}/failures`);
  const [version, setVersion] = useState(0);
  const model = useRef<RunModel | undefined>(undefined);
  const recent = useRef<RunEvent[]>([]);
  /** Where the events begin: the summary's position when the run was first seen as it is. */
  const opened = useRef<{ readonly status: RunSummary["status"]; readonly after: string } | undefined>(undefined);
  useEffect(() => {
    if (chart.data === undefined) return;
    const made = new RunModel(chart.data);
    // What was told while the picture was on its way may not be in it.
    for (const event of recent.current) made.apply(event);
    model.current = made;
    setVersion((last) => last + 1);
  }, [chart.data]);
  const { status, position } = summary.data ?? {};
  /** The summary that was known when the stream told of the run's end. */
  const endedWith = useRef<RunSummary | undefined>(undefined);
  const isAnew = endedWith.current !== undefined && endedWith.current !== summary.data && status === "running";
  if (status !== undefined && position !== undefined && (opened.current?.status !== status || isAnew)) {
    opened.current = { status, after: String(position) };
    endedWith.current = undefined;
  }
  // Somebody else may have taken it up again, its end was told to nobody here, or what its tests covered has been joined since.
  const state = summary.data?.verdict ?? status;
  const known = useRef(state);
  useEffect(() => {
    if (known.current !== undefined && known.current !== state) {
      chart.reload();
      failures.reload();
    }
    known.current = state;
  }, [state]);

  const askChart = useThrottled(
    useCallback(() => {
      summary.reload();
      chart.reload();
    }, [summary.reload, chart.reload]),
    chartEvery_ms,
  );
  const askFailures = useThrottled(failures.reload, failuresEvery_ms);
  const stream = useStream({
    path: model.current === undefined || status !== "running" ? undefined : `${path}/events`,
    after: opened.current?.after,
    onEvents(events) {
      let isStale = false;
      let isNews = false;
      for (const event of events as readonly RunEvent[]) {
        if (event.type === "ended") endedWith.current = summary.data;
        if (model.current?.apply(event) === true) isStale = true;
        if (event.type === "ended" || (event.type === "attempt" && event.failure !== undefined)) isNews = true;
      }
      recent.current = [...recent.current, ...(events as readonly RunEvent[])].slice(-recentLimit);
      setVersion((last) => last + 1);
      if (isStale) askChart();
      if (isNews) askFailures();
    },
    isLast: (event) => (event as RunEvent).type === "ended",
  });
  return {
    summary: summary.data,
    model: model.current,
    version,
    failures: failures.data,
    error: summary.error ?? chart.error ?? failures.error,
    stream,
    reload: askChart,
  };
}

/** Does something at once, and then not again before a time has passed: what was wanted meanwhile is done once, after it. */
function useThrottled(action: () => void, every_ms: number): () => void {
  const state = useRef<{ timer?: ReturnType<typeof setTimeout> | undefined; isWanted: boolean }>({ isWanted: false });
  const latest = useRef(action);
  latest.current = action;
  useEffect(() => () => clearTimeout(state.current.timer), []);
  return useCallback(() => {
    const now = state.current;
    if (now.timer !== undefined) {
      now.isWanted = true;
      return;
    }
    const begin = (): void => {
      now.isWanted = false;
      now.timer = setTimeout(() => {
        now.timer = undefined;
        if (now.isWanted) begin();
      }, every_ms);
      latest.current();
    };
    begin();
  }, [every_ms]);
}

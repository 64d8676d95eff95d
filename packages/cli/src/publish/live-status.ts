import type { CiProvider, LiveStatus, Politeness, Session } from "@shardwright/ci";
import type { RunEvent, SubmitResponse } from "@shardwright/core";
import { applyEvent, countProgress, startProgress } from "../view/progress.ts";

/** The verdict waits for what was begun, and a job that was cancelled has 10 s in all: patience is for the verdict itself. */
export const livePoliteness: Partial<Politeness> = { timeout_ms: 3000, attempts: 3, total_ms: 5000 };

/** Shows in the CI system how far a run is. None of it fails, and none of it is waited for while the run goes on. */
export interface ShownRun {
  /** The run that it was begun for. */
  readonly run: string | undefined;
  /** A run that this process has set going; one that another has set going is shown by that one. */
  begin(submitted: SubmitResponse): void;
  event(event: RunEvent): void;
  /** The verdict follows, and is not to be overwritten by what may go wrong after it. */
  close(): Promise<void>;
  /** There will be no verdict for the whole run. Does nothing once it is closed. */
  abandon(reason: string): Promise<void>;
}

export function showRun(provider: CiProvider, session: Session): ShownRun {
  const context = provider.describeTrigger?.(session.env) ?? provider.describe(session.env).context;
  const progress = startProgress();
  let live: Promise<LiveStatus | undefined> = Promise.resolve(undefined);
  let shown: LiveStatus | undefined;
  let isOver = false;
  let begun: string | undefined;
  return {
    get run() {
      return begun;
    },
    begin({ run, disposition }) {
      begun = run;
      if (disposition !== "created" && disposition !== "reopened") return;
      const start = { run, title: "Tests are running", commit: context.commit, url: context.build_url };
      live = (provider.startStatus?.(start, session) ?? Promise.resolve(undefined)).catch(() => undefined);
      void live.then((status) => (shown = status));
    },
    event(event) {
      applyEvent(progress, event);
      if (shown === undefined || progress.total === 0) return;
      const { done, failed, errored } = countProgress(progress);
      shown.progress(done, progress.total, failed + errored);
    },
    async close() {
      isOver = true;
      await (await live)?.close().catch(() => {});
    },
    async abandon(reason) {
      if (isOver) return;
      isOver = true;
      await (await live)?.abandon(reason).catch(() => {});
    },
  };
}

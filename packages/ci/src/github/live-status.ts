import { escapeMarkdown, formatCount, plural } from "@shardwright/core";
import type { LiveStatus, RunStart, Session } from "../publishing/channel.ts";
import { cutBytes } from "../publishing/cut.ts";
import { missingForApi } from "./api.ts";
import { checkLimits } from "./check-note.ts";
import { checkRuns, type CheckRuns } from "./check-run.ts";

/** GitHub takes 80 writes a minute of all jobs of a repository together. */
const pause_ms = 10_000;

/** A check run that says how far the run is. Trouble with it is no news: the channel `status` tells of it in the end. */
export function startGithubStatus({ title, commit, url, run }: RunStart, session: Session): Promise<LiveStatus> {
  if (commit === undefined || missingForApi(session) !== undefined) return Promise.resolve(noStatus);
  const checks = checkRuns(session, commit, run);
  const at = () => new Date(session.now_ms()).toISOString();
  const output = { title, summary: "The run has begun." };
  const begun = { status: "in_progress", started_at: at(), ...(url !== undefined && { details_url: url }), output };
  const making = begin(checks, begun).catch(() => undefined);
  let told_ms = session.now_ms();
  let telling: Promise<unknown> = making;
  let isTelling = true;
  let isOver = false;
  void making.then(() => (isTelling = false));
  const write = async (body: Readonly<Record<string, unknown>>) => {
    const id = await making;
    if (id !== undefined) await checks.update(id, body).catch(() => {});
  };
  return Promise.resolve({
    progress(done, total, failed) {
      const now_ms = session.now_ms();
      if (isOver || isTelling || now_ms - told_ms < pause_ms) return;
      told_ms = now_ms;
      isTelling = true;
      const bad = failed > 0 ? `, ${formatCount(failed)} failed` : "";
      const words = { title: `${formatCount(done)} of ${plural(total, "file")}${bad}`, summary: "The run goes on." };
      telling = write({ output: words }).finally(() => (isTelling = false));
    },
    async close() {
      isOver = true;
      // Should it arrive after the verdict, it would stand in its place.
      await telling;
    },
    async abandon(reason) {
      isOver = true;
      await telling;
      const words = { title: "Ended without a verdict", summary: cutBytes(escapeMarkdown(reason), checkLimits.text) };
      await write({ status: "completed", conclusion: "cancelled", completed_at: at(), output: words });
    },
  });
}

/** One that is there is gone on with, unless it has annotations: these are an earlier attempt's, and cannot be taken back. */
async function begin(checks: CheckRuns, body: Readonly<Record<string, unknown>>): Promise<number> {
  const known = await checks.find();
  if (known !== undefined && known.output.annotations_count === 0) return (await checks.update(known.id, body)).id;
  return (await checks.create(body)).id;
}

const noStatus: LiveStatus = { progress: () => {}, close: () => Promise.resolve(), abandon: () => Promise.resolve() };

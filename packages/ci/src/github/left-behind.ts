import type { Session } from "../publishing/channel.ts";
import { missingForApi } from "./api.ts";
import { checkRuns, listCheckRuns } from "./check-run.ts";
import { describeGithub } from "./describe.ts";
import { subjectOf } from "./subject.ts";

/** A step's end has little time, and GitHub little patience. */
const openLimit = 10;

/**
 * Ends the check run of a job that was killed while it showed how far it was: it would be in progress for ever, and a pull request wait for it.
 * Which run of a matrix that was is not known: one that goes on takes its own back when it ends.
 * @returns whether there was one
 */
export async function endGithubStatus(session: Session, reason: string): Promise<boolean> {
  const { commit } = subjectOf({}, session.env);
  if (commit === undefined || missingForApi(session) !== undefined) return false;
  const { context, pipelineKey: own } = describeGithub(session.env);
  const open = (await listCheckRuns(session, commit)).filter(
    ({ status, names: { job, attempt } }) => status === "in_progress" && job === own && attempt === (context.attempt ?? 1),
  );
  for (const { id, names } of open.slice(0, openLimit))
    await checkRuns(session, commit, names.run).update(id, {
      status: "completed",
      conclusion: "cancelled",
      completed_at: new Date(session.now_ms()).toISOString(),
      output: { title: "Ended without a verdict", summary: reason },
    });
  return open.length > 0;
}

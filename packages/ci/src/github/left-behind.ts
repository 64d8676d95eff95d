import type { Session } from "../publishing/channel.ts";
import { missingForApi } from "./api.ts";
import { checkRuns } from "./check-run.ts";
import { subjectOf } from "./subject.ts";

/**
 * Ends the check run of a job that was killed while it showed how far it was: it would be in progress for ever, and a pull request wait for it.
 * @returns whether there was one
 */
export async function endGithubStatus(session: Session, reason: string): Promise<boolean> {
  const { commit } = subjectOf({}, session.env);
  if (commit === undefined || missingForApi(session) !== undefined) return false;
  const checks = checkRuns(session, commit);
  const found = await checks.find();
  if (found?.status !== "in_progress") return false;
  await checks.update(found.id, {
    status: "completed",
    conclusion: "cancelled",
    completed_at: new Date(session.now_ms()).toISOString(),
    output: { title: "Ended without a verdict", summary: reason },
  });
  return true;
}

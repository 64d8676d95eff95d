import { z } from "zod";
import type { Session } from "../publishing/channel.ts";
import { describeGithub } from "./describe.ts";
import { githubApi, isOpen, pageSize } from "./api.ts";

const checkRunSchema = z.object({
  id: z.int(),
  status: z.string().nullish(),
  external_id: z.string().nullish(),
  output: z.object({ annotations_count: z.int() }),
});
type CheckRun = z.infer<typeof checkRunSchema>;
const listSchema = z.object({ check_runs: z.array(checkRunSchema) });

/** Pages that are searched: of one name GitHub keeps 1,000 in a suite. */
const pageLimit = 10;
/** How often one is made, or added to, when it stays unknown whether it is there. */
const tries = 3;

/** The check run of one name at one commit. */
export interface CheckRuns {
  /** The newest of this pipeline, whichever attempt or job made it. */
  find(): Promise<CheckRun | undefined>;
  create(body: Readonly<Record<string, unknown>>): Promise<CheckRun>;
  /** For what does the same when it is done twice: GitHub adds annotations to those that are there. */
  update(id: number, body: Readonly<Record<string, unknown>>): Promise<CheckRun>;
  /** An update with annotations, which are there once afterwards. @param count how many there were before */
  add(id: number, count: number, body: Readonly<Record<string, unknown>>, added: number): Promise<void>;
}

/** Names the pipeline: the same for all its jobs and attempts, another for another one of the same commit. */
function externalId(session: Session): string {
  return describeGithub(session.env).pipelineKey ?? "shardwright";
}

/** @param commit the one that people look at, not the merge commit that GitHub tests */
export function checkRuns(session: Session, commit: string): CheckRuns {
  const api = githubApi(session);
  const external_id = externalId(session);
  const find = async () => {
    for (let page = 1; page <= pageLimit; page += 1) {
      const query = new URLSearchParams({
        check_name: session.name,
        // Of the workflows for a push and for its pull request the newest alone would be listed.
        filter: "all",
        per_page: String(pageSize),
        page: String(page),
      });
      const path = `/commits/${encodeURIComponent(commit)}/check-runs?${query.toString()}`;
      const { check_runs } = await api.ask({ method: "GET", repeatable: true }, path, listSchema);
      const own = check_runs.filter((run) => run.external_id === external_id);
      if (own.length > 0) return own.reduce((newest, run) => (run.id > newest.id ? run : newest));
      if (check_runs.length < pageSize) return undefined;
    }
    return undefined;
  };
  return {
    find,
    async create(body) {
      const known = (await find())?.id;
      for (let attempt = 1; ; attempt += 1) {
        try {
          const whole = { name: session.name, head_sha: commit, external_id, ...body };
          return await api.ask({ method: "POST", repeatable: false, body: whole }, "/check-runs", checkRunSchema);
        } catch (error) {
          if (!isOpen(error)) throw error;
          const made = await find();
          if (made !== undefined && made.id !== known) return made;
          if (attempt >= tries) throw error;
        }
      }
    },
    update: (id, body) => api.ask({ method: "PATCH", repeatable: true, body }, `/check-runs/${id}`, checkRunSchema),
    async add(id, count, body, added) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await api.ask({ method: "PATCH", repeatable: false, body }, `/check-runs/${id}`, checkRunSchema);
          return;
        } catch (error) {
          if (!isOpen(error)) throw error;
          const { output } = await api.ask({ method: "GET", repeatable: true }, `/check-runs/${id}`, checkRunSchema);
          if (output.annotations_count >= count + added) return;
          if (attempt >= tries) throw error;
        }
      }
    },
  };
}

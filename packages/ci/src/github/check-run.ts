import { createHash } from "node:crypto";
import { z } from "zod";
import type { Environment } from "../provider.ts";
import type { Session } from "../publishing/channel.ts";
import { describeGithub } from "./describe.ts";
import { githubApi, isOpen, pageSize } from "./api.ts";

const checkRunSchema = z.object({
  id: z.int(),
  status: z.string().nullish(),
  conclusion: z.string().nullish(),
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
  /** The newest of this run, or of an earlier attempt of its job. */
  find(): Promise<CheckRun | undefined>;
  /** Those of other runs in the same attempt of the workflow: of a matrix, or of another job. GitHub shows the newest alone. */
  others(): Promise<readonly CheckRun[]>;
  create(body: Readonly<Record<string, unknown>>): Promise<CheckRun>;
  /** For what does the same when it is done twice: GitHub adds annotations to those that are there. */
  update(id: number, body: Readonly<Record<string, unknown>>): Promise<CheckRun>;
  /** An update with annotations, which are there once afterwards. @param count how many there were before */
  add(id: number, count: number, body: Readonly<Record<string, unknown>>, added: number): Promise<void>;
}

/** A run's own id; what other tools' reports are called may be anything, and is told by its digest. */
const runId = /^r-[0-9a-z]{16}$/;

/** Names job, attempt and run. */
function externalId(env: Environment, run: string): string {
  const { pipelineKey = "shardwright", context } = describeGithub(env);
  const name = runId.test(run) ? run : createHash("sha256").update(run).digest("hex").slice(0, 16);
  return [pipelineKey, context.attempt ?? 1, name].join("/");
}

/** What an external id names; undefined for one that is not ours. */
function readExternalId(text: string | null | undefined) {
  const { job, attempt, run } = /^(?<job>.+)\/(?<attempt>\d{1,9})\/(?<run>[^/]+)$/s.exec(text ?? "")?.groups ?? {};
  return job === undefined || run === undefined ? undefined : { job, attempt: Number(attempt), run };
}

/** All check runs of one name at a commit that this workflow run has made. */
export async function listCheckRuns(session: Session, commit: string) {
  const api = githubApi(session);
  const { GITHUB_REPOSITORY: repository = "", GITHUB_RUN_ID: workflow } = session.env;
  const prefix = workflow === undefined ? "shardwright/" : `github:${repository}:${workflow}:`;
  const found: (CheckRun & { readonly names: { readonly job: string; readonly attempt: number; readonly run: string } })[] = [];
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
    for (const check of check_runs) {
      const names = readExternalId(check.external_id);
      if (names !== undefined && check.external_id?.startsWith(prefix) === true) found.push({ ...check, names });
    }
    if (check_runs.length < pageSize) break;
  }
  return found;
}

/**
 * @param commit the one that people look at, not the merge commit that GitHub tests
 * @param run tells apart what jobs of a matrix run each for itself, and is the same where they share one
 */
export function checkRuns(session: Session, commit: string, run: string): CheckRuns {
  const api = githubApi(session);
  const external_id = externalId(session.env, run);
  const own = readExternalId(external_id);
  const isOwn = (other: NonNullable<typeof own>) =>
    other.job === own?.job
      ? other.run === own.run || other.attempt < own.attempt
      : // Jobs of two names may be the workers of one run.
        runId.test(run) && other.run === run;
  const find = async () => {
    const found = (await listCheckRuns(session, commit)).filter(({ names }) => isOwn(names));
    return found.length === 0 ? undefined : found.reduce((newest, one) => (one.id > newest.id ? one : newest));
  };
  return {
    find,
    async others() {
      const found = await listCheckRuns(session, commit);
      return found.filter(({ names }) => names.attempt === own?.attempt && !isOwn(names));
    },
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

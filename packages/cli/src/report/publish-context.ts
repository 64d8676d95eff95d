import type { CiProvider, Environment } from "@shardwright/ci";
import { runContextSchema, ShardwrightError, type RunContext, type RunReport } from "@shardwright/core";

/** What the user says of the run, above all that is known. */
export interface GivenContext {
  readonly commit?: string;
  readonly branch?: string;
  readonly pullRequest?: string;
  readonly buildUrl?: string;
}

/**
 * What results that lie in files are about: as the user says; else the run that this job follows, whose own code may have written the
 * files; else as the reports themselves say; else the job itself.
 * @throws ShardwrightError `usage` for what the user says wrongly
 */
export function publishContext(
  reports: readonly RunReport[],
  provider: CiProvider,
  environment: Environment,
  given: GivenContext,
): RunContext {
  const said = checked(given);
  const base = provider.describeTrigger?.(environment) ?? ownContext(reports) ?? provider.describe(environment).context;
  // A commit of one's own and the pull request of another would be shown where nobody looks for it.
  const isAnother = said.commit !== undefined && said.commit !== base.commit;
  return { ...(isAnother ? elsewhere(base) : base), ...said };
}

/** What the reports say that say anything, as far as they agree; nothing where they are not of one commit. */
function ownContext(reports: readonly RunReport[]): RunContext | undefined {
  const [first, ...others] = reports.map(({ run }) => run.context).filter(({ commit }) => commit !== undefined);
  const entries = (context: RunContext) => Object.entries(context);
  if (first === undefined || others.some(({ commit }) => commit !== first.commit)) return undefined;
  return Object.fromEntries(
    entries(first).filter(([field, value]) =>
      others.every((other) => entries(other).some(([key, one]) => key === field && one === value)),
    ),
  );
}

/** Of a run at another commit only what does not depend on the commit. */
function elsewhere({ provider, repository, actor, build_url, attempt }: RunContext): RunContext {
  return Object.fromEntries(
    Object.entries({ provider, repository, actor, build_url, attempt }).filter(([, value]) => value !== undefined),
  );
}

function checked({ commit, branch, pullRequest, buildUrl }: GivenContext): RunContext {
  if (commit !== undefined && !/^[0-9a-fA-F]{7,64}$/.test(commit)) throw wrong("--commit", commit, "Give the commit's SHA.");
  if (pullRequest !== undefined && !/^[0-9]{1,10}$/.test(pullRequest))
    throw wrong("--pull-request", pullRequest, "Give its number.");
  if (buildUrl !== undefined && !/^https?:\/\//.test(buildUrl))
    throw wrong("--build-url", buildUrl, "Give an address with http:// or https://.");
  const context = Object.fromEntries(
    Object.entries({ commit, branch, pull_request: pullRequest, build_url: buildUrl }).filter(([, value]) => value !== undefined),
  );
  const parsed = runContextSchema.safeParse(context);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const flag = `--${String(issue?.path[0]).replaceAll("_", "-")}`;
  throw wrong(flag, context[String(issue?.path[0])] ?? "", issue?.message ?? "Correct it.");
}

function wrong(flag: string, value: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem: `${flag} cannot be ${value.slice(0, 100)}.`, remedy });
}

import { createHash } from "node:crypto";
import { positive } from "../../description.ts";
import type { Environment } from "../../provider.ts";
import type { Publication } from "../../publishing/publication.ts";
import { cutCharacters } from "../../publishing/cut.ts";
import { describeAzure } from "../describe.ts";
import { madeOnce, type AzureService } from "../service.ts";

const permission = "Create test runs";
const pageSize = 100;
/** Runs of one build that are looked through, and earlier ones that are renamed. */
const pageLimit = 10;
const renameLimit = 20;
const nameLimit = 256;

/** One of a build's test runs, as the service lists it. */
interface ListedRun {
  readonly id: number;
  readonly name?: string;
  readonly state?: string;
  readonly comment?: string;
}

/** What tells the test runs of one build apart. */
export interface RunIdentity {
  readonly build: string;
  readonly name: string;
  /** The same for each attempt. */
  readonly mark: string;
  readonly attempt: number;
  /** Where in the pipeline it belongs, as `RunCreateModel.pipelineReference`. */
  readonly place: object;
}

/**
 * Of jobs that share a run any may publish it, and another one when some are run again: it is their phase's. A run that a job has alone
 * is that job's. A key that somebody gave is one that is shared; one of our own begins with the pipeline's, or is of this machine.
 */
export function runIdentity(env: Environment, name: string, runKey: string): RunIdentity {
  const build = env.BUILD_BUILDID ?? "";
  const { pipelineKey = "local" } = describeAzure(env);
  const isShared = !runKey.startsWith(`${pipelineKey}-`) && !runKey.startsWith("local-");
  const stage = env.SYSTEM_STAGENAME;
  const phase = env.SYSTEM_PHASENAME;
  const job = env.SYSTEM_JOBNAME;
  const position = env.SYSTEM_JOBPOSITIONINPHASE;
  const parts = [name, stage, phase, ...(isShared ? [runKey] : [job, position])];
  const attemptOf = (text: string | undefined) => positive(text) ?? 1;
  const attempt = attemptOf(env.SYSTEM_JOBATTEMPT);
  return {
    build,
    name: attempt === 1 ? name : `${name}, attempt ${attempt}`,
    mark: createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16),
    attempt,
    place: {
      pipelineId: Number(build),
      ...(stage && { stageReference: { stageName: stage, attempt: attemptOf(env.SYSTEM_STAGEATTEMPT) } }),
      ...(phase && { phaseReference: { phaseName: phase, attempt: attemptOf(env.SYSTEM_PHASEATTEMPT) } }),
      ...(job && !isShared && { jobReference: { jobName: job, attempt } }),
    },
  };
}

/** Begins a test run. @returns its number */
export async function beginTestRun(
  service: AzureService,
  identity: RunIdentity,
  publication: Publication,
  nonce: string,
): Promise<number> {
  const { submitted_at_ms, duration_ms } = publication.report.run;
  const comment = markOf(identity, nonce);
  const created = await madeOnce(
    async () =>
      (await service({
        method: "POST",
        path: "_apis/test/runs",
        body: {
          name: cutCharacters(identity.name, nameLimit),
          state: "InProgress",
          automated: true,
          build: { id: identity.build },
          pipelineReference: identity.place,
          startDate: new Date(submitted_at_ms).toISOString(),
          completeDate: new Date(submitted_at_ms + Math.round(duration_ms)).toISOString(),
          comment,
          tags: [{ name: "shardwright" }],
        },
        repeatable: false,
        permission,
      })) as ListedRun,
    async () => (await listedRuns(service, identity.build)).find((run) => run.comment === comment),
  );
  return created.id;
}

/** Ends a test run, with the reason where it is not green. */
export async function endTestRun(service: AzureService, id: number, { verdict, sentence, report }: Publication): Promise<void> {
  const { submitted_at_ms, duration_ms } = report.run;
  await service({
    method: "PATCH",
    path: `_apis/test/runs/${id}`,
    body: {
      ...(verdict === "cancelled" ? { state: "Aborted", substate: "canceledByUser" } : { state: "Completed" }),
      completedDate: new Date(submitted_at_ms + Math.round(duration_ms)).toISOString(),
      ...(verdict !== "passed" && { errorMessage: cutCharacters(sentence, 500) }),
    },
    repeatable: true,
    permission,
  });
}

/** Gives up a test run whose results could not all be written: it must not look complete, nor stay in progress for ever. */
export async function giveUpTestRun(service: AzureService, id: number, reason: string): Promise<void> {
  await service({
    method: "PATCH",
    path: `_apis/test/runs/${id}`,
    body: { state: "Aborted", substate: "abortedBySystem", errorMessage: cutCharacters(reason, 500) },
    repeatable: true,
    permission,
  });
}

const superseded = "(superseded)";

/** Says in the name of each earlier test run of the same tests that another one has taken its place. @returns how many there were */
export async function supersedeEarlier(service: AzureService, { build, mark }: RunIdentity, id: number): Promise<number> {
  const runs = await listedRuns(service, build);
  const earlier = runs.filter((run) => run.id < id && run.comment?.startsWith(`${prefix}${mark}:`) === true);
  const unmarked = earlier.filter(({ name = "" }) => !name.endsWith(superseded)).slice(-renameLimit);
  for (const run of unmarked)
    await service({
      method: "PATCH",
      path: `_apis/test/runs/${run.id}`,
      body: {
        name: `${cutCharacters(run.name ?? "", nameLimit - superseded.length - 1)} ${superseded}`,
        // Where the job that began it was killed, nobody else ends it.
        ...(run.state === "InProgress" && { state: "Aborted", substate: "abortedBySystem" }),
      },
      repeatable: true,
      permission,
    });
  return unmarked.length;
}

const prefix = "shardwright:";

function markOf({ mark }: RunIdentity, nonce: string): string {
  return `${prefix}${mark}:${nonce}`;
}

async function listedRuns(service: AzureService, build: string): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  for (let page = 0; page < pageLimit; page += 1) {
    const { value = [] } = (await service({
      method: "GET",
      path: "_apis/test/runs",
      query: {
        buildUri: `vstfs:///Build/Build/${build}`,
        includeRunDetails: "true",
        $skip: String(page * pageSize),
        $top: String(pageSize),
      },
      repeatable: true,
      permission: "View test runs",
    })) as { value?: ListedRun[] };
    runs.push(...value);
    if (value.length < pageSize) break;
  }
  return runs;
}

import { z } from "zod";
import type { AppAccess } from "./app-access.ts";
import type { CheckUpdate } from "./check-output.ts";
import type { CheckTarget } from "./check-target.ts";

const perPage = 100;
/** GitHub keeps a thousand checks of one name at a commit. */
const pagesLimit = 10;

const checkSchema = z.object({
  id: z.int(),
  external_id: z.string().nullable(),
  status: z.string(),
  conclusion: z.string().nullable(),
  output: z.object({ annotations_count: z.int() }),
});
const listSchema = z.object({ check_runs: z.array(checkSchema) });

/** A check as GitHub has it. */
export interface KnownCheck {
  readonly id: number;
  /** What it was completed with; undefined while it is not. */
  readonly conclusion: string | undefined;
  readonly annotations: number;
}

/** The check of a target, as far as GitHub has it: the answer to its making may have been lost, or a former leader made it. */
export async function findCheck(access: AppAccess, appId: number, target: CheckTarget): Promise<KnownCheck | undefined> {
  const query = { check_name: target.name, filter: "all" };
  for await (const check of checksOf(access, appId, target, query))
    if (check.external_id === target.externalId) return knownFrom(check);
  return undefined;
}

/** The external ids of an App's checks at a commit: of each name the newest. */
export async function latestChecks(
  access: AppAccess,
  appId: number,
  place: Pick<CheckTarget, "repository" | "commit">,
): Promise<string[]> {
  const found: string[] = [];
  for await (const { external_id } of checksOf(access, appId, place, { filter: "latest" })) found.push(external_id ?? "");
  return found;
}

async function* checksOf(
  access: AppAccess,
  appId: number,
  { repository, commit }: Pick<CheckTarget, "repository" | "commit">,
  query: Readonly<Record<string, string>>,
): AsyncGenerator<z.output<typeof checkSchema>> {
  for (let page = 1; page <= pagesLimit; page += 1) {
    const search = new URLSearchParams({ ...query, app_id: String(appId), per_page: String(perPage), page: String(page) });
    const path = `/commits/${commit}/check-runs?${search.toString()}`;
    const { text } = await access.request(repository, { method: "GET", path, repeatable: true });
    const { check_runs } = listSchema.parse(JSON.parse(text));
    yield* check_runs;
    if (check_runs.length < perPage) return;
  }
}

/** Not to be sent twice: GitHub would have two checks of one run. */
export async function createCheck(access: AppAccess, target: CheckTarget, update: CheckUpdate): Promise<KnownCheck> {
  const body = {
    name: target.name,
    head_sha: target.commit,
    external_id: target.externalId,
    started_at: new Date(target.started_at_ms).toISOString(),
    ...(target.detailsUrl !== undefined && { details_url: target.detailsUrl }),
    ...update,
  };
  const { text } = await access.request(target.repository, { method: "POST", path: "/check-runs", body, repeatable: false });
  return knownFrom(checkSchema.parse(JSON.parse(text)));
}

/** Not to be sent twice where it brings annotations: they would be there twice. */
export async function updateCheck(access: AppAccess, repository: string, id: number, update: CheckUpdate): Promise<void> {
  const repeatable = update.output.annotations === undefined;
  await access.request(repository, { method: "PATCH", path: `/check-runs/${id}`, body: update, repeatable });
}

function knownFrom({ id, status, conclusion, output }: z.output<typeof checkSchema>): KnownCheck {
  const completed = status === "completed" ? (conclusion ?? "") : undefined;
  return { id, conclusion: completed, annotations: output.annotations_count };
}

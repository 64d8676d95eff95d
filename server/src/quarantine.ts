import {
  type QuarantineEntry,
  type QuarantineRequest,
  type Submission,
  ShardwrightError,
  latestExpiry_ms,
  quarantineEntriesLimit,
  quarantineLimit_days,
} from "@shardwright/core";
import type { Clock } from "./clock.ts";
import type { Queries } from "./database/queries.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { type Reader, readValue } from "./reading/reader.ts";
import { entryOf } from "./reports/flaky.ts";

interface QuarantineParts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly clock: Clock;
}

interface SubmissionParts extends Pick<QuarantineParts, "queries" | "clock"> {
  readonly ledger: Pick<Ledger, "factVersion">;
  readonly reader: Pick<Reader, "ask">;
}

/** The version of facts that brought tests in quarantine and repetitions. */
const factVersionNeeded = 4;
/** Whoever made the entry may have a clock that is ahead of ours. */
const slack_ms = 86_400_000;

/** @throws ShardwrightError `bad-request`, and as `Ledger.append` */
export async function addToQuarantine(
  { ledger, queries, clock }: QuarantineParts,
  { project = "default", test, owner, reason, expires_at_ms }: QuarantineRequest,
): Promise<void> {
  const now_ms = clock.now_ms();
  if (expires_at_ms <= now_ms) throw refusal("expires_at_ms: that is over; name a moment to come");
  refuseBeyondLimit(expires_at_ms, now_ms, "expires_at_ms");
  const known = queries.quarantine.ofProject(project);
  if (known.length >= quarantineEntriesLimit && !known.some((row) => row.test === test))
    throw refusal(`test: the project has ${known.length} entries already, which is the most it may have; remove some`);
  await ledger.append([{ type: "QuarantineChanged", project, test, entry: { owner, reason, expires_at_ms } }]);
}

/** @throws ShardwrightError `not-found`, and as `Ledger.append` */
export async function removeFromQuarantine({ ledger, queries }: QuarantineParts, project: string, test: string): Promise<void> {
  if (!queries.quarantine.ofProject(project).some((row) => row.test === test))
    throw new ShardwrightError("not-found", { what: `entry for ${test} in the quarantine of the project ${project}` });
  await ledger.append([{ type: "QuarantineChanged", project, test }]);
}

/**
 * A submission with all that is in quarantine for it: what its submitter knows, what was named by hand, and what its rule asks for, as things
 * stand now. So it is recorded, and nothing that changes later changes the run.
 * @throws ShardwrightError `bad-request`, `update-incomplete` where a member of the cluster does not know what is asked for, `answers-busy`
 */
export async function withQuarantine(
  { ledger, queries, clock, reader }: SubmissionParts,
  submission: Submission,
): Promise<Submission> {
  const { quarantine: given = [], quarantine_flaky: threshold, ...rest } = submission;
  const now_ms = clock.now_ms();
  for (const [place, entry] of given.entries()) {
    if (entry.origin !== "file") throw refusal(`quarantine[${place}].origin: a submission brings what is in its file alone`);
    refuseBeyondLimit(entry.expires_at_ms, now_ms + slack_ms, `quarantine[${place}].expires_at_ms`);
  }
  const byHand = queries.quarantine.ofProject(rest.project).map((row) => entryOf(row, now_ms));
  const fromFile = given.map((entry): QuarantineEntry => {
    if (entry.origin === "rule") return entry;
    const { expired: _, ...stated } = entry;
    return stated.expires_at_ms <= now_ms ? { ...stated, expired: true } : stated;
  });
  const byRule = threshold === undefined ? [] : await flakyAbove(reader, rest.project, threshold);
  const entries = [...byHand, ...fromFile, ...byRule].slice(0, quarantineEntriesLimit);
  const needsMore = entries.length > 0 || rest.tasks.some(({ repeat }) => repeat !== undefined);
  if (!needsMore) return rest;
  if (ledger.factVersion < factVersionNeeded)
    throw new ShardwrightError("update-incomplete", {
      what: "Tests in quarantine, and repetitions of new ones",
      needed: factVersionNeeded,
      agreed: ledger.factVersion,
    });
  return entries.length === 0 ? rest : { ...rest, quarantine: entries };
}

async function flakyAbove(reader: SubmissionParts["reader"], project: string, threshold: number): Promise<QuarantineEntry[]> {
  return readValue(await reader.ask({ of: "flaky-above", project, threshold })) as QuarantineEntry[];
}

function refuseBeyondLimit(expires_at_ms: number, now_ms: number, field: string): void {
  if (expires_at_ms <= latestExpiry_ms(now_ms)) return;
  throw refusal(`${field}: a test stays in quarantine for ${quarantineLimit_days} days at most; name an earlier day`);
}

function refusal(problems: string): ShardwrightError {
  return new ShardwrightError("bad-request", { problems });
}

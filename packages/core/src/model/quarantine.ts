import { z } from "zod";
import type { Failure, FailureKind } from "./attempt.ts";
import type { CaseResult } from "./case.ts";

/** An entry may stand for so many days; after that somebody has to look again. */
export const quarantineLimit_days = 90;
/** Entries that a project may have, and that may count for one run. */
export const quarantineEntriesLimit = 2000;

const words = (most: number) => z.string().trim().min(1).max(most);

/** What a quarantine is for: a file, a group of its cases, or one case: `src/cart.test.ts > totals > adds up`. */
export const quarantinedTestSchema = words(8192);

/** What everybody who puts a test into quarantine has to say. */
export const quarantineWordsSchema = z.strictObject({
  test: quarantinedTestSchema,
  /** Who sees to it. */
  owner: words(256),
  reason: words(1024),
  /** Milliseconds since 1970. */
  expires_at_ms: z.int().positive(),
});

/** A test whose failures do not count, as a run knows it. */
export const quarantineEntrySchema = z.discriminatedUnion("origin", [
  quarantineWordsSchema.extend({
    /** Given to the coordinator by hand, or written in the repository's configuration file. */
    origin: z.enum(["hand", "file"]),
    /** Its time was over when the run was submitted: it does not count. */
    expired: z.literal(true).optional(),
  }),
  /** It came of what the project's history says, and holds for this one run. */
  z.strictObject({ origin: z.literal("rule"), test: quarantinedTestSchema, reason: words(1024) }),
]);
export type QuarantineEntry = z.infer<typeof quarantineEntrySchema>;

/** The moment after which a new entry may not expire. */
export function latestExpiry_ms(now_ms: number): number {
  return now_ms + quarantineLimit_days * 86_400_000;
}

export function isExpired(entry: QuarantineEntry): boolean {
  return entry.origin !== "rule" && entry.expired === true;
}

/** The tests whose failures do not count for a run. */
export class Quarantine {
  readonly #entries: ReadonlyMap<string, QuarantineEntry>;

  /** @param entries of several for one test the first counts; those that have expired do not */
  constructor(entries: readonly QuarantineEntry[] = []) {
    const known = new Map<string, QuarantineEntry>();
    for (const entry of entries) if (!isExpired(entry) && !known.has(entry.test)) known.set(entry.test, entry);
    this.#entries = known;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry that a case stands under: that of its file, of a group it is in, or its own. */
  of(file: string, { path, ordinal }: Pick<CaseResult, "path" | "ordinal">): QuarantineEntry | undefined {
    if (this.#entries.size === 0) return undefined;
    let name = file;
    let found = this.#entries.get(name);
    for (const title of path) {
      if (found !== undefined) return found;
      name += ` > ${title}`;
      found = this.#entries.get(name);
    }
    return found ?? (ordinal > 0 ? this.#entries.get(`${name} (${ordinal + 1})`) : undefined);
  }
}

/** Whether a failure of this kind is one of cases, rather than of what they ran in. */
export function isOfCases(kind: FailureKind): boolean {
  return kind === "assertion" || kind === "test-timeout";
}

/**
 * Whether nothing speaks against an attempt but cases that are in quarantine. It has to have run to its end, and its runner must vouch that
 * nothing else went wrong and that no case was left out: what crashed, ran out of time or could not be run excuses nothing.
 * @param failed how many cases of it failed, and how many of these are in quarantine
 */
export function isExcused(
  { outcome, failure }: { readonly outcome: string; readonly failure?: Failure | undefined },
  failed: { readonly all: number; readonly quarantined: number },
): boolean {
  if (outcome !== "failed" || failure?.complete !== true || !isOfCases(failure.kind)) return false;
  return failed.all > 0 && failed.quarantined === failed.all;
}

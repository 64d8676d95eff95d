import { ShardwrightError } from "../errors/shardwright-error.ts";
import type { RunReport } from "./run-report.ts";

/** Shares that an error or a notice lists. */
const namedAtMost = 10;

/**
 * Shares that jobs ran each by itself are the whole suite only if they were cut out of it in one way, and for one run.
 * @param names what to call the reports; the keys of their runs when absent
 * @throws ShardwrightError `shares-differ`
 */
export function requireOnePlan(reports: readonly RunReport[], names?: readonly string[]): void {
  for (const aspect of ["run", "commit", "plan"] as const) {
    const [first, ...others] = sharesIn(reports, names).filter((share) => share[aspect] !== undefined);
    const other = others.find((share) => share[aspect] !== first?.[aspect]);
    if (first === undefined || other === undefined) continue;
    const named = (share: NamedShare) => `${share.name} is ${placeOf(share)} of the ${aspect} ${share[aspect]}`;
    throw new ShardwrightError("shares-differ", { first: named(first), second: named(other) });
  }
}

/** What is missing where some of a plan's shares are there, in words; undefined where nothing is, or a report of the whole run is there, too. */
export function missingShares(reports: readonly RunReport[]): string | undefined {
  const shares = sharesIn(reports);
  const [first] = shares;
  if (first === undefined) return undefined;
  // A job that had its coordinator until the end has all results.
  if (reports.some(({ run }) => run.share === undefined && run.key === first.run)) return undefined;
  const there = new Set(shares.map(({ index }) => index));
  const missing = Array.from({ length: first.total }, (_, index) => index).filter((index) => !there.has(index));
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, namedAtMost).map((index) => index + 1);
  const rest = missing.length > named.length ? ` and ${missing.length - named.length} more` : "";
  const which = `${missing.length === 1 ? "share" : "shares"} ${named.join(", ")}${rest}`;
  return `Of the ${first.total} shares of plan ${first.plan}, no report is there of ${which}.`;
}

interface NamedShare {
  readonly name: string;
  readonly index: number;
  readonly total: number;
  readonly plan: string;
  readonly run: string | undefined;
  readonly commit: string | undefined;
}

function sharesIn(reports: readonly RunReport[], names: readonly string[] = []): NamedShare[] {
  return reports.flatMap(({ run: { share, key, context } }, place) => {
    if (share === undefined) return [];
    const { index, total, plan, run_key } = share;
    return [{ name: names[place] ?? key, index, total, plan, run: run_key, commit: context.commit }];
  });
}

function placeOf({ index, total }: NamedShare): string {
  return `share ${index + 1} of ${total}`;
}

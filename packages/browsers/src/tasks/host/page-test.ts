import type { CaseResult } from "@shardwright/core";
import { cut } from "@shardwright/runners/host";
import type { CaseEnd, CaseRun } from "./case-run.ts";
import { nameOf } from "./load-cases.ts";

const casesLimit = 10_000;
const textLimit = 60_000;

/**
 * Runs a page that is a test by itself: it is opened, and tells its cases and its end through `window.shardwright`. One that tells no cases
 * is a case as a whole, and so is what goes wrong outside of them.
 */
export async function pageTest(
  run: CaseRun,
  file: string,
  address: string,
  report: (result: CaseResult) => void,
  mayFollow: boolean,
): Promise<CaseEnd> {
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  finished.catch(() => {});
  const seen = new Map<string, number>();
  let told = 0;
  run.listen((message) => {
    if (message.type === "finish") {
      if (message.error === undefined) resolve();
      else reject(Object.assign(new Error(message.error.message), { stack: message.error.details ?? message.error.message }));
    }
    if (message.type !== "report") return;
    const { name, status, duration_ms = 0, message: text, details } = message.result;
    told += 1;
    if (told > casesLimit) return reject(new Error(`The page tells more than ${casesLimit} cases.`));
    const ordinal = seen.get(name) ?? 0;
    seen.set(name, ordinal + 1);
    report({
      path: [name],
      ordinal,
      status,
      duration_ms,
      retries: 0,
      file,
      ...(text !== undefined && { message: cut(text, textLimit) }),
      ...(details !== undefined && { details: cut(details, textLimit) }),
      ...run.measurements.take(status !== "failed"),
    });
  });
  const name = nameOf(file);
  const end = await run.run(
    name,
    async ({ page }) => {
      await page.goto(address);
      await finished;
    },
    mayFollow,
  );
  const { status, metrics, computed } = end.result;
  const isMoreToTell = status !== "passed" || metrics !== undefined || computed !== undefined;
  if (told === 0 || isMoreToTell) report({ path: [name], ordinal: seen.get(name) ?? 0, file, retries: 0, ...end.result });
  return end;
}

import { ShardwrightError, reasonOf } from "@shardwright/core";
import { z } from "zod";
import { startChild } from "../process/child.ts";
import { readJsonLines } from "../process/json-lines.ts";
import type { ListedCase, ListRequest } from "../runner.ts";
import { hostCommand, type JestSuite } from "./base.ts";
import { sharedBase } from "./bases.ts";
import { workerNumber } from "./session.ts";

const answerSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("listed"),
    cases: z.array(z.object({ path: z.array(z.string()), line: z.int().positive().optional() })),
  }),
  z.object({ type: z.literal("fatal"), message: z.string() }),
]);

const listingTimeout_ms = 120_000;
const tailLimit = 4000;

/** Loads the file in a process of its own, as far as jest-circus knows its cases, and runs none. @throws ShardwrightError `discovery-failed` */
export async function listCasesOf(suite: JestSuite, { file, args, signal }: ListRequest): Promise<readonly ListedCase[]> {
  const base = sharedBase(suite);
  try {
    await base.ready;
    signal?.throwIfAborted();
    const { directory, workspace } = suite;
    const folder = base.folder;
    return await ask(
      suite,
      { mode: "list-cases", directory, workspace, folder, worker: workerNumber(suite), file, args },
      signal,
    );
  } catch (error) {
    signal?.throwIfAborted();
    const details = { framework: "jest", directory: suite.directory, reason: `${file}: ${reasonOf(error)}` };
    throw new ShardwrightError("discovery-failed", details, { cause: error });
  } finally {
    await base.release();
  }
}

async function ask(
  suite: JestSuite,
  configuration: Parameters<typeof hostCommand>[1],
  signal: AbortSignal | undefined,
): Promise<readonly ListedCase[]> {
  let tail = "";
  let cases: readonly ListedCase[] | undefined;
  let fault: string | undefined;
  const child = startChild({
    ...hostCommand(suite, configuration),
    channel: true,
    onOutput: (chunk) => {
      tail = (tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
    },
  });
  if (child.fromChild !== undefined)
    readJsonLines(
      child.fromChild,
      (message) => {
        const answer = answerSchema.safeParse(message);
        if (!answer.success) fault = z.prettifyError(answer.error);
        else if (answer.data.type === "fatal") fault = answer.data.message;
        else cases = answer.data.cases.map(({ path, line }) => ({ path, ...(line === undefined ? {} : { line }) }));
      },
      (line) => (fault = `the process sent a line that is no JSON: ${line}`),
    );
  const timeout = AbortSignal.timeout(listingTimeout_ms);
  const stopped = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const stop = () => void child.stop(0);
  stopped.addEventListener("abort", stop);
  const exit = await child.exited;
  stopped.removeEventListener("abort", stop);
  if (cases !== undefined) return cases;
  if (timeout.aborted) throw new Error(`no answer within ${listingTimeout_ms / 1000} s`);
  throw new Error(fault ?? exit.error?.message ?? `it ended with ${exit.signal ?? `code ${exit.code}`}. ${tail.trim()}`);
}

import { resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { readJsonLines } from "../process/json-lines.ts";
import type { DiscoveryRequest, ListedCase, ListRequest } from "../runner.ts";
import { startPytest, type PytestProcess } from "./template.ts";

const refusals = [z.object({ missing: z.string() }), z.object({ failed: z.string() })] as const;
const filesSchema = z.object({ files: z.array(z.string()), covers: z.boolean() });
const casesSchema = z.object({
  cases: z.array(
    z.object({
      path: z.array(z.string()).min(1),
      line: z.int().positive().exactOptional(),
      affinity: z.string().exactOptional(),
    }),
  ),
});

/** What the Python program is told of a suite. */
export interface PytestConfig {
  readonly directory: string;
  readonly args: readonly string[];
  /** A file is one with tests whatever pytest's own patterns say. */
  readonly any_file: boolean;
  /** Where a file leaves what it covered, below the folder of its artifacts; absent where that is not measured. */
  readonly part?: string;
}

/** What pytest says of a suite without importing a test. */
export type PytestListing = z.infer<typeof filesSchema>;

const discovery = { timeout_ms: 300_000, failure: "discovery-failed" } as const;
/** The end of what it printed is kept to explain a failure. */
const tailLimit = 4000;

/**
 * The files that pytest itself would collect, relative to the suite's folder, and whether the project asks for coverage.
 * @param looks whether it looks for files at all
 * @throws ShardwrightError `framework-missing`, `discovery-failed`
 */
export async function listWithPytest(
  request: DiscoveryRequest,
  python: string,
  { args, looks }: { readonly args: readonly string[]; readonly looks: boolean },
): Promise<PytestListing> {
  const config = JSON.stringify({ args, looks });
  return askPytest(request, { command: python, mode: "discover", config, answerSchema: filesSchema, ...discovery });
}

/**
 * The cases of one file, as pytest collects it, in the order they run.
 * @throws ShardwrightError `framework-missing`, `discovery-failed`
 */
export async function listCasesWithPytest(
  request: ListRequest,
  python: string,
  suite: PytestConfig,
): Promise<readonly ListedCase[]> {
  const list = { file: request.file, args: request.args };
  const config = JSON.stringify({ ...suite, list });
  const { cases } = await askPytest(request, { command: python, mode: "serve", config, answerSchema: casesSchema, ...discovery });
  return cases;
}

export interface PytestQuestion<Answer> extends Pick<PytestProcess, "command" | "mode" | "config"> {
  readonly answerSchema: z.ZodType<Answer>;
  readonly timeout_ms: number;
  /** What it means that it cannot answer. */
  readonly failure: "discovery-failed" | "coverage-failed";
}

/** Answers as soon as the process does: it ends on its own time. @throws ShardwrightError `framework-missing`, and the question's own */
export async function askPytest<Answer>(
  request: Pick<DiscoveryRequest, "workspace" | "directory" | "environment" | "signal">,
  { answerSchema, timeout_ms, failure, ...process }: PytestQuestion<Answer>,
): Promise<Answer> {
  const suite = resolve(request.workspace, request.directory);
  request.signal?.throwIfAborted();
  let tail = "";
  const child = startPytest({
    ...process,
    cwd: suite,
    environment: request.environment,
    onOutput: (chunk) => {
      tail = (tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
    },
  });
  const failed = (reason: string) =>
    new ShardwrightError(failure, { framework: "pytest", directory: suite, reason: withTail(reason, tail) });
  const stop = () => void child.stop(1000);
  const timer = setTimeout(stop, timeout_ms);
  request.signal?.addEventListener("abort", stop, { once: true });
  try {
    const answered = new Promise<unknown>((tell) => {
      if (child.fromChild !== undefined) readJsonLines(child.fromChild, tell, (line) => tell({ failed: `it sent ${line}` }));
    });
    const ended = child.exited.then((exit) => ({
      failed: exit.error?.message ?? `it ended by ${exit.signal ?? `code ${exit.code}`}`,
    }));
    const first = await Promise.race([answered, ended]);
    const answer = answerSchema.safeParse(first);
    if (answer.success) return answer.data;
    const refusal = z.union(refusals).safeParse(first);
    if (!refusal.success) throw failed("it sent an answer of the wrong form");
    if ("missing" in refusal.data) throw missing(suite, refusal.data.missing);
    await child.exited;
    request.signal?.throwIfAborted();
    throw failed(refusal.data.failed);
  } finally {
    request.signal?.removeEventListener("abort", stop);
    // It may still be tearing down what the project's plugins set up; the timer goes on to bound that, without holding us.
    timer.unref();
    void child.exited.then(() => clearTimeout(timer));
  }
}

function missing(suite: string, reason: string): ShardwrightError {
  return new ShardwrightError("framework-missing", {
    framework: "pytest",
    directory: suite,
    reason,
    remedy: "Install it there (`pip install pytest`), or name another interpreter with the runner's option `python`.",
  });
}

function withTail(reason: string, tail: string): string {
  return tail.trim() === "" ? reason : `${reason}\n${tail.trim()}`;
}

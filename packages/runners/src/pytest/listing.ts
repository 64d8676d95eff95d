import { resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { readJsonLines } from "../process/json-lines.ts";
import type { DiscoveryRequest } from "../runner.ts";
import { startPytest } from "./template.ts";

const answerSchema = z.union([
  z.object({ files: z.array(z.string()) }),
  z.object({ missing: z.string() }),
  z.object({ failed: z.string() }),
]);

const listingTimeout_ms = 300_000;
/** The end of what it printed is kept to explain a failure. */
const tailLimit = 4000;

/**
 * The files that pytest itself would collect, relative to the suite's folder. Answers as soon as they are known: the process ends on
 * its own time.
 * @throws ShardwrightError `framework-missing`, `discovery-failed`
 */
export async function listWithPytest(
  request: DiscoveryRequest,
  python: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const suite = resolve(request.workspace, request.directory);
  let tail = "";
  const child = startPytest({
    command: python,
    mode: "discover",
    config: JSON.stringify({ args }),
    cwd: suite,
    environment: request.environment,
    onOutput: (chunk) => {
      tail = (tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
    },
  });
  const failed = (reason: string) =>
    new ShardwrightError("discovery-failed", { framework: "pytest", directory: suite, reason: withTail(reason, tail) });
  const stop = () => void child.stop(1000);
  const timer = setTimeout(stop, listingTimeout_ms);
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
    if (!answer.success) throw failed("it sent an answer of the wrong form");
    if ("files" in answer.data) return answer.data.files;
    if ("missing" in answer.data) throw missing(suite, answer.data.missing);
    await child.exited;
    request.signal?.throwIfAborted();
    throw failed(answer.data.failed);
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

import { reasonOf, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { startChild, type ChildExit } from "../process/child.ts";
import { readJsonLines } from "../process/json-lines.ts";
import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import type { HostConfiguration } from "./host/load-mocha.ts";
import type { MochaInvocation } from "./options.ts";

const answerSchema = z.discriminatedUnion("type", [
  /** Absolute paths. */
  z.object({ type: z.literal("discovered"), files: z.array(z.string()) }),
  z.object({
    type: z.literal("listed"),
    cases: z.array(z.object({ path: z.array(z.string()).min(1), line: z.int().positive().optional() })),
  }),
  z.object({ type: z.literal("fatal"), message: z.string(), quote_output: z.boolean().optional() }),
]);
type Answer = z.infer<typeof answerSchema>;

const timeout_ms = 120_000;
/** The end of what it printed is kept to explain a failure. */
const tailLimit = 4000;

/** The command line of a host. */
export function hostCommand(
  configuration: HostConfiguration,
  invocation: MochaInvocation,
  environment: Readonly<Record<string, string>>,
) {
  const complete = { ...environment, ...invocation.environment };
  return {
    command: nodeProgram(complete),
    args: [...invocation.nodeArgs, scriptBeside(import.meta.url, "host/main"), JSON.stringify(configuration)],
    cwd: configuration.directory,
    environment: complete,
  };
}

/**
 * Starts a host for one question. Answers as soon as it does: the process ends on its own time.
 * @throws ShardwrightError `discovery-failed`; the signal's reason when it is aborted
 */
export async function askHost(
  command: ReturnType<typeof hostCommand>,
  signal: AbortSignal | undefined,
): Promise<Exclude<Answer, { type: "fatal" }>> {
  signal?.throwIfAborted();
  let tail = "";
  const child = startChild({
    ...command,
    channel: true,
    onOutput: (chunk) => {
      tail = (tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
    },
  });
  const timeout = AbortSignal.timeout(timeout_ms);
  const stopped = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const stop = () => void child.stop(0);
  stopped.addEventListener("abort", stop);
  const ended = child.exited.then((exit): unknown => {
    stopped.removeEventListener("abort", stop);
    return { type: "fatal", message: timeout.aborted ? `no answer within ${timeout_ms / 1000} s` : howItEnded(exit, tail) };
  });
  const answered = new Promise<unknown>((tell) => {
    if (child.fromChild === undefined) return;
    readJsonLines(child.fromChild, tell, (line) => tell({ type: "fatal", message: `it sent a line that is no JSON: ${line}` }));
  });
  const answer = answerSchema.safeParse(await Promise.race([answered, ended]));
  signal?.throwIfAborted();
  const failed = (reason: string) =>
    new ShardwrightError("discovery-failed", { framework: "mocha", directory: command.cwd, reason });
  if (!answer.success) throw failed(`its answer is of the wrong form: ${z.prettifyError(answer.error)}`);
  if (answer.data.type !== "fatal") return answer.data;
  // What it printed may come after what it said.
  await ended;
  throw failed(answer.data.quote_output === true ? `${answer.data.message} ${tail.trim()}` : answer.data.message);
}

function howItEnded(exit: ChildExit, tail: string): string {
  if (exit.error !== undefined) return reasonOf(exit.error);
  return `it ended with ${exit.signal ?? `code ${exit.code}`}. ${tail.trim()}`;
}

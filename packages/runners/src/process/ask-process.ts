import { reasonOf, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { startChild, type ChildExit, type ChildOptions } from "./child.ts";
import { readJsonLines } from "./json-lines.ts";

const usualTimeout_ms = 120_000;
/** The end of what it printed is kept to explain a failure. */
const tailLimit = 4000;

/** What a process says that cannot answer. */
const fatalSchema = z.object({ type: z.literal("fatal"), message: z.string(), quote_output: z.boolean().optional() });

export interface Question<Answer> {
  /** What is to be started; it answers on descriptor 4, in a line of JSON. */
  readonly command: Omit<ChildOptions, "onOutput" | "channel">;
  readonly answerSchema: z.ZodType<Answer>;
  /** Whose tests it lists, for what is said when it does not. */
  readonly framework: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with all that it prints, until the end of the process, which is then waited for. */
  readonly onOutput?: (chunk: Uint8Array) => void;
  /** How long the answer may take; two minutes when absent. */
  readonly timeout_ms?: number;
}

/**
 * Starts a process for one question. Answers as soon as it does: the process ends on its own time.
 * @throws ShardwrightError `discovery-failed`; the signal's reason when it is aborted
 */
export async function askProcess<Answer>(question: Question<Answer>): Promise<Answer> {
  const { command, answerSchema, framework, signal, onOutput, timeout_ms = usualTimeout_ms } = question;
  signal?.throwIfAborted();
  let tail = "";
  const child = startChild({
    ...command,
    channel: true,
    onOutput: (chunk) => {
      tail = (tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
      onOutput?.(chunk);
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
  const said = await Promise.race([answered, ended]);
  if (onOutput !== undefined) await ended;
  signal?.throwIfAborted();
  const failed = (reason: string) => new ShardwrightError("discovery-failed", { framework, directory: command.cwd, reason });
  const fatal = fatalSchema.safeParse(said);
  if (fatal.success) {
    // What it printed may come after what it said.
    await ended;
    throw failed(fatal.data.quote_output === true ? `${fatal.data.message} ${tail.trim()}` : fatal.data.message);
  }
  const answer = answerSchema.safeParse(said);
  if (answer.success) return answer.data;
  throw failed(`its answer is of the wrong form: ${z.prettifyError(answer.error)}`);
}

function howItEnded(exit: ChildExit, tail: string): string {
  if (exit.error !== undefined) return reasonOf(exit.error);
  return `it ended with ${exit.signal ?? `code ${exit.code}`}. ${tail.trim()}`;
}

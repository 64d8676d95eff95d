import { reasonOf } from "@shardwright/core";
import { startChild, type ChildExit } from "../process/child.ts";

export interface GoSaid {
  /** What it printed on its standard output. */
  readonly output: string;
  /** Why it did not end well, in its own words where it has some. */
  readonly problem: string | undefined;
}

const outputLimit_bytes = 256 * 1024 * 1024;
const errorsLimit = 8000;
/** A download of a toolchain or of modules may be among what it does. */
const timeout_ms = 300_000;

/** Runs the go command to its end. @throws the signal's reason when it is aborted */
export async function runGo(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<GoSaid> {
  signal?.throwIfAborted();
  const chunks: Uint8Array[] = [];
  let size_bytes = 0;
  let errors = "";
  let fault: string | undefined;
  const child = startChild({
    command: program,
    args,
    cwd,
    environment,
    onOutput: (chunk, stream) => {
      if (stream === "stderr") errors = (errors + Buffer.from(chunk).toString("utf8")).slice(0, errorsLimit);
      else {
        size_bytes += chunk.length;
        if (size_bytes <= outputLimit_bytes) chunks.push(chunk);
        else stop(`it printed more than ${outputLimit_bytes} bytes`);
      }
    },
  });
  const stop = (why: string) => {
    fault ??= why;
    void child.stop(0);
  };
  const timer = setTimeout(() => stop(`no answer within ${timeout_ms / 1000} s`), timeout_ms);
  const abort = () => stop("it was stopped");
  signal?.addEventListener("abort", abort, { once: true });
  const exit = await child.exited;
  clearTimeout(timer);
  signal?.removeEventListener("abort", abort);
  signal?.throwIfAborted();
  return { output: Buffer.concat(chunks).toString("utf8"), problem: fault ?? problemOf(exit, errors) };
}

function problemOf(exit: ChildExit, errors: string): string | undefined {
  if (exit.error !== undefined) return reasonOf(exit.error);
  if (exit.code === 0) return undefined;
  return errors.trim() === "" ? `it ended with ${exit.signal ?? `code ${exit.code}`}` : errors.trim();
}

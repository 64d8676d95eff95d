import { stripVTControlCharacters } from "node:util";
import { startChild, type ChildExit } from "../process/child.ts";

export interface ToolCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout_ms: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a report in text has at most, in characters: a line for each file. */
const textLimit = 1_000_000;
const endLimit = 50_000;

/**
 * Starts a tool, and waits for its end.
 * @returns what it has printed, on both streams
 * @throws the signal's reason when it is aborted; Error when it takes too long
 */
export async function runTool(call: ToolCall): Promise<{ readonly text: string; readonly exit: ChildExit }> {
  const { timeout_ms, signal, ...command } = call;
  signal?.throwIfAborted();
  let text = "";
  let end = "";
  const decoder = new TextDecoder();
  const onOutput = (chunk: Uint8Array) => {
    const more = decoder.decode(chunk, { stream: true });
    if (text.length < textLimit) text += more;
    // What a tool finds wrong, it says last.
    else end = (end + more).slice(-endLimit);
  };
  const child = startChild({ ...command, guarded: true, merged: true, onOutput });
  const timeout = AbortSignal.timeout(timeout_ms);
  const stopped = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const stop = () => void child.stop(0);
  stopped.addEventListener("abort", stop);
  const exit = await child.exited;
  stopped.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (timeout.aborted) throw new Error(`no answer within ${timeout_ms / 1000} s`);
  return { text: stripVTControlCharacters(end === "" ? text : `${text}\n…\n${end}`), exit };
}

/** What another tool around this command has set, which is not for the one that we start. */
export function withoutMeasuring(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(?:NODE_V8_COVERAGE|NODE_TEST_CONTEXT|NYC_\w+)$/.test(name)),
  );
}

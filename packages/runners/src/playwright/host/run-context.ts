import { AsyncLocalStorage } from "node:async_hooks";
import childProcess from "node:child_process";
import type { WorkerStore } from "./worker-facade.ts";
import { WorkerFacade } from "./worker-facade.ts";

/** Whose run it is, of those that go on in this process at the same time. */
export interface RunContext {
  /** Absent where no test runs. */
  readonly workers?: WorkerStore;
  /** Passes on what is printed on behalf of the run. */
  readonly print: (text: string) => void;
}

export const runContext = new AsyncLocalStorage<RunContext>();

/** Lets runs have worker processes from their own store: Playwright forks this program by the module's name; all else stays as it is. */
export function divertWorkers(program: string): void {
  const original = childProcess.fork.bind(childProcess) as (...args: unknown[]) => unknown;
  Object.assign(childProcess, {
    fork: (forked: unknown, ...rest: unknown[]): unknown => {
      const context = runContext.getStore();
      if (forked !== program || context?.workers === undefined) return original(forked, ...rest);
      const [options] = rest as [{ env?: NodeJS.ProcessEnv } | undefined];
      return new WorkerFacade(context.workers, options?.env ?? process.env);
    },
  });
}

/** Ascribes what test files and reporters print in this process to their run. */
export function divertPrints(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const original = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const context = runContext.getStore();
      if (context === undefined) return original(chunk, ...rest);
      if (chunk.length > 0) context.print(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      const callback = rest.find((one) => typeof one === "function");
      if (callback !== undefined) process.nextTick(callback);
      return true;
    };
    Object.assign(stream, { write });
  }
}

import { useState } from "preact/hooks";
import type { ApiError } from "./api.ts";
import { asApiError } from "./use-get.ts";

/** Something that the reader has done with a button. */
export interface Action<A extends readonly unknown[]> {
  readonly run: (...args: A) => Promise<boolean>;
  readonly isRunning: boolean;
  readonly error: ApiError | undefined;
  /** Forgets how it failed. */
  readonly clear: () => void;
}

/** Does something once at a time, and keeps how it failed. `run` says whether it succeeded. */
export function useAction<A extends readonly unknown[]>(work: (...args: A) => Promise<unknown>): Action<A> {
  const [state, setState] = useState<{ isRunning: boolean; error?: ApiError }>({ isRunning: false });
  return {
    isRunning: state.isRunning,
    error: state.error,
    clear: () => setState({ isRunning: false }),
    async run(...args) {
      if (state.isRunning) return false;
      setState({ isRunning: true });
      try {
        await work(...args);
        setState({ isRunning: false });
        return true;
      } catch (error) {
        setState({ isRunning: false, error: asApiError(error) });
        return false;
      }
    },
  };
}

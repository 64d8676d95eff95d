import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get } from "./api.ts";
import { onSignedIn } from "./session.ts";

/** What a page asks the coordinator for. While it is asked for again, or cannot be had, the last answer stays. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly isLoading: boolean;
  /** Asks again. */
  readonly reload: () => void;
}

/** How soon a request that nobody answered is made again; it doubles up to the longest. */
const firstWait_ms = 500;
const longestWait_ms = 10_000;

/**
 * @param path below `/api/v1/`; undefined for nothing yet
 * @param every_ms asks again so often while the page is visible
 */
export function useGet<T>(path: string | undefined, every_ms?: number): Loaded<T> {
  const [state, setState] = useState<{ path: string | undefined; data?: T; error?: ApiError; isLoading: boolean }>({
    path,
    isLoading: path !== undefined,
  });
  const [turn, setTurn] = useState(0);
  const failures = useRef(0);
  const reload = useCallback(() => setTurn((last) => last + 1), []);
  useEffect(() => onSignedIn(reload), []);

  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setState((last) => (last.path === path ? { ...last, isLoading: true } : { path, isLoading: true }));
    get<T>(path, { signal: abort.signal }).then(
      (data) => {
        failures.current = 0;
        setState({ path, data, isLoading: false });
        if (every_ms !== undefined) timer = setTimeout(whenVisible(reload, abort.signal), every_ms);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const told = asApiError(error);
        setState((last) => ({ ...last, error: told, isLoading: false }));
        if (!told.isPassing) return;
        failures.current += 1;
        timer = setTimeout(whenVisible(reload, abort.signal), waitAfter(failures.current));
      },
    );
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, turn, every_ms]);

  const isCurrent = state.path === path;
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    isLoading: path !== undefined && (!isCurrent || state.isLoading),
    reload,
  };
}

/** Of a failure in a row: doubled with each, spread so that a thousand pages do not come at once. */
export function waitAfter(failures: number): number {
  return Math.min(longestWait_ms, firstWait_ms * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
}

/** Does it at once where somebody looks; else as soon as somebody does. */
function whenVisible(action: () => void, signal: AbortSignal): () => void {
  return () => {
    if (!document.hidden) return action();
    document.addEventListener("visibilitychange", () => action(), { once: true, signal });
  };
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ApiError(
    "page",
    -1,
    `This page has a fault: ${reason}`,
    "Reload it; if that does not help, please report it.",
    error,
  );
}

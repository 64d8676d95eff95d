export interface Debounced<Argument> {
  (argument: Argument): void;
  /** Runs what is waiting at once. */
  flush(): void;
  cancel(): void;
}

/** Calls `action` with the last argument once no call has come for `quiet_ms`: for a search box. */
export function debounce<Argument>(action: (argument: Argument) => void, quiet_ms: number): Debounced<Argument> {
  let waiting: { timer: NodeJS.Timeout; argument: Argument } | undefined;
  const cancel = (): void => {
    clearTimeout(waiting?.timer);
    waiting = undefined;
  };
  const flush = (): void => {
    if (waiting === undefined) return;
    const { argument } = waiting;
    cancel();
    action(argument);
  };
  const call = (argument: Argument): void => {
    cancel();
    waiting = { argument, timer: setTimeout(flush, quiet_ms) };
  };
  return Object.assign(call, { flush, cancel });
}

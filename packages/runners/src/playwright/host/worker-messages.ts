/** The part of what Playwright's runner and its worker processes tell each other that is looked at, as of 1.57 to 1.65. */
export interface WorkerMessage {
  /** `__init__` comes once; `__dispatch__` carries calls and events; `__stop__` asks to tear down and exit; `ready` is the first answer. */
  readonly method: string;
  readonly params?: unknown;
}

export interface InitMessage extends WorkerMessage {
  readonly params: {
    readonly runnerParams: {
      readonly workerIndex: number;
      readonly parallelIndex: number;
      readonly repeatEachIndex: number;
      readonly projectId: string;
      readonly artifactsDir: string;
      readonly config: { readonly configCLIOverrides?: unknown };
    };
  };
}

interface Call {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
}

export function isInit(message: WorkerMessage): message is InitMessage {
  return message.method === "__init__";
}

/** The ids of the tests that a message asks to run; undefined for any other message. */
export function testsToRun(message: WorkerMessage): string[] | undefined {
  const call = callIn(message, "runTestGroup");
  const entries = call?.["entries"];
  return Array.isArray(entries) ? entries.map((entry: { testId?: unknown }) => String(entry.testId)) : undefined;
}

/** Whether an event says that this worker should run nothing more: a test failed in it, or something outside all tests did. */
export function spoilsWorker(message: WorkerMessage): boolean {
  const ended = callIn(message, "testEnd");
  if (ended !== undefined) return ended["status"] !== "skipped" && ended["status"] !== ended["expectedStatus"];
  const done = callIn(message, "done");
  if (done === undefined) return false;
  const { fatalErrors, skipTestsDueToSetupFailure, fatalUnknownTestIds, stoppedDueToUnhandledErrorInTestFail } = done;
  const isFilled = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0);
  return (
    isFilled(fatalErrors) ||
    isFilled(skipTestsDueToSetupFailure) ||
    isFilled(fatalUnknownTestIds) ||
    stoppedDueToUnhandledErrorInTestFail === true
  );
}

export function isDone(message: WorkerMessage): boolean {
  return callIn(message, "done") !== undefined;
}

/** What a worker changed in its environment, told when it stops; null for what it unset. */
export function producedEnvironment(message: WorkerMessage): Record<string, string | null> | undefined {
  if (message.method !== "__env_produced__" || !Array.isArray(message.params)) return undefined;
  return Object.fromEntries(message.params as [string, string | null][]);
}

/** The errors of a worker's last teardown, as texts. */
export function teardownErrors(message: WorkerMessage): string[] | undefined {
  const errors = callIn(message, "teardownErrors")?.["fatalErrors"];
  if (!Array.isArray(errors)) return undefined;
  return errors.map((error: { stack?: unknown; message?: unknown; value?: unknown }) =>
    String(error.stack ?? error.message ?? error.value),
  );
}

function callIn(message: WorkerMessage, method: string): Record<string, unknown> | undefined {
  if (message.method !== "__dispatch__") return undefined;
  const call = message.params as Call | undefined;
  return call?.method === method ? (call.params ?? {}) : undefined;
}

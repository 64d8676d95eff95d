import { availableParallelism } from "node:os";
import { cut, onRequest, sendToParent } from "../../process/host-channel.ts";
import { Turns } from "../../process/turns.ts";
import { casesOf } from "./chosen-cases.ts";
import { loadConfiguration, type HostConfiguration } from "./configuration.ts";
import { FileRuns, listTests, type FileRequest, type LoadedHost } from "./file-runs.ts";
import { KeptWorkers } from "./kept-workers.ts";
import { loadPlaywright, workerProgramOf } from "./load-playwright.ts";
import { planOf } from "./plan-of.ts";
import { divertPrints, divertWorkers, runContext } from "./run-context.ts";

/** What the parent says: to a seat, which is one session's place in this process, or a question. */
export type SharedRequest =
  | { readonly seat: number; readonly type: "open"; readonly environment: Readonly<Record<string, string>> }
  | ({ readonly seat: number; readonly type: "run" } & FileRequest)
  /** `exit` waits for what runs; `abort` ends it. */
  | { readonly seat: number; readonly type: "exit" | "abort" }
  | { readonly ask: number; readonly type: "list"; readonly file: string; readonly args: readonly string[] }
  /** The parent is gone, or wants nothing more. */
  | { readonly type: "exit" };

/** What a seat says beside what any warm process does. */
type SeatNotice =
  /** Whether code of a file runs in this process: if that ends now, it is this seat's file's doing. */
  | { readonly type: "loading"; readonly is_loading: boolean }
  /** Nothing of it is left. */
  | { readonly type: "gone" };

interface Seat {
  readonly workers: KeptWorkers;
  readonly runs: FileRuns;
  last: Promise<void>;
}

/** Serves all sessions of one machine with one Playwright, as one run of Playwright serves all its workers. */
export async function serveSessions(host: HostConfiguration): Promise<void> {
  const program = workerProgramOf(host.playwright);
  const loads = new Turns(1);
  // Side by side all would be ready at the end of all their work; in turn, the first can run tests while the last still starts.
  const starts = new Turns(availableParallelism());
  const loaded = Promise.withResolvers<LoadedHost>();
  const seats = new Map<number, Seat>();

  const open = (number: number, environment: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(environment)) if (!ofSlot.has(name)) process.env[name] = value;
    const changes = { ...environment, PLAYWRIGHT_LAST_RUN_OUTPUT_FILE: null };
    const workers = new KeptWorkers({ program, slot: slotIn(environment), changes, keeps: true });
    const send = (message: object) => tell(`s${number}`, message);
    const runs = new FileRuns(loaded.promise, workers, send, (is_loading) =>
      send({ type: "loading", is_loading } satisfies SeatNotice),
    );
    seats.set(number, { workers, runs, last: Promise.resolve() });
    workers.prepare(starts);
  };
  const close = async (number: number, seat: Seat, isPolite: boolean) => {
    seats.delete(number);
    if (isPolite) await seat.last;
    else seat.runs.abandon();
    await (isPolite ? seat.workers.close() : seat.workers.kill());
    tell(`s${number}`, { type: "gone" } satisfies SeatNotice);
  };
  onRequest((message) => {
    const request = message as SharedRequest;
    if ("ask" in request) return void loaded.promise.then((common) => answer(common, request.ask, request));
    if (!("seat" in request)) return void Promise.all([...seats].map(([number, seat]) => close(number, seat, true))).then(exit);
    const seat = seats.get(request.seat);
    if (request.type === "open") open(request.seat, request.environment);
    else if (seat === undefined) return;
    else if (request.type === "run") seat.last = seat.last.then(() => seat.runs.run(request));
    else void close(request.seat, seat, request.type === "exit");
  });

  const over = await starts.take();
  const playwright = await loadPlaywright(host.playwright);
  const config = await loadConfiguration(playwright, host);
  const plan = await planOf(playwright, config, host.projects);
  tell("*", { type: "planned", plan });
  divertWorkers(program);
  divertPrints();
  const testFiles = new Set(plan.projects.flatMap(({ files }) => files));
  loaded.resolve({ playwright, host, loads, testFiles });
  over();
}

async function answer(common: LoadedHost, ask: number, task: { file: string; args: readonly string[] }): Promise<void> {
  const over = await common.loads.take();
  try {
    const tests = await runContext.run({ print: () => {} }, () => listTests(common, task));
    tell(`a${ask}`, { type: "answer", value: casesOf(tests) });
  } catch (error) {
    tell(`a${ask}`, { type: "refusal", message: cut(error instanceof Error ? error.message : String(error), 4000) });
  } finally {
    over();
  }
}

/** The address comes first, so that the parent passes the message on as it is. */
function tell(address: string, message: object): void {
  sendToParent(message, address);
}

/** What tells the sessions of one machine apart: not this process's, but its workers'. */
const ofSlot = new Set(["SHARDWRIGHT_SLOT", "SHARDWRIGHT_WORKER"]);

function slotIn(environment: Readonly<Record<string, string>>): number {
  const slot = Number(environment["SHARDWRIGHT_SLOT"]);
  return Number.isInteger(slot) && slot >= 0 ? slot : 0;
}

function exit(): void {
  process.exit(0);
}

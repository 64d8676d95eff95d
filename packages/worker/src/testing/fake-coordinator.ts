import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  heartbeatRequestSchema,
  leaseRequestSchema,
  outputRequestSchema,
  missingBlobsRequestSchema,
  registerRequestSchema,
  resultsRequestSchema,
  type ResultsRequest,
  runOptionsSchema,
  taskPartSchema,
  ShardwrightError,
  type CaseResult,
  type HeartbeatRequest,
  type Lease,
  type RegisterRequest,
  type ResultsResponse,
  type WorkerEvent,
  type WorkerSignal,
} from "@shardwright/core";

/** What the coordinator knows of one attempt: exactly what it accepted. */
export interface KnownAttempt {
  cases: CaseResult[];
  ends: Extract<WorkerEvent, { type: "finished" | "released" }>[];
}

interface TaskPlan {
  readonly args?: readonly string[];
  readonly timeout_ms?: number;
  readonly expected_ms?: number;
  readonly limit_ms?: number;
  readonly part?: unknown;
  readonly whole?: true;
}

export interface LeasePlan {
  readonly tasks: readonly TaskPlan[];
  readonly workspace?: string;
  readonly runner?: string;
  readonly suite?: string;
  readonly suiteOptions?: Lease["suite"]["options"];
  readonly output_limit_bytes?: number;
  readonly artifacts?: readonly string[];
  readonly afresh?: true;
}

interface Poll {
  readonly slots: number;
  readonly response: ServerResponse;
}

const run = "r-0123456789abcdef";

/** A coordinator for tests of the worker: a real server that checks every request by the protocol's schemas and refuses what breaks them. */
export class FakeCoordinator {
  readonly apiKey = "fake-coordinator-key";
  readonly attempts = new Map<number, KnownAttempt>();
  readonly blobs = new Map<string, Buffer>();
  /** What attempts were said to have printed while they ran, by task. */
  readonly live = new Map<number, string>();
  readonly heartbeats: HeartbeatRequest[] = [];
  readonly results: ResultsRequest[] = [];
  readonly registrations: RegisterRequest[] = [];
  readonly left: string[] = [];
  /** How long the answer to a worker's good-bye takes; the worker is forgotten at once. */
  farewell_ms = 0;
  /** Requests that broke the protocol. */
  readonly problems: string[] = [];
  /** Answers to results that are accepted but never arrive. */
  dropAnswers = 0;
  /** For how many leases workers asked before a slot was free, request by request. */
  readonly askedAhead: number[] = [];
  /** Leases about which nothing is taken any more. */
  readonly staleFences = new Set<number>();
  /** The error with which a request that holds one of these events is refused. */
  refusal: (event: WorkerEvent) => ShardwrightError | undefined = () => undefined;
  /** The error with which blobs are refused. */
  blobRefusal: ShardwrightError | undefined;
  nameIsTaken = false;
  readonly #server: Server;
  #worker = "";
  #workers = 0;
  #fence = 0;
  #task = 0;
  #ready: Lease[] = [];
  #polls: Poll[] = [];
  #signals: ServerResponse | undefined;
  #watchers: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response)
        .catch((error: unknown) => {
          const known =
            error instanceof ShardwrightError ? error : new ShardwrightError("bad-request", { problems: String(error) });
          if (known.code === "bad-request") this.problems.push(`${request.method} ${request.url}: ${known.message}`);
          send(response, known.status, known.toBody());
        })
        .finally(() => {
          for (const wake of this.#watchers.splice(0)) wake();
        });
    });
  }

  static async start(): Promise<FakeCoordinator> {
    const fake = new FakeCoordinator();
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Deals a lease; its tasks are numbered on from those before. */
  deal(plan: LeasePlan): { fence: number; tasks: number[] } {
    this.#fence += 1;
    const tasks = plan.tasks.map(({ args = [], timeout_ms, part, ...known }) => {
      const task = this.#task++;
      this.attempts.set(task, { cases: [], ends: [] });
      const spec = {
        key: `script:${task}`,
        suite: plan.suite ?? "scripts",
        kind: "file" as const,
        file: `test-${task}.script`,
        args: [...args],
        requirements: {},
        hash: "0".repeat(64),
        bytes: 0,
        side_effects: false,
        ...(timeout_ms === undefined ? {} : { timeout_ms }),
        ...(part === undefined ? {} : { part: taskPartSchema.parse(part) }),
      };
      return { task, attempt: 1, spec, ...known };
    });
    this.#ready.push({
      run,
      fence: this.#fence,
      suite: {
        name: plan.suite ?? "scripts",
        runner: plan.runner ?? "script",
        directory: ".",
        options: plan.suiteOptions ?? {},
        ...(plan.artifacts && { artifacts: [...plan.artifacts] }),
      },
      workspace: { kind: "dir", path: plan.workspace ?? import.meta.dirname },
      options: runOptionsSchema.parse(
        plan.output_limit_bytes === undefined ? {} : { output_limit_bytes: plan.output_limit_bytes },
      ),
      ...(plan.afresh && { afresh: plan.afresh }),
      tasks,
    });
    this.#serve();
    return { fence: this.#fence, tasks: tasks.map(({ task }) => task) };
  }

  attempt(task: number): KnownAttempt {
    return this.attempts.get(task) as KnownAttempt;
  }

  /** The end of a task, once it has one. */
  async end(task: number): Promise<KnownAttempt["ends"][number]> {
    await this.until(() => this.attempt(task).ends.length > 0);
    return this.attempt(task).ends[0] as KnownAttempt["ends"][number];
  }

  /** Resolves when the condition holds; looked at after each request. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  get hasSignals(): boolean {
    return this.#signals !== undefined;
  }

  signal(signal: WorkerSignal): void {
    this.#signals?.write(`event: signal\ndata: ${JSON.stringify(signal)}\n\n`);
  }

  /** Forgets the worker, as after a long cut. */
  forgetWorker(): void {
    this.#worker = "";
    for (const { response } of this.#polls.splice(0))
      send(response, 410, new ShardwrightError("worker-unknown", { worker: "it" }).toBody());
  }

  /** Goes away as a process that is killed does; what it knows is on its disk. @returns how to start it again */
  async goDown(): Promise<() => Promise<void>> {
    const { port } = this.#server.address() as AddressInfo;
    this.#polls = [];
    this.#signals = undefined;
    await this.close();
    return () => new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    if (request.headers.authorization !== `Bearer ${this.apiKey}`) throw new ShardwrightError("unauthenticated");
    const [, worker, action] = /^\/api\/v1\/workers(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(request.url ?? "") ?? [];
    const route = `${request.method} ${worker === undefined ? (request.url ?? "") : (action ?? "worker")}`;
    if (worker !== undefined && worker !== this.#worker) throw new ShardwrightError("worker-unknown", { worker });
    switch (route) {
      case "POST /api/v1/workers": {
        const registration = registerRequestSchema.parse(JSON.parse(body.toString()));
        this.registrations.push(registration);
        if (this.nameIsTaken) throw new ShardwrightError("worker-name-taken", { name: registration.name });
        this.#worker = `w-${String(++this.#workers).padStart(16, "0")}`;
        send(response, 200, { worker: this.#worker, lease_ttl_ms: 2000, heartbeat_ms: 50 });
        break;
      }
      case "POST leases": {
        const { slots, wait_ms } = leaseRequestSchema.parse(JSON.parse(body.toString()));
        if (wait_ms === 0) this.askedAhead.push(slots);
        this.#polls.push({ slots, response });
        this.#serve();
        if (wait_ms === 0 && !response.writableEnded) {
          this.#polls.pop();
          send(response, 200, { leases: [], drain: false });
        }
        break;
      }
      case "POST results": {
        const results = resultsRequestSchema.parse(JSON.parse(body.toString()));
        this.results.push(results);
        this.#takeResults(results.events, response);
        break;
      }
      case "POST heartbeat": {
        const heartbeat = heartbeatRequestSchema.parse(JSON.parse(body.toString()));
        this.heartbeats.push(heartbeat);
        send(response, 200, { stop: heartbeat.fences.filter((fence) => this.staleFences.has(fence)), drain: false });
        break;
      }
      case "POST /api/v1/blobs/missing": {
        const { sha256 } = missingBlobsRequestSchema.parse(JSON.parse(body.toString()));
        send(response, 200, { missing: sha256.filter((name) => !this.blobs.has(name)) });
        break;
      }
      case "POST output":
        for (const { task, from, text } of outputRequestSchema.parse(JSON.parse(body.toString())).outputs)
          this.live.set(task, (this.live.get(task) ?? "").slice(0, from) + text);
        response.writeHead(204).end();
        break;
      case "GET signals":
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(": open\n\n");
        this.#signals = response;
        break;
      case "DELETE worker":
        this.left.push(worker ?? "");
        this.forgetWorker();
        setTimeout(() => response.writeHead(204).end(), this.farewell_ms);
        break;
      default:
        this.#storeBlob(request, body, response);
    }
  }

  #takeResults(events: readonly WorkerEvent[], response: ServerResponse): void {
    for (const event of events) {
      const refusal = this.refusal(event);
      if (refusal !== undefined) throw refusal;
    }
    const dropped: ResultsResponse["dropped"] = [];
    events.forEach((event, index) => {
      const reason = this.#takeEvent(event);
      if (reason !== undefined) dropped.push({ index, reason });
    });
    if (this.dropAnswers > 0) {
      this.dropAnswers -= 1;
      response.destroy();
    } else send(response, 200, { accepted: events.length - dropped.length, dropped });
  }

  #takeEvent(event: WorkerEvent): "stale" | "duplicate" | "gap" | undefined {
    const known = this.attempt(event.task);
    if (this.staleFences.has(event.fence)) return "stale";
    if (event.type === "started") return undefined;
    if (known.ends.length > 0) return "duplicate";
    if (event.type === "cases") {
      if (event.first > known.cases.length) return "gap";
      const fresh = event.cases.slice(known.cases.length - event.first);
      known.cases.push(...fresh);
      return fresh.length === 0 ? "duplicate" : undefined;
    }
    if (event.type === "finished" && event.last !== undefined) {
      const first = event.cases - event.last.length;
      if (first > known.cases.length) return "gap";
      known.cases.push(...event.last.slice(known.cases.length - first));
    }
    if (event.type === "finished" && event.cases !== known.cases.length) return "gap";
    if (event.type === "finished" && event.log !== undefined && !this.blobs.has(event.log.sha256))
      throw new Error(`the log ${event.log.sha256} is not among the blobs`);
    for (const { name, sha256 } of event.type === "finished" ? (event.artifacts ?? []) : [])
      if (!this.blobs.has(sha256)) throw new Error(`the artifact ${name} is not among the blobs`);
    known.ends.push(event);
    return undefined;
  }

  #storeBlob(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const sha256 = /^\/api\/v1\/blobs\/([0-9a-f]{64})(?:\?for=artifact)?$/.exec(request.url ?? "")?.[1];
    if (request.method !== "PUT" || sha256 === undefined) throw new Error(`there is no ${request.method} ${request.url}`);
    if (this.blobRefusal !== undefined) throw this.blobRefusal;
    if (createHash("sha256").update(body).digest("hex") !== sha256) throw new Error("the blob's name is not its SHA-256");
    this.blobs.set(sha256, body);
    response.writeHead(204).end();
  }

  #serve(): void {
    while (this.#ready.length > 0 && this.#polls.length > 0) {
      const { slots, response } = this.#polls.shift() as Poll;
      if (!response.destroyed) send(response, 200, { leases: this.#ready.splice(0, slots), drain: false });
    }
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

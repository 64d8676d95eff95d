import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, start, until, type Started, type StartOptions } from "../processes.ts";

/** A coordinator in a process of its own, and what connects to it. */
export interface Fleet {
  readonly address: string;
  readonly stateDir: string;
  readonly coordinator: Started;
  /** Starts the coordinator again, after it has ended, with the same state, at the same address or another one. */
  startAgain(address?: string): Promise<void>;
  /** Starts a command with the coordinator's address and a token; it is killed with the fleet. */
  launch(args: readonly string[], options?: LaunchOptions): Started;
  /** Runs a command to its end. */
  toEnd(args: readonly string[], options?: LaunchOptions): Promise<{ code: number | NodeJS.Signals; output: string }>;
  /** Starts a worker of one slot and waits until it is ready. */
  worker(name: string, options?: LaunchOptions & { readonly args?: readonly string[] }): Promise<Started>;
  /** What `/api/v1/…` answers the admin. */
  call(method: "GET" | "POST", path: string, body?: object): Promise<unknown>;
  /** Makes a token. @returns its secret */
  token(scope: string): Promise<string>;
  /** Kills whatever still runs, and removes the state; for `onTestFinished`, which comes to a test that was given up as well. */
  readonly end: () => Promise<void>;
}

interface LaunchOptions extends StartOptions {
  /** The admin's when absent. */
  readonly key?: string;
}

export const adminToken = "admin-token-of-these-tests-0123456789abcdef";

export interface FleetOptions {
  /** More arguments for the coordinator. */
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A folder of the fleet's own when absent. */
  readonly stateDir?: string;
}

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  let address = `http://127.0.0.1:${await freePort()}`;
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), "fleet-state-"));
  const started: Started[] = [];
  const as = ({ key = adminToken, ...rest }: LaunchOptions): StartOptions => ({
    ...rest,
    environment: { SHARDWRIGHT_COORDINATOR: address, SHARDWRIGHT_API_KEY: key, ...rest.environment },
  });
  const launch = (args: readonly string[], more: LaunchOptions = {}) => {
    const process = start(args, as(more));
    started.push(process);
    return process;
  };
  const startServer = () =>
    launch(["coordinator", "--port", new URL(address).port, "--state-dir", stateDir, ...(options.args ?? [])], {
      environment: { SHARDWRIGHT_ADMIN_TOKEN: adminToken, ...options.environment },
    });
  const untilReady = () => until("the coordinator", async () => (await fetch(`${address}/readyz`)).ok);
  const coordinator = startServer();
  const fleet: Fleet = {
    get address() {
      return address;
    },
    stateDir,
    coordinator,
    launch,
    async startAgain(at = address) {
      address = at;
      startServer();
      await untilReady();
    },
    async toEnd(args, more) {
      const process = launch(args, more);
      const code = await process.exited;
      return { code, output: process.output() };
    },
    async worker(name, { args = [], ...more } = {}) {
      const worker = launch(["worker", "--name", name, "--slots", "1", ...args], more);
      await until(`the worker ${name}`, async () => worker.output().includes("is ready"));
      return worker;
    },
    async call(method, path, body) {
      const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
      const response = await fetch(`${address}/api/v1/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      return response.json();
    },
    async token(scope) {
      const { output } = await fleet.toEnd(["token", "create", "--token-name", scope, "--scope", scope, "--json"]);
      return (JSON.parse(output) as { secret: string }).secret;
    },
    async end() {
      for (const { child } of started) child.kill("SIGKILL");
      await Promise.all(started.map(({ exited }) => exited));
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  try {
    await untilReady();
  } catch (error) {
    const said = coordinator.output();
    await fleet.end();
    throw new Error(`no coordinator: ${said}`, { cause: error });
  }
  return fleet;
}

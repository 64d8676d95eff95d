import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ClusterStatus, clusterStatusSchema } from "@shardwright/core";
import { start, type Started } from "../../processes.ts";

export const adminToken = "chaos-admin-token-chaos-admin-token-0";
export const authorization = `Bearer ${adminToken}`;

const formerProgram = join(import.meta.dirname, "former-coordinator.ts");

export interface MemberOptions {
  readonly name: string;
  readonly port: number;
  /** Of the proxy before it. */
  readonly address: string;
  /** Where it listens, if that is not this machine itself, and what a command is begun with to run there. */
  readonly place?: { readonly host: string; readonly within: readonly string[] } | undefined;
  /** Where its state directories are made. */
  readonly directory: string;
  /** Where it writes what it waits for, when it is asked. */
  readonly reports: string;
  /** Votes without tables. */
  readonly isWitness: boolean;
}

/** One coordinator of the cluster: a process, its disk, and those that came before it. */
export class Member {
  readonly name: string;
  readonly address: string;
  readonly isWitness: boolean;
  readonly #port: number;
  readonly #place: MemberOptions["place"];
  readonly #directory: string;
  readonly #reports: string;
  readonly #lives: Started[] = [];
  #disk = 1;
  /** It is started as the program that was before this one. */
  isFormer = false;
  /** Something happens to its process: nothing else may meanwhile. */
  isBusy = false;
  isPaused = false;

  constructor({ name, port, address, place, directory, reports, isWitness }: MemberOptions) {
    this.name = name;
    this.#place = place;
    this.address = address;
    this.isWitness = isWitness;
    this.#port = port;
    this.#directory = directory;
    this.#reports = reports;
    mkdirSync(this.stateDir, { recursive: true });
  }

  get stateDir(): string {
    return join(this.#directory, `state-${this.#disk}`);
  }

  /** Where it listens; nothing stands before it there. */
  get ownAddress(): string {
    return `http://${this.#place?.host ?? "127.0.0.1"}:${this.#port}`;
  }

  /** Where the others reach it: through its proxy, where that makes the network. */
  get peerAddress(): string {
    return this.#place === undefined ? this.address : this.ownAddress;
  }

  get isUp(): boolean {
    const process = this.#lives.at(-1)?.child;
    return process !== undefined && process.exitCode === null && process.signalCode === null;
  }

  /** What all its processes said. */
  get output(): string {
    return this.#lives.map(({ output }) => output()).join("\n--- started again ---\n");
  }

  /** What its last process said. */
  get lastOutput(): string {
    return this.#lives.at(-1)?.output() ?? "";
  }

  start(others: readonly string[]): void {
    const place = ["--port", String(this.#port), "--state-dir", this.stateDir, "--coordinator-id", this.name];
    const timings = ["--failover-profile", "fast", "--failover-timeout", "5"];
    const known = others.length === 0 ? [] : ["--coordinator-addresses", others.join(",")];
    const role = this.isWitness ? ["--witness"] : [];
    // The network that they are on is nobody else's.
    const host = this.#place === undefined ? [] : ["--host", this.#place.host, "--insecure"];
    const own = [...role, ...place, ...host, "--advertise-address", this.peerAddress];
    const started = start(["coordinator", ...own, ...timings, ...known], {
      ...(this.#place !== undefined && { within: this.#place.within }),
      ...(this.isFormer && { program: formerProgram }),
      environment: {
        SHARDWRIGHT_ADMIN_TOKEN: adminToken,
        // One that hangs can be asked what it waits for.
        NODE_OPTIONS: `--report-on-signal --report-directory=${this.#reports}`,
      },
    });
    this.#lives.push(started);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.isUp) return;
    this.isPaused = signal === "SIGSTOP" || (this.isPaused && signal !== "SIGCONT");
    this.#lives.at(-1)?.child.kill(signal);
  }

  /** Has Node write down what keeps the process from ending. */
  async report(): Promise<void> {
    if (!this.isUp || process.platform === "win32") return;
    this.signal("SIGUSR2");
    await this.ended(1000);
  }

  /** @returns how it ended; undefined when it did not within the time */
  async ended(limit_ms: number): Promise<number | NodeJS.Signals | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, limit_ms, undefined)));
    const how = await Promise.race([this.#lives.at(-1)?.exited, limit]);
    clearTimeout(timer);
    return how;
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#lives.at(-1)?.exited;
    this.isPaused = false;
  }

  /** Its disk is gone, and a new one comes. */
  replaceDisk(): void {
    rmSync(this.stateDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    this.#disk += 1;
    mkdirSync(this.stateDir, { recursive: true });
  }

  /** Undefined when it does not answer in time. */
  async status(limit_ms = 300): Promise<ClusterStatus | undefined> {
    try {
      const answer = await this.ask("/api/v1/cluster", limit_ms);
      return clusterStatusSchema.parse(await answer.json());
    } catch {
      return undefined;
    }
  }

  async ask(path: string, limit_ms: number, headers: Record<string, string> = {}): Promise<Response> {
    const signal = AbortSignal.timeout(limit_ms);
    const answer = await fetch(`${this.ownAddress}${path}`, { headers: { authorization, ...headers }, signal });
    if (!answer.ok) throw new Error(`${this.name} answers ${answer.status} to ${path}: ${await answer.text()}`);
    return answer;
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execFileSync } from "node:child_process";
import { UnreliableProxy } from "../../../packages/client/src/testing/unreliable-proxy.ts";
import { type LimitedMemory, limitMemory } from "../../memory-limit.ts";
import { freePort, start, until, type Started } from "../../processes.ts";
import { seeded } from "../../seeded.ts";
import { type ChaosSuite, writeChaosSuite } from "../suite.ts";
import { type Fault, slowness } from "./faults.ts";
import { Service } from "./service.ts";

const adminToken = "chaos-admin-token-chaos-admin-token-0";
/** The undisturbed suite takes about this long on three workers. */
const usualLength_ms = 2500;

/** A coordinator, three workers and a run, all processes of their own; the first worker reaches the coordinator over a proxy. */
export class Scene {
  readonly root = mkdtempSync(join(tmpdir(), "shardwright-faults-"));
  readonly suite: ChaosSuite;
  readonly random: () => number;
  readonly #fault: Fault;
  readonly #hasSpeculation: boolean;
  readonly #started = new Set<Started>();
  readonly #workers = new Map<string, Started>();
  readonly #over = new AbortController();
  readonly #limited: LimitedMemory[] = [];
  readonly service = new Service();
  /** When what is to be struck was struck, since 1970. */
  readonly strikes_ms: number[] = [];
  #port = 0;
  #proxy: UnreliableProxy | undefined;
  #coordinator: Started | undefined;
  #disk: string | undefined;
  #isKeptUp = false;

  private constructor(fault: Fault, seed: number) {
    this.#fault = fault;
    this.random = seeded(seed);
    this.#hasSpeculation = seed % 3 === 0;
    const directory = join(this.root, "suite");
    this.suite =
      fault.suite?.(directory, seed) ??
      writeChaosSuite(directory, seed, fault.before === undefined ? {} : { before: fault.before });
  }

  static async open(fault: Fault, seed: number): Promise<Scene> {
    const scene = new Scene(fault, seed);
    writeFileSync(join(scene.root, "time"), "+0\n");
    scene.#port = await freePort();
    await scene.#startCoordinator();
    scene.#proxy = await UnreliableProxy.start(scene.#address);
    if (fault.hasService === true) await scene.service.start();
    // What is to be struck from the start is struck before the first worker is there.
    if (fault.environment?.["CHAOS_DISK"] !== undefined) scene.smallDisk();
    for (const name of ["one", "two", "three"]) scene.startWorker(name);
    return scene;
  }

  get #address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get proxy(): UnreliableProxy {
    if (this.#proxy === undefined) throw new Error("the scene is not open");
    return this.#proxy;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  worker(name: string): Started {
    const worker = this.#workers.get(name);
    if (worker === undefined) throw new Error(`there is no worker ${name}`);
    return worker;
  }

  startWorker(name: string): void {
    const isFirst = name === "one";
    const own = isFirst || this.#fault.everywhere === true ? this.#filled(this.#fault.environment) : {};
    const environment = {
      SHARDWRIGHT_COORDINATOR: isFirst ? this.proxy.address : this.#address,
      SHARDWRIGHT_API_KEY: adminToken,
      CHAOS_ROOT: this.root,
      CHAOS_WORKER: name,
      CHAOS_SERVICE: String(this.service.port),
      CHAOS_SLOWNESS: String(slowness),
      ...own,
    };
    const args = ["worker", "--name", name, "--slots", "1", "--reconnect-interval", "0.5"];
    const worker = this.#launch(args, environment, this.root, this.#within(name));
    writeFileSync(join(this.root, `${name}.pid`), String(worker.child.pid));
    this.#workers.set(name, worker);
    void worker.exited.then(() => {
      if (this.#isKeptUp && !this.isOver && this.#workers.get(name) === worker) this.startWorker(name);
    });
  }

  /** Takes note that it is happening now. */
  struck(): void {
    this.strikes_ms.push(Date.now());
  }

  /** Starts again whatever worker ends, as a supervisor would. */
  async keepWorkersUp(): Promise<void> {
    this.#isKeptUp = true;
    for (const [name, worker] of this.#workers)
      if (worker.child.exitCode !== null || worker.child.signalCode !== null) this.startWorker(name);
  }

  startRun(): Started {
    // Without it nothing hides that an attempt was struck.
    const speculation = this.#hasSpeculation ? [] : ["--no-speculation"];
    const args = ["run", "--max-retries", "2", "--report-formats", "json", "--timeout", "100", ...speculation];
    return this.#launch(args, { SHARDWRIGHT_COORDINATOR: this.#address, SHARDWRIGHT_API_KEY: adminToken }, this.suite.directory);
  }

  async restartCoordinator(): Promise<void> {
    this.#coordinator?.child.kill("SIGKILL");
    await this.#coordinator?.exited;
    await this.#startCoordinator();
  }

  /** Waits for a moment within the run, which the seed chooses. */
  async moment(): Promise<void> {
    await this.until("the first case", async () => (await this.#cases()) > 0);
    await this.pause(this.random() * usualLength_ms);
  }

  /** Waits, but not beyond the end of the run. */
  async pause(duration_ms: number): Promise<void> {
    await delay(duration_ms, undefined, { signal: this.#over.signal }).catch(() => {});
  }

  /** Asks until the answer is yes, or the run is over. */
  until(what: string, ask: () => Promise<boolean>, limit_ms = 30_000): Promise<void> {
    return until(what, async () => this.isOver || (await ask()), limit_ms);
  }

  /** What the coordinator knows of the last worker of a name. @throws when there was none yet */
  async registrationOf(name: string): Promise<{ id: string; status: string }> {
    const { workers } = (await this.#ask("/api/v1/workers")) as { workers: { id: string; name: string; status: string }[] };
    const worker = workers.find((each) => each.name === name);
    if (worker === undefined) throw new Error(`no worker ${name} has registered`);
    return worker;
  }

  /** A disk with hardly any room, for the first worker's tests alone. */
  smallDisk(): string {
    if (this.#disk !== undefined) return this.#disk;
    const path = join(this.root, "small-disk");
    mkdirSync(path);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=131072", "tmpfs", path], { stdio: "pipe" });
    this.#disk = path;
    return path;
  }

  /** What all processes said, for when something is wrong. */
  outputs(): string {
    return [...this.#started].map((each) => `${each.child.spawnargs.slice(2, 6).join(" ")}\n${each.output()}`).join("\n\n");
  }

  end(): void {
    this.#over.abort();
  }

  async close(): Promise<void> {
    this.end();
    for (const { child } of this.#started) {
      child.kill("SIGCONT");
      child.kill("SIGKILL");
    }
    await Promise.all([...this.#started].map(({ exited }) => exited));
    await this.#proxy?.cut();
    await this.service.stop();
    // A test may outlive its worker by a moment.
    for (const limited of this.#limited) await until("the end of a group", async () => (limited.remove(), true));
    if (this.#disk !== undefined) execFileSync("umount", ["-l", this.#disk], { stdio: "pipe" });
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async #startCoordinator(): Promise<void> {
    const args = ["coordinator", "--port", String(this.#port), "--state-dir", join(this.root, "state")];
    this.#coordinator = this.#launch(args, { SHARDWRIGHT_ADMIN_TOKEN: adminToken, ...this.#filled(this.#fault.coordinator) });
    await until("the coordinator's answer", async () => (await fetch(`${this.#address}/readyz`)).ok);
  }

  #within(name: string): readonly string[] {
    if (this.#fault.memory_bytes === undefined) return [];
    const group = limitMemory(`${basename(this.root)}-${name}-${this.#limited.length}`, this.#fault.memory_bytes);
    this.#limited.push(group);
    return group.within;
  }

  #launch(args: string[], environment: Record<string, string>, cwd = this.root, within: readonly string[] = []): Started {
    const started = start(args, { cwd, environment, within });
    this.#started.add(started);
    return started;
  }

  #filled(environment: Readonly<Record<string, string>> = {}): Record<string, string> {
    return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value.replace("{root}", this.root)]));
  }

  async #cases(): Promise<number> {
    const { runs } = (await this.#ask("/api/v1/runs")) as { runs: { cases: number }[] };
    return runs[0]?.cases ?? 0;
  }

  async #ask(path: string): Promise<unknown> {
    return (await fetch(`${this.#address}${path}`, { headers: { authorization: `Bearer ${adminToken}` } })).json();
  }
}

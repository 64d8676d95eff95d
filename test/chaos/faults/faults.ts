import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FailureKind } from "@shardwright/core";
import { chromiumPath, noChromium } from "../../chromium.ts";
import { noMemoryLimit } from "../../memory-limit.ts";
import { fill, noSmallDisk } from "../../mounted-disk.ts";
import type { ChaosSuite } from "../suite.ts";
import type { Allowance } from "../verify.ts";
import { browserStruck, writeBrowserSuite } from "./browser-suite.ts";
import type { Scene } from "./scene.ts";

/** Something that goes wrong in a run on three workers, and what is to become of it. */
export interface Fault {
  readonly name: string;
  /** Why it cannot be made here; undefined where it can. */
  readonly missing?: string | undefined;
  /** What attempts that it strikes may be said to have died of; empty where it should strike none. */
  readonly kinds: readonly FailureKind[];
  /** What is to be said of each of them. */
  readonly says?: RegExp;
  /** What the first worker is started with; `{root}` stands for the round's folder. */
  readonly environment?: Readonly<Record<string, string>>;
  /** All workers are started with that. */
  readonly everywhere?: true;
  /** What the coordinator is started with. */
  readonly coordinator?: Readonly<Record<string, string>>;
  /** What each worker and all that it starts may use, in bytes. */
  readonly memory_bytes?: number;
  /** Tests find a service there, which can be stopped. */
  readonly hasService?: true;
  /** The suite, where it is another than the usual one. */
  readonly suite?: (directory: string, seed: number) => ChaosSuite;
  /** What some files of the suite do first. */
  readonly before?: (file: string, index: number) => string;
  /** Makes it happen, once the run is under way. Resolves when there is no more to do; the run may go on for longer. */
  strike(scene: Scene): Promise<void>;
  readonly allows?: Allowance;
}

/** How much longer tests wait here than in other rounds: what strikes at any moment is to find them at work. */
export const slowness = 3;
/** Files that a fault of the suite's own is in. */
const struck = ["part-03.test.mjs", "part-11.test.mjs", "part-17.test.mjs"];
const poison = "part-05.test.mjs";
const isStruck = (file: string) => struck.includes(file);

const libraries = ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"];
const fakeTime = libraries.find((path) => existsSync(path));

export const faults: readonly Fault[] = [
  {
    name: "worker killed",
    kinds: ["infrastructure"],
    async strike(scene) {
      await scene.moment();
      scene.struck();
      scene.worker("one").child.kill("SIGKILL");
    },
  },
  {
    name: "worker frozen",
    kinds: ["infrastructure"],
    async strike(scene) {
      await scene.moment();
      scene.struck();
      scene.worker("one").child.kill("SIGSTOP");
    },
  },
  {
    name: "zombie that goes on sending",
    kinds: ["infrastructure"],
    async strike(scene) {
      await scene.moment();
      scene.struck();
      scene.worker("one").child.kill("SIGSTOP");
      await scene.until(
        "the frozen worker is given up",
        async () => (await scene.registrationOf("one")).status === "lost",
        40_000,
      );
      scene.worker("one").child.kill("SIGCONT");
    },
  },
  {
    name: "network cut and healed",
    kinds: ["infrastructure"],
    async strike(scene) {
      await scene.moment();
      scene.struck();
      scene.proxy.stall();
      await scene.pause(3000 + scene.random() * 9000);
      await scene.proxy.mend();
    },
  },
  {
    name: "worker ten times slower",
    kinds: [],
    environment: { CHAOS_SLOWNESS: String(10 * slowness) },
    strike: async () => {},
  },
  {
    name: "disk full on one worker",
    missing: noSmallDisk,
    kinds: ["infrastructure"],
    environment: { CHAOS_DISK: "{root}/small-disk" },
    before: () =>
      `fs.writeFileSync((process.env.CHAOS_DISK ?? ${JSON.stringify("/tmp")}) + "/chaos-" + process.pid + ".tmp", Buffer.alloc(65536)); fs.rmSync((process.env.CHAOS_DISK ?? "/tmp") + "/chaos-" + process.pid + ".tmp");`,
    async strike(scene) {
      fill(join(scene.smallDisk(), "full"));
    },
  },
  {
    name: "test process killed",
    kinds: ["crash"],
    before: (file) => (isStruck(file) ? onceOnly(file, `process.kill(process.pid, "SIGKILL"); await wait(10_000);`) : ""),
    strike: async () => {},
    allows: { flaky: new Set(struck) },
  },
  {
    name: "out of memory: killed by the system",
    missing: noMemoryLimit,
    kinds: ["crash"],
    says: /out of memory/,
    memory_bytes: 512 * 1024 * 1024,
    before: (file) =>
      isStruck(file)
        ? onceOnly(file, `const held = []; for (;;) { held.push(Buffer.alloc(16 * 1024 * 1024, 1)); await wait(1); }`)
        : "",
    strike: async () => {},
    allows: { flaky: new Set(struck) },
  },
  {
    name: "out of memory: a heap that is full",
    kinds: ["crash"],
    says: /out of memory/,
    environment: { NODE_OPTIONS: "--max-old-space-size=160" },
    everywhere: true,
    before: (file) =>
      isStruck(file) ? onceOnly(file, `const held = []; for (;;) held.push(Array(1000).fill({ at: held.length }));`) : "",
    strike: async () => {},
    allows: { flaky: new Set(struck) },
  },
  {
    name: "browser crash",
    missing: chromiumPath === undefined ? noChromium : undefined,
    kinds: ["browser-crash"],
    suite: writeBrowserSuite,
    strike: async () => {},
    allows: { flaky: new Set(browserStruck) },
  },
  {
    name: "a test that kills its workers",
    kinds: ["infrastructure", "crash"],
    before: (file) =>
      file === poison
        ? `process.kill(Number(fs.readFileSync(process.env.CHAOS_ROOT + "/" + process.env.CHAOS_WORKER + ".pid", "utf8")), "SIGKILL"); await wait(10_000);`
        : "",
    strike: (scene) => scene.keepWorkersUp(),
    allows: { errored: new Set([poison]) },
  },
  {
    name: "mass failure: a service away for a while",
    kinds: ["assertion"],
    says: /ECONNREFUSED/,
    hasService: true,
    before: () =>
      `const net = await import("node:net"); await new Promise((resolve, reject) => { const socket = net.connect(Number(process.env.CHAOS_SERVICE), "127.0.0.1", () => { socket.destroy(); resolve(); }); socket.once("error", reject); });`,
    async strike(scene) {
      await scene.moment();
      scene.struck();
      await scene.service.stop();
      await scene.pause(1000 + scene.random() * 500);
      await scene.service.start();
    },
    // Fewer than five that failed together are not told from those that fail by themselves.
    allows: { flaky: "any" },
  },
  {
    name: "flapping worker",
    kinds: ["infrastructure"],
    async strike(scene) {
      const lives = new Set<string>();
      while (!scene.isOver) {
        await scene.until("the worker is there", async () => {
          const { id, status } = await scene.registrationOf("one");
          return status === "live" && !lives.has(id) && lives.add(id).size > 0;
        });
        await scene.pause(300 + scene.random() * 1200);
        scene.struck();
        scene.worker("one").child.kill("SIGKILL");
        await scene.worker("one").exited;
        if (!scene.isOver) scene.startWorker("one");
      }
    },
  },
  {
    name: "coordinator killed and restarted",
    kinds: ["infrastructure"],
    async strike(scene) {
      await scene.moment();
      scene.struck();
      await scene.restartCoordinator();
    },
  },
  {
    name: "coordinator's clock jumps an hour on, and back",
    missing: fakeTime === undefined ? "libfaketime is not installed" : undefined,
    kinds: [],
    coordinator: {
      LD_PRELOAD: fakeTime ?? "",
      FAKETIME_TIMESTAMP_FILE: "{root}/time",
      FAKETIME_NO_CACHE: "1",
      DONT_FAKE_MONOTONIC: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    async strike(scene) {
      await scene.moment();
      scene.struck();
      writeFileSync(join(scene.root, "time"), "+1h\n");
      await scene.pause(1000 + scene.random() * 1000);
      writeFileSync(join(scene.root, "time"), "+0\n");
    },
  },
];

/** Code that runs the first time that the file is run, wherever that is. */
function onceOnly(file: string, code: string): string {
  const marker = `process.env.CHAOS_ROOT + ${JSON.stringify(`/${file}.once`)}`;
  return `if (!fs.existsSync(${marker})) { fs.writeFileSync(${marker}, ""); ${code} }`;
}

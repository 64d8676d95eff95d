import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { readdirSync, readFileSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { startCoordinator } from "@shardwright/server";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { runToEnd, start } from "../processes.ts";
import { fill, fillInSuite, noSmallDisk, smallDisk } from "../small-disk.ts";
import { adminToken, startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, run, report, hasReports } = useSuite();
const mebibyte = 1024 * 1024;
const usingFiles = 'import fs from "node:fs";';

beforeEach(({ skip }) => skip(noSmallDisk !== undefined, noSmallDisk));

/** One error that names its remedy, and nothing that looks like success or like a fault of ours. */
function expectOneError(output: string, ...parts: string[]): void {
  expect(output.match(/^error: /gm)).toHaveLength(1);
  for (const part of parts) expect(output).toContain(part);
  expect(output).not.toMatch(/PASSED|fault in Shardwright|^ {4}at /m);
}

test("a coordinator that finds too little room says so, whatever it was about to write, and starts once there is room", async () => {
  const disk = smallDisk(mebibyte);
  const stateDir = join(disk, "state");
  const filler = join(disk, "filler");
  const startAndClose = async (durability: "full" | "relaxed") => {
    const coordinator = await startCoordinator({ stateDir, port: 0, log: "silent", durability });
    await coordinator.close({ drain_ms: 0 });
  };
  /** What could not be written with so much room, if anything. */
  const failureWith = async (left_kib: number, durability: "full" | "relaxed"): Promise<string | undefined> => {
    fill(filler, left_kib * 1024);
    try {
      await startAndClose(durability);
      rmSync(filler);
    } catch (error) {
      expect(error).toMatchObject({ code: "state-unwritable" });
      rmSync(filler);
      // Nothing half written is in its way.
      await startAndClose(durability);
      return /\/(state\/\S+\.db|state) cannot/.exec((error as Error).message)?.[1];
    } finally {
      rmSync(stateDir, { recursive: true });
    }
    return undefined;
  };
  let left_kib = 0;
  const failures: (string | undefined)[] = [];
  for (; left_kib < 1600 && !failures.includes(undefined); left_kib += 40)
    failures.push(await failureWith(left_kib, left_kib % 80 === 0 ? "full" : "relaxed"));
  expect(new Set(failures)).toEqual(new Set(["state/state.db", "state/ledger.db", undefined]));
  if (statfsSync(disk).bsize !== 4096) return;
  // Between the tables and the first entries of the log comes the admin's token, for which only a page or two may be missing.
  const enough_kib = 40 * failures.indexOf(undefined);
  const between = new Set<string | undefined>();
  for (left_kib = enough_kib - 80; left_kib < enough_kib; left_kib += 4) between.add(await failureWith(left_kib, "relaxed"));
  expect(between).toContain("state");
});

test("a run whose state fills the disk ends with one error; with room again, the same key takes it up", async () => {
  const disk = smallDisk(2 * mebibyte);
  const filler = join(disk, "filler");
  write("a.test.js", testOf(""));
  write("b.test.js", testOf(`if (process.env.MENDED !== "yes") { ${fillInSuite(filler)} }`, usingFiles));
  write("c.test.js", testOf(""));
  const again = (environment: Record<string, string>) =>
    runToEnd(["run", "--workers", "2", "--run-key", "pipeline-9", "--state-dir", join(disk, "state")], {
      cwd: folder(),
      environment,
    });
  const full = await again({});
  expectOneError(full.output, "The ledger could not be written", "database or disk is full", "--state-dir");
  expect(full.code).toBe(3);
  expect(hasReports()).toBe(false);
  rmSync(filler);
  const mended = await again({ MENDED: "yes" });
  expect(mended.output).toContain("3 discovered = 3 passed");
  expect(mended.code).toBe(0);
});

test("a run whose state finds no room at all has run nothing", async () => {
  const disk = smallDisk(mebibyte);
  fill(join(disk, "filler"));
  write("a.test.js", testOf('fs.writeFileSync("ran", "");', usingFiles));
  const { code, output } = await run("--state-dir", join(disk, "state"));
  expectOneError(output, "cannot be written", "--state-dir");
  expect(code).toBe(3);
  expect(readdirSync(folder())).not.toContain("ran");
});

test("a log is left out rather than take the room that the ledger may need: its test has its result all the same", async () => {
  const disk = smallDisk(8 * mebibyte);
  write("loud.test.js", testOf('console.log("x".repeat(1000));'));
  const { code, output } = await run("--state-dir", join(disk, "state"));
  expect(output).toMatch(/The log of task 0 was not stored: .* MiB would be left on its disk/);
  expect(output).toContain("1 discovered = 1 passed");
  expect(code).toBe(0);
  expect(readdirSync(join(disk, "state", "blobs"))).toEqual(["incoming"]);
  expect(readdirSync(join(disk, "state", "blobs", "incoming"))).toEqual([]);
});

test("a coordinator whose disk fills ends with one error; what it had acknowledged is there when it starts again", async () => {
  const disk = smallDisk(2 * mebibyte);
  const filler = join(disk, "filler");
  const fleet = await startFleet({ stateDir: join(disk, "state") });
  onTestFinished(fleet.end);
  const key = await fleet.token("read");
  fill(filler);
  const refused = await fleet.toEnd(["token", "create", "--scope", "read"]);
  expectOneError(refused.output, "The ledger could not be written: database or disk is full", "--state-dir");
  expect(refused.code).toBe(3);
  expect(await fleet.coordinator.exited).toBe(3);
  expect(fleet.coordinator.output()).toMatch(/^error: The ledger could not be written/m);
  rmSync(filler);
  await fleet.startAgain();
  expect(await fleet.toEnd(["runs"], { key })).toMatchObject({ code: 0 });
});

test("a coordinator whose disk fills ends whoever is connected: open streams, one that does not read, one that does not say what it wants", async () => {
  const disk = smallDisk(2 * mebibyte);
  const fleet = await startFleet({ stateDir: join(disk, "state") });
  onTestFinished(fleet.end);
  const { hostname, port } = new URL(fleet.address);
  const open = async (text: string): Promise<Socket> => {
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(text);
    return socket;
  };
  const head = `HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminToken}\r\n`;
  const capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} };
  const registration = { name: "one", instance: "instance-1", slots: 1, capabilities, version: "1" };
  const { worker } = (await fleet.call("POST", "workers", registration)) as { worker: string };
  const stream = await open(`GET /api/v1/workers/${worker}/signals ${head}\r\n`);
  await once(stream, "data");
  // Answers of some megabytes that nobody reads.
  const deaf = await open("");
  deaf.pause();
  for (let number = 0; number < 200; number += 1) deaf.write(`GET /api/v1/openapi.json ${head}\r\n`);
  await open(`POST /api/v1/runs ${head}content-length: 100000\r\n\r\n{`);
  await open("GET");
  await open("");
  fill(join(disk, "filler"));
  const refused = await fleet.call("POST", "tokens", { name: "another", scope: "read" }).catch(() => "cut off");
  expect(refused).not.toHaveProperty("secret");
  const limit = new Promise<string>((resolve) => setTimeout(resolve, 20_000, "it goes on"));
  expect(await Promise.race([fleet.coordinator.exited, limit])).toBe(3);
});

test("reports that find no room leave the old ones whole, and no run without its reports is green", async () => {
  const disk = smallDisk(2 * mebibyte);
  const out = join(disk, "out");
  write("a.test.js", testOf('if (process.env.BROKEN === "yes") throw new Error("two is not three");'));
  expect((await run("--output-dir", out)).code).toBe(0);
  const contents = () => Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), "utf8")]));
  const before = contents();
  expect(Object.keys(before)).toHaveLength(4);

  // The first report finds room, those after it do not.
  fill(join(disk, "filler"), statSync(join(out, "report.html")).size + 4096);
  const started = start(["run", "--workers", "1", "--output-dir", out, "--json"], { cwd: folder() });
  let stdout = "";
  started.child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  expect(await started.exited).toBe(3);
  expectOneError(started.output(), "The reports could not be written", "ENOSPC", "--output-dir");
  expect(stdout).toBe("");
  expect(contents()).toEqual(before);

  const failing = await runToEnd(["run", "--workers", "1", "--max-retries", "0", "--output-dir", out], {
    cwd: folder(),
    environment: { BROKEN: "yes" },
  });
  expectOneError(failing.output, "The reports could not be written", "two is not three", "1 discovered = 1 failed");
  expect(failing.code).toBe(3);
  expect(contents()).toEqual(before);
  expect(hasReports()).toBe(false);

  const merged = await runToEnd(["report", "merge", join(out, "report.json"), "--output-dir", join(disk, "merged")]);
  expectOneError(merged.output, "The reports could not be written", "--output-dir");
  expect(merged.code).toBe(3);
  expect(readdirSync(join(disk, "merged"))).toEqual([]);
});

test("a disk that is nearly full costs the artifacts, not the result and not the log", async () => {
  const disk = smallDisk(40 * mebibyte);
  write(
    "a.test.js",
    testOf('console.log("said"); fs.writeFileSync(process.env.SHARDWRIGHT_ARTIFACTS_DIR + "/kept.txt", "kept");', usingFiles),
  );
  const { code, output } = await run("--artifacts", "none/*", "--artifact-downloads", "all", "--state-dir", join(disk, "state"));
  expect(output).toContain("a.test.js: 1 of 1 artifact not stored");
  expect(output).toContain("less than 64 MiB would be left on its disk");
  expect(code).toBe(0);
  const [attempt] = report().tasks[0]?.attempts ?? [];
  expect(attempt?.artifacts).toBeUndefined();
  expect(attempt?.log).toContain("said");
});

import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isAlive } from "../process/is-alive.ts";
import { runIn } from "../testing/test-folder.ts";
import { TestProject } from "./testing/project.ts";

let project: TestProject;
let port: number;

beforeEach(async () => {
  project = await TestProject.create();
  port = await freePort();
});
afterEach(() => project.remove());

/** Of a slot of a run. */
function slot(number: number, run = "r-1"): Record<string, string> {
  return { SHARDWRIGHT_RUN_ID: run, SHARDWRIGHT_SLOT: String(number), SHARDWRIGHT_WORKER: `w-${number}` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What the fixtures wrote down since it was last asked. */
async function written(): Promise<string[]> {
  const path = join(project.path, "log");
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  await rm(path);
  return lines;
}

/** Fixtures that hold a port, and files that ask it. */
const write = (configuration: object) =>
  project.write({
    ".mocharc.json": JSON.stringify({ require: "./server.js", ...configuration }),
    "server.js": `const { appendFileSync } = require("node:fs"); const { createServer } = require("node:http");
const log = (line) => appendFileSync(__dirname + "/log", line + "\\n");
exports.mochaGlobalSetup = async function () {
  this.server = createServer((_, response) => response.end("here"));
  await new Promise((resolve, reject) => { this.server.once("error", reject); this.server.listen(${port}, "127.0.0.1", resolve); });
  process.env.ADDRESS = "http://127.0.0.1:${port}";
  console.log("listens");
  log("up " + process.pid + " " + process.env.SHARDWRIGHT_SLOT + " " + process.env.MOCHA_WORKER_ID);
};
exports.mochaGlobalTeardown = async function () { this.server.close(); log("down"); };`,
    ...Object.fromEntries(
      ["a", "b", "c", "d"].map((name) => [
        `test/${name}.js`,
        `const assert = require("node:assert"); it("asks", async () => assert.equal(await (await fetch(process.env.ADDRESS)).text(), "here"));`,
      ]),
    ),
  });

describe("in a process of their own", () => {
  test.each([
    ["of a parallel project", { parallel: true, jobs: 2 }, {}],
    ["where the suite's options say so", {}, { globalFixtures: "once" }],
  ] as const)(
    "what holds a port is set up once for all slots, and torn down after the last: %s",
    async (_, configuration, options) => {
      await write(configuration);
      const [first, second] = [await project.open(options, ".", slot(0)), await project.open(options, ".", slot(1))];
      const ran = await Promise.all([runIn(first, "test/a.js", "test/b.js"), runIn(second, "test/c.js", "test/d.js")]);
      expect(ran.flat().map(({ result }) => result)).toEqual(Array.from({ length: 4 }, () => ({ outcome: "passed" })));
      expect(
        ran
          .flat()
          .map(({ printed }) => printed.trim())
          .toSorted(),
      ).toEqual(["", "", "", "listens"]);
      expect(await first.close("graceful")).toBeUndefined();
      expect(await written()).toEqual([expect.stringMatching(/^up \d+ undefined undefined$/)]);
      expect(await second.close("graceful")).toBeUndefined();
      expect(await written()).toEqual(["down"]);
    },
  );

  test("nothing is set up for a session that runs no file", async () => {
    await write({ parallel: true });
    const session = await project.open({}, ".", slot(0));
    expect(await session.close("graceful")).toBeUndefined();
    expect(await written()).toEqual([]);
  });

  test("after a failure it is tried anew, and what was not set up is not torn down", async () => {
    await write({ parallel: true });
    await project.write({
      "server.js": `const { appendFileSync, existsSync } = require("node:fs"); const log = (line) => appendFileSync(__dirname + "/log", line + "\\n");
exports.mochaGlobalSetup = () => { log("tried"); if (!existsSync(__dirname + "/database")) throw new Error("no database"); process.env.DATABASE = "there"; };
exports.mochaGlobalTeardown = () => { log("down"); throw new Error("no way down"); };`,
      "test/a.js": `it("a", () => { if (process.env.DATABASE !== "there") throw new Error("missing"); });`,
    });
    const failing = await project.open({}, ".", slot(0));
    const [refused] = await runIn(failing, "test/a.js");
    const message = expect.stringMatching(/global setup failed: no database[^]*server\.js/);
    expect(refused?.result).toMatchObject({ outcome: "errored", failure: { kind: "setup-error", message } });
    expect(failing.usable).toBe(false);
    expect(await failing.close("graceful")).toBeUndefined();
    expect(await written()).toEqual(["tried"]);

    await project.write({ database: "" });
    const passing = await project.open({}, ".", slot(0));
    expect((await runIn(passing, "test/a.js"))[0]?.result).toEqual({ outcome: "passed" });
    expect(await passing.close("graceful")).toMatchObject({
      kind: "setup-error",
      message: expect.stringMatching(/global teardown failed: no way down/),
    });
    expect(await written()).toEqual(["tried", "down"]);
  });

  test("should the process that holds it die, the next file has all set up again", async () => {
    await write({ parallel: true });
    const session = await project.open({}, ".", slot(0));
    await runIn(session, "test/a.js");
    const [, holder] = /^up (\d+)/.exec((await written())[0] ?? "") ?? [];
    process.kill(Number(holder), "SIGKILL");
    await expect.poll(() => isAlive(Number(holder))).toBe(false);
    // Who used it hears of its end a moment later; a file that failed is for another process.
    const runAgain = async () => (await runIn(await project.open({}, ".", slot(0)), "test/b.js"))[0]?.result?.outcome;
    await expect.poll(runAgain).toBe("passed");
    expect(await written()).toHaveLength(1);
  });
});

test("in each process that runs files, tests find what a fixture leaves in memory; of two that want one port, the second says the way out", async () => {
  await write({});
  const first = await project.open({}, ".", slot(0));
  expect((await runIn(first, "test/a.js"))[0]?.result).toEqual({ outcome: "passed" });
  const second = await project.open({}, ".", slot(1));
  const message = expect.stringMatching(/EADDRINUSE[^]*globalFixtures: "once"/);
  expect((await runIn(second, "test/b.js"))[0]?.result).toMatchObject({
    outcome: "errored",
    failure: { kind: "setup-error", message },
  });
  await first.close("graceful");
  expect(await written()).toEqual([expect.stringMatching(/^up \d+ 0 undefined$/), "down"]);
});

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { playwrightRunner } from "./runner.ts";
import { imports, run, summary, Workspace } from "./testing/workspace.ts";

const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");

let workspace: Workspace | undefined;
afterEach(async () => {
  await workspace?.remove();
  workspace = undefined;
});
async function make(files: Record<string, string>): Promise<Workspace> {
  workspace = await Workspace.make(files);
  return workspace;
}
const linesOf = async (space: Workspace, name: string) =>
  (await readFile(join(space.path, name), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

test("each project runs a file by its own settings, and is named as the configuration names it", async () => {
  const space = await make({
    "playwright.config.ts": `export default { use: { locale: "none" }, projects: [
      { name: "one", use: { locale: "de" }, testMatch: ["a.spec.ts", "b.spec.ts"] },
      { name: "two", use: { locale: "fr" }, testMatch: /a\\.spec/, grep: /@wanted/, retries: 1, metadata: { x: 1 } },
      { name: "two", use: { locale: "it" }, testMatch: "c.spec.ts" },
      { name: "away", testDir: "away" },
    ] };`,
    "a.spec.ts": `${imports}test("is @wanted", ({ locale }) => console.log("locale " + locale)); test("is not", () => {});`,
    "b.spec.ts": `${imports}test("b", () => {});`,
    "c.spec.ts": `${imports}test("c", ({ locale }) => console.log("locale " + locale));`,
    "d.spec.ts": "",
    "away/e.spec.ts": "",
    "away/e.helper.ts": "",
  });
  const files = await space.discover();
  expect(files.map(({ file, variant }) => `${file}#${variant}`)).toEqual([
    "a.spec.ts#one",
    "a.spec.ts#two",
    "away/e.spec.ts#away",
    "b.spec.ts#one",
    "c.spec.ts#two1",
  ]);
  const ran = await run(await space.open(), ...files.map(({ file, args = [] }) => ({ file, args })), "a.spec.ts --project=six");
  expect(ran.map(summary)).toEqual([
    ["is @wanted: passed", "is not: passed"],
    ["is @wanted: passed"],
    [],
    ["b: passed"],
    ["c: passed"],
    [],
  ]);
  expect([0, 1, 4].map((index) => /locale (\w+)/.exec(ran[index]?.printed ?? "")?.[1])).toEqual(["de", "fr", "it"]);
  expect(ran[5]?.result?.failure?.message).toContain("six");

  const named = (list: typeof files) => list.map(({ file, variant }) => `${file}#${variant}`);
  expect(named(await space.discover({}, ".", { projects: ["one"] }))).toEqual(["a.spec.ts#undefined", "b.spec.ts#undefined"]);
  expect(named(await space.discover({ directories: ["away", "c.spec.ts"], excludes: ["away/*"] }))).toEqual(["c.spec.ts#two1"]);
  expect(named(await space.discover({ patterns: ["d.spec.ts", "**/*.helper.ts"] }))).toEqual([
    "away/e.helper.ts#away",
    "d.spec.ts#one",
  ]);
  await expect(space.discover({}, ".", { projects: ["none"] })).rejects.toMatchObject({
    message: expect.stringContaining(`"none" not found`),
  });
});

test("what is selected by title is selected among the projects that were asked for, not among those they depend on", async () => {
  const space = await make({
    "playwright.config.ts": `export default { projects: [
      { name: "setup", testMatch: "login.setup.ts", teardown: "cleanup" }, { name: "cleanup", testMatch: "out.teardown.ts" },
      { name: "main", testMatch: "a.spec.ts", dependencies: ["setup"] },
    ] };`,
    "login.setup.ts": `${imports}test("logs in", () => { process.env.TOKEN = "t"; });`,
    "out.teardown.ts": `${imports}import { writeFileSync } from "node:fs"; test("logs out", () => writeFileSync(__dirname + "/out", ""));`,
    "a.spec.ts": `${imports}test("a @smoke", () => { expect(process.env.TOKEN).toBe("t"); }); test("b", () => {});`,
  });
  const session = await space.open({ args: ["--grep", "@smoke"] });
  const [login, a] = await run(session, "login.setup.ts --project=setup", "a.spec.ts --project=main");
  expect([summary(login), summary(a)]).toEqual([["logs in: passed"], ["a @smoke: passed"]]);
  expect(await session.close("graceful")).toBeUndefined();
  expect(existsSync(join(space.path, "out"))).toBe(true);
});

test("files that the user names run, though no project matches them", async () => {
  const space = await make({
    "playwright.config.ts": `export default { testDir: "tests", testMatch: "*.never.ts" };`,
    "tests/deep/a.check.ts": `${imports}test("a", () => {});`,
    "elsewhere/b.check.ts": `${imports}test("b", () => {});`,
  });
  const files = await space.discover({ patterns: ["**/*.check.ts"] });
  const ran = await run(await space.open(), ...files.map(({ file, args = [] }) => ({ file, args })));
  expect(files.map(({ file }) => file)).toEqual(["elsewhere/b.check.ts", "tests/deep/a.check.ts"]);
  expect(ran[0]?.result).toMatchObject({ outcome: "failed", failure: { message: expect.stringContaining("elsewhere") } });
  expect(summary(ran[1])).toEqual(["a: passed"]);
});

describe("what is done once on a machine", () => {
  const log = (what: string) => `appendFileSync(process.env.LOG ?? "log.txt", ${what} + "\\n");`;
  const fs = `import { appendFileSync } from "node:fs";\n`;

  test("is done before the first file of any session, for all of them, and undone after the last", async () => {
    const port = await freePort();
    const space = await make({
      "playwright.config.ts": `export default {
        globalSetup: "./global.ts",
        webServer: { command: "node server.mjs", port: ${port}, reuseExistingServer: false, stdout: "pipe" },
        projects: [
          { name: "login", testMatch: "login.ts", teardown: "logout" },
          { name: "seed", testMatch: "seed.ts", dependencies: ["login"] },
          { name: "logout", testMatch: "logout.ts" },
          { name: "app", dependencies: ["seed"] },
        ],
      };`,
      "server.mjs": `import { createServer } from "node:http"; import { appendFileSync } from "node:fs";
        ${log(`"server up"`)} createServer((_, answer) => answer.end("served")).listen(${port}, "127.0.0.1");`,
      "global.ts": `${fs}export default () => { ${log(`"global up"`)} process.env.TOKEN = "t1"; return () => { ${log(`"global down"`)} }; };`,
      "login.ts": `${imports}${fs}test("logs in", () => { ${log(`"login " + process.env.TOKEN`)} process.env.LOGIN = "l1"; });`,
      "seed.ts": `${imports}${fs}test("seeds", () => { ${log(`"seed " + process.env.LOGIN`)} });`,
      "logout.ts": `${imports}${fs}test("logs out", () => { ${log(`"logout " + process.env.LOGIN`)} });`,
      "a.spec.ts": `${imports}test("a", async ({ baseURL }) => {
        expect(await (await fetch(baseURL!)).text()).toBe("served"); expect([process.env.TOKEN, process.env.LOGIN]).toEqual(["t1", "l1"]); });`,
      "b.spec.ts": `${imports}test("b", async ({ baseURL }) => { expect(await (await fetch(baseURL!)).text()).toBe("served"); });`,
    });
    const files = await space.discover();
    expect(files.map(({ file, variant }) => `${file}#${variant}`)).toEqual([
      "a.spec.ts#app",
      "b.spec.ts#app",
      "login.ts#login",
      "seed.ts#seed",
    ]);
    const [a, b, login, seed] = files.map(({ file, args = [] }) => ({ file, args }));
    const sessions = [
      await space.open({}, ".", { SHARDWRIGHT_SLOT: "0" }),
      await space.open({}, ".", { SHARDWRIGHT_SLOT: "1" }),
    ] as const;
    const [one, two] = await Promise.all([run(sessions[0], a!, login!), run(sessions[1], b!, seed!)]);
    expect([...one, ...two].map(summary)).toEqual([["a: passed"], ["logs in: passed"], ["b: passed"], ["seeds: passed"]]);
    expect([...one, ...two].map(({ result }) => result?.outcome)).toEqual(["passed", "passed", "passed", "passed"]);
    expect(await linesOf(space, "log.txt")).toEqual(["server up", "global up", "login t1", "seed l1"]);
    await sessions[0].close("graceful");
    expect(await linesOf(space, "log.txt")).toHaveLength(4);
    await sessions[1].close("now");
    expect((await linesOf(space, "log.txt")).slice(4)).toEqual(["logout l1", "global down"]);
    await expect.poll(() => answers(port)).toBe(false);
  });

  test("is told of by the last session when it cannot be undone, as Playwright's own run fails by it", async () => {
    const space = await make({
      "playwright.config.ts": `export default { globalTeardown: "./down.ts", projects: [
        { name: "login", testMatch: "login.ts", teardown: "logout" }, { name: "logout", testMatch: "logout.ts" },
        { name: "app", dependencies: ["login"] } ] };`,
      "down.ts": `${fs}export default () => { ${log(`"global down"`)} throw new Error("the database stays"); };`,
      "login.ts": `${imports}test("logs in", () => {});`,
      "logout.ts": `${imports}test("logs out", () => { throw new Error("still signed in"); });`,
      "a.spec.ts": `${imports}test("a", () => {});`,
    });
    await expect(
      promisify(execFile)(process.execPath, [cli, "test", "--project=app"], { cwd: space.path }),
    ).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining("the database stays"),
    });
    const sessions = [
      await space.open({}, ".", { SHARDWRIGHT_SLOT: "0" }),
      await space.open({}, ".", { SHARDWRIGHT_SLOT: "1" }),
    ] as const;
    const ran = await Promise.all(sessions.map((session) => run(session, "a.spec.ts --project=app")));
    expect(ran.flat().map(({ result }) => result?.outcome)).toEqual(["passed", "passed"]);
    expect(await sessions[0].close("graceful")).toBeUndefined();
    expect(await sessions[1].close("graceful")).toEqual({
      kind: "setup-error",
      message: expect.stringMatching(
        /^The project logout, which clears up, did not pass: logout\.ts: .*still signed in[^]*the database stays/,
      ),
    });
    expect(await linesOf(space, "log.txt")).toEqual(["global down", "global down"]);
  });

  test("keeps back, when it fails, what depends on it, and is done again for whoever asks again", async () => {
    const space = await make({
      "playwright.config.ts": `export default { projects: [
        { name: "login", testMatch: "login.ts" }, { name: "app", dependencies: ["login"] }, { name: "free", testMatch: "free.ts" } ] };`,
      "login.ts": `${imports}import { existsSync } from "node:fs"; test("logs in", () => expect(existsSync("open")).toBe(true));`,
      "a.spec.ts": `${imports}test("a", () => {});`,
      "free.ts": `${imports}test("free", () => {});`,
    });
    const session = await space.open();
    const [app, login, free] = ["a.spec.ts --project=app", "login.ts --project=login", "free.ts --project=free"] as const;
    const ran = await run(session, app, login, free);
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["errored", "failed", "passed"]);
    expect(ran[0]?.result?.failure).toEqual({
      kind: "setup-error",
      message: expect.stringMatching(/^The project login, which it depends on, did not pass: login\.ts: logs in failed: .+$/),
      conclusive: true,
    });
    expect(summary(ran[1])).toEqual(["logs in: failed"]);
    expect(ran[1]?.result?.failure).toMatchObject({ kind: "assertion", conclusive: true });
    await space.write({ open: "" });
    const again = await run(session, login, app);
    expect(again.map(({ result }) => result?.outcome)).toEqual(["passed", "passed"]);
  });

  test("keeps back for now what depends on a process that dies: another time it may live", async () => {
    const space = await make({
      "playwright.config.ts": `export default { projects: [
        { name: "login", testMatch: "login.ts" }, { name: "app", dependencies: ["login"] } ] };`,
      "login.ts": `${imports}test("logs in", () => process.exit(3));`,
      "a.spec.ts": `${imports}test("a", () => {});`,
    });
    const ran = await run(await space.open(), "a.spec.ts --project=app", "login.ts --project=login");
    expect(ran.map(({ result }) => result)).toMatchObject([
      {
        outcome: "errored",
        failure: { kind: "setup-error", message: expect.stringContaining("login.ts: The worker process ended") },
      },
      { outcome: "errored", failure: { kind: "crash" } },
    ]);
    expect(ran.map(({ result }) => result?.failure?.conclusive)).toEqual([undefined, undefined]);
  });

  test("fails every file when it is the global setup, and leaves nothing behind", async () => {
    const port = await freePort();
    const space = await make({
      "playwright.config.ts": `export default { globalSetup: "./global.ts", ${webServer(port)} };`,
      "global.ts": `export default () => { throw new Error("no database"); };`,
      "a.spec.ts": `${imports}test("a", () => {});`,
    });
    const ran = await run(await space.open(), "a.spec.ts", "a.spec.ts");
    expect(ran.map(({ result }) => result)).toMatchObject([
      { outcome: "errored", failure: { kind: "setup-error", message: expect.stringContaining("no database") } },
      { outcome: "errored" },
    ]);
    await expect.poll(() => answers(port)).toBe(false);
  });

  test("is gone when its process was killed", async () => {
    const port = await freePort();
    const space = await make({
      "playwright.config.ts": `export default { globalSetup: "./global.ts", ${webServer(port)} };`,
      "global.ts": `${fs}export default () => { ${log(`String(process.pid)`)} };`,
      "a.spec.ts": `${imports}test("a", () => {});`,
    });
    const session = await space.open();
    await run(session, "a.spec.ts");
    expect(await answers(port)).toBe(true);
    process.kill(Number((await linesOf(space, "log.txt"))[0]), "SIGKILL");
    await session.close("now");
    await expect.poll(() => answers(port)).toBe(false);
  });

  test("a project's own number of workers holds for all sessions", async () => {
    const space = await make({
      "playwright.config.ts": `export default { projects: [{ name: "alone", workers: 1 }] };`,
      ...Object.fromEntries(
        ["a", "b"].map((name) => [
          `${name}.spec.ts`,
          `${imports}${fs}test("${name}", async () => { ${log(`"in"`)} await new Promise((go) => setTimeout(go, 50)); ${log(`"out"`)} });`,
        ]),
      ),
    });
    const sessions = await Promise.all(["0", "1"].map((slot) => space.open({}, ".", { SHARDWRIGHT_SLOT: slot })));
    await Promise.all(sessions.map((session, index) => run(session, `${index === 0 ? "a" : "b"}.spec.ts`)));
    expect(await linesOf(space, "log.txt")).toEqual(["in", "out", "in", "out"]);
    expect(existsSync(join(space.path, "test-results"))).toBe(true);
  });
});

test.each([
  ["playwright.config.mts", { "playwright.config.mts": "" }],
  ["the script ‘e2e’ of package.json", { "package.json": `{"scripts":{"e2e":"cross-env A=1 playwright test --project=x"}}` }],
  [undefined, { "package.json": `{"scripts":{"postinstall":"playwright install","test":"vitest"}}`, "vitest.config.ts": "" }],
])("detection finds %s", async (sign, files) => {
  const space = await make(files);
  expect(await playwrightRunner.detect({ workspace: space.path, directory: "." })).toBe(sign);
});

/** A server that would run for ever. */
function webServer(port: number): string {
  const program = `require('node:net').createServer(() => {}).listen(${port}, '127.0.0.1')`;
  return `webServer: { command: ${JSON.stringify(`node -e "${program}"`)}, port: ${port} }`;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

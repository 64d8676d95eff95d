import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive } from "../process/is-alive.ts";
import { runIn } from "../testing/test-folder.ts";
import { TestProject } from "./testing/project.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

const log = `import { appendFileSync } from "node:fs"; const log = (line: string) => appendFileSync(import.meta.dirname + "/log", line + "\\n");`;
const withSetup = `export default { test: { globalSetup: "./setup.ts" } };`;

/** Of a slot of a run. */
function slot(number: number, run = "r-1"): Record<string, string> {
  return { SHARDWRIGHT_RUN_ID: run, SHARDWRIGHT_SLOT: String(number), SHARDWRIGHT_WORKER: `w-${number}` };
}

test("what holds a port is set up once for all slots of a run, found by all files, and torn down after the last", async () => {
  await project.write({
    "vitest.config.ts": withSetup,
    "setup.ts": `import { createServer } from "node:http"; ${log}
export default async ({ provide }: { provide: (key: string, value: unknown) => void }) => {
  const server = createServer((_, response) => response.end("here"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  process.env.PORT_OF_ALL = String(port);
  provide("known", new Map([["since", new Date(1000)]]));
  log("up " + process.env.SHARDWRIGHT + " " + process.env.SHARDWRIGHT_SLOT);
  return () => { log("down"); server.close(); };
};`,
    ...Object.fromEntries(
      ["a", "b", "c", "d"].map((name) => [
        `${name}.test.ts`,
        `import { expect, inject, test } from "vitest"; test("asks", async () => {
  expect(await (await fetch("http://127.0.0.1:" + process.env.PORT_OF_ALL)).text()).toBe("here");
  expect(inject("known" as never)).toEqual(new Map([["since", new Date(1000)]]));
});`,
      ]),
    ),
  });
  const [first, second] = [await project.open({}, slot(0)), await project.open({}, slot(1))];
  const ran = await Promise.all([runIn(first, "a.test.ts", "b.test.ts"), runIn(second, "c.test.ts", "d.test.ts")]);
  expect(ran.flat().map(({ result }) => result)).toEqual(Array.from({ length: 4 }, () => ({ outcome: "passed" })));
  expect(await first.close("graceful")).toBeUndefined();
  expect(await project.log()).toEqual(["up 1 undefined"]);
  expect(await second.close("graceful")).toBeUndefined();
  expect(await project.log()).toEqual(["down"]);
});

test("each run has its own", async () => {
  await project.write({
    "vitest.config.ts": withSetup,
    "setup.ts": `${log} export default () => { log("up"); return () => log("down"); };`,
    "a.test.ts": `import { test } from "vitest"; test("a", () => {});`,
  });
  const sessions = [await project.open({}, slot(0, "r-1")), await project.open({}, slot(0, "r-2"))];
  for (const session of sessions) await runIn(session, "a.test.ts");
  expect(await project.log()).toEqual(["up", "up"]);
});

test("a project's own is run before its first file, the root's after it, and none for a project without files", async () => {
  await project.write({
    "vitest.config.ts": `export default { test: { globalSetup: "./root.ts", projects: [
  { test: { name: "one", include: ["one.test.ts"], globalSetup: "./one.ts" } },
  { test: { name: "two", include: ["two.test.ts"], globalSetup: "./two.ts" } },
  { test: { name: "three", include: ["three.test.ts"] } } ] } };`,
    ...Object.fromEntries(
      ["root", "one", "two"].map((name) => [
        `${name}.ts`,
        `${log} export default () => { log("${name} up"); process.env.LAST = "${name}"; return () => log("${name} down"); };`,
      ]),
    ),
    "one.test.ts": `import { expect, test } from "vitest"; test("a", () => { expect(process.env.LAST).toBe("root"); });`,
    "two.test.ts": `import { test } from "vitest"; test("a", () => {});`,
    "three.test.ts": `import { expect, test } from "vitest"; test("a", () => { expect(process.env.LAST).toBe("root"); });`,
  });
  const session = await project.open({}, slot(0));
  const ran = [
    ...(await runIn(session, { file: "one.test.ts", args: ["--project=one"] })),
    ...(await runIn(session, { file: "three.test.ts", args: ["--project=three"] })),
  ];
  expect(ran.map(({ result }) => result)).toEqual([{ outcome: "passed" }, { outcome: "passed" }]);
  await session.close("graceful");
  expect(await project.log()).toEqual(["one up", "root up", "root down", "one down"]);
});

test("after a failure it is tried anew, with what was begun cleared up", async () => {
  await project.write({
    "vitest.config.ts": `export default { test: { globalSetup: ["./first.ts", "./setup.ts"] } };`,
    "first.ts": `${log} export default () => { log("first up"); return () => log("first down"); };`,
    "setup.ts": `import { existsSync, writeFileSync } from "node:fs";
export default () => { if (existsSync("tried")) return; writeFileSync("tried", ""); throw new Error("the database starts"); };`,
    "a.test.ts": `import { test } from "vitest"; test("a", () => {});`,
  });
  const [first, second] = [await project.open({}, slot(0)), await project.open({}, slot(1))];
  const [refused] = await runIn(first, "a.test.ts");
  expect(refused?.result).toMatchObject({
    outcome: "errored",
    failure: { kind: "setup-error", message: expect.stringContaining("the database starts") },
  });
  expect(first.usable).toBe(false);
  const [ran] = await runIn(second, "a.test.ts");
  expect(ran?.result?.outcome).toBe("passed");
  await Promise.all([first.close("graceful"), second.close("graceful")]);
  const lines = await project.log();
  expect(lines.toSorted()).toEqual(["first down", "first down", "first up", "first up"]);
});

test("should the process that holds it die, the next file has all set up again", async () => {
  await project.write({
    "vitest.config.ts": withSetup,
    "setup.ts": `${log} export default () => { log(String(process.pid)); process.env.HOLDER = String(process.pid); };`,
    "a.test.ts": `import { test } from "vitest"; test("a", () => console.log("holder " + process.env.HOLDER + "."));`,
    "b.test.ts": `import { test } from "vitest"; test("a", () => console.log("holder " + process.env.HOLDER + "."));`,
  });
  const session = await project.open({}, slot(0));
  const [before] = await runIn(session, "a.test.ts");
  const [holder = ""] = await project.log();
  process.kill(Number(holder), "SIGKILL");
  await expect.poll(() => isAlive(Number(holder))).toBe(false);
  const other = await project.open({}, slot(1));
  const [after] = await runIn(other, "b.test.ts");
  const [next = ""] = await project.log();
  expect(next).not.toBe(holder);
  expect(before?.printed).toContain(`holder ${holder}.`);
  expect(after?.printed).toContain(`holder ${next}.`);
});

test("what it prints is shown with the file that waited for it, and with no other", async () => {
  await project.write({
    "vitest.config.ts": withSetup,
    "setup.ts": `export default () => { console.log("the database is at 5432"); };`,
    "a.test.ts": `import { test } from "vitest"; test("a", () => {});`,
    "b.test.ts": `import { test } from "vitest"; test("b", () => {});`,
  });
  const session = await project.open({}, slot(0));
  const ran = await runIn(session, "a.test.ts", "b.test.ts");
  expect(ran.map(({ printed }) => printed.includes("5432"))).toEqual([true, false]);
});

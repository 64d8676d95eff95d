import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runIn } from "../testing/test-folder.ts";
import { TestProject } from "./testing/project.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

/** Fails when another file of the kind runs beside it. */
const alone = `import { mkdirSync, rmdirSync } from "node:fs"; import { test } from "vitest";
test("is alone", async () => { mkdirSync("busy"); await new Promise((resolve) => setTimeout(resolve, 200)); rmdirSync("busy"); });`;

test("files of a project without fileParallelism run one at a time on a machine, whatever its slots; others run beside them", async () => {
  await project.write({
    "vitest.config.ts": `export default { test: { projects: [
  { test: { name: "serial", include: ["*.serial.ts"], fileParallelism: false } },
  { test: { name: "free", include: ["*.free.ts"] } } ] } };`,
    "a.serial.ts": alone,
    "b.serial.ts": alone,
    "c.serial.ts": alone,
    // They meet, or one of them waits for ever.
    ...Object.fromEntries(
      ["a", "b"].map((own) => [
        `${own}.free.ts`,
        `import { existsSync, writeFileSync } from "node:fs"; import { expect, test } from "vitest";
test("meets the other", async () => { writeFileSync("${own}", ""); await expect.poll(() => existsSync("a") && existsSync("b"), { timeout: 60_000 }).toBe(true); }, 90_000);`,
      ]),
    ),
  });
  const sessions = [await project.open({}, { SHARDWRIGHT_SLOT: "0" }), await project.open({}, { SHARDWRIGHT_SLOT: "1" })];
  const [first, second] = sessions;
  if (first === undefined || second === undefined) throw new Error("two sessions were opened");
  const serial = (name: string) => ({ file: `${name}.serial.ts`, args: ["--project=serial"] });
  const free = (name: string) => ({ file: `${name}.free.ts`, args: ["--project=free"] });
  const ran = await Promise.all([runIn(first, serial("a"), serial("b"), free("a")), runIn(second, serial("c"), free("b"))]);
  expect(ran.flat().map(({ result }) => result)).toEqual(Array.from({ length: 5 }, () => ({ outcome: "passed" })));
});

test("a session that is closed while it waits for its turn waits no longer", async () => {
  await project.write({
    "vitest.config.ts": `export default { test: { fileParallelism: false } };`,
    "a.test.ts": `import { existsSync, writeFileSync } from "node:fs"; import { expect, test } from "vitest";
test("a", async () => { writeFileSync("begun", ""); await expect.poll(() => existsSync("go"), { timeout: 60_000 }).toBe(true); }, 90_000);`,
    "b.test.ts": `import { test } from "vitest"; test("b", () => {});`,
  });
  const [first, second] = [await project.open({}, { SHARDWRIGHT_SLOT: "0" }), await project.open({}, { SHARDWRIGHT_SLOT: "1" })];
  const long = runIn(first, "a.test.ts");
  await expect.poll(() => existsSync(join(project.path, "begun")), { timeout: 60_000 }).toBe(true);
  const waiting = runIn(second, "b.test.ts");
  await second.close("now");
  const [ended] = await waiting;
  expect(ended?.cases).toEqual([]);
  writeFileSync(join(project.path, "go"), "");
  const [ran] = await long;
  expect(ran?.result?.outcome).toBe("passed");
  // The turn that it did not take is free again.
  const third = await project.open({}, { SHARDWRIGHT_SLOT: "1" });
  const [next] = await runIn(third, "b.test.ts");
  expect(next?.result?.outcome).toBe("passed");
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { runIn } from "../testing/test-folder.ts";
import { TestProject } from "./testing/project.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

const tests = {
  "a.test.ts": `import { expect, test } from "vitest"; test("one", () => {}); test("two", () => expect(1).toBe(2));`,
  "b.test.ts": `import { test } from "vitest"; test("three", () => {});`,
};

test("a project's reporters are told of each file and case, once that it begins, and never that it is over", async () => {
  await project.write({
    ...tests,
    "vitest.config.ts": `import { appendFileSync } from "node:fs";
import { DotReporter } from "vitest/node";
class Mine extends DotReporter { onTestModuleEnd(module) { appendFileSync("log", "dots " + module.state() + "\\n"); } }
const inline = { onTestModuleEnd: (module) => appendFileSync("log", "inline " + module.state() + "\\n") };
export default { test: { reporters: ["default", ["json", { outputFile: "own.json" }], ["./mine.ts", { mark: "mine" }], inline, new Mine(), new DotReporter(), false] } };`,
    "mine.ts": `import { appendFileSync } from "node:fs";
export default class {
  #mark: string;
  constructor({ mark }: { mark: string }) { this.#mark = mark; }
  #log(line: string) { appendFileSync("log", this.#mark + " " + line + "\\n"); }
  onInit(vitest: { projects: unknown[] }) { this.#log("init " + vitest.projects.length); }
  onTestRunStart() { this.#log("begin"); }
  async onTestCaseResult(test: { name: string; result(): { state: string } }) { await null; this.#log(test.name + " " + test.result().state); }
  onTestRunEnd() { this.#log("over"); }
}`,
  });
  const session = await project.open();
  const ran = await runIn(session, "a.test.ts", "b.test.ts");
  expect(ran.map(({ result, cases }) => [result?.outcome, cases.length])).toEqual([
    ["failed", 2],
    ["passed", 1],
  ]);
  await session.close("graceful");
  expect(await project.log()).toEqual([
    "mine init 1",
    "mine begin",
    "mine one passed",
    "mine two failed",
    "inline failed",
    "dots failed",
    "mine three passed",
    "inline passed",
    "dots passed",
  ]);
});

test("one that throws makes the file red, and is named; the next file is judged by itself", async () => {
  await project.write({
    ...tests,
    "vitest.config.ts": `let count = 0;
export default { test: { reporters: { onTestModuleEnd() { count += 1; if (count === 1) throw new Error("no connection"); } } } };`,
  });
  const ran = await runIn(await project.open(), "b.test.ts", "a.test.ts");
  expect(ran[0]).toMatchObject({
    cases: [{ status: "passed" }],
    result: {
      outcome: "failed",
      failure: { message: expect.stringMatching(/reporter of the project failed in onTestModuleEnd[^]*no connection/) },
    },
  });
  // A quarantine of cases does not excuse it.
  expect(ran[0]?.result?.failure?.complete).not.toBe(true);
  expect(ran[1]?.result).toMatchObject({ outcome: "failed", failure: { complete: true } });
});

test("one that cannot be loaded lets no file run, as with vitest itself", async () => {
  await project.write({ ...tests, "vitest.config.ts": `export default { test: { reporters: "./missing.ts" } };` });
  const [ran] = await runIn(await project.open(), "b.test.ts");
  expect(ran?.result).toMatchObject({
    outcome: "errored",
    failure: { kind: "setup-error", message: expect.stringContaining("./missing.ts could not be loaded") },
  });
});

import { afterEach, beforeEach, expect, test } from "vitest";
import type { Failure } from "../runner.ts";
import { TestProject } from "./testing/project.ts";
import { runIn } from "../testing/test-folder.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

/** Runs a file, then closes the session. @param teardown the body of the global teardown */
async function closeWith(teardown: string, more = ""): Promise<Failure | undefined> {
  await project.write({
    "vitest.config.ts": `export default { test: { globalSetup: "./setup.ts", ${more} } };`,
    "setup.ts": `import { appendFileSync } from "node:fs";
export default () => async () => { appendFileSync("log", "down\\n"); ${teardown} };`,
    "a.test.ts": `import { expect, test } from "vitest"; test("a", () => {}); test("b", () => expect(1).toBe(2));`,
  });
  const session = await project.open();
  const [ran] = await runIn(session, "a.test.ts");
  expect(ran?.result?.outcome).toBe("failed");
  const failure = await session.close("graceful");
  expect(await project.log()).toEqual(["down"]);
  // Whoever asks again is told the same.
  expect(await session.close("now")).toEqual(failure);
  return failure;
}

function setupError(...words: string[]): object {
  return { kind: "setup-error", message: expect.stringMatching(new RegExp(words.join("[^]*"))) };
}

test("a global teardown that fails is told when the session is closed; a good one is nothing to tell, whatever the tests did", async () => {
  expect(await closeWith(`throw new Error("no database left");`)).toEqual(setupError("no database left", "setup.ts"));
  expect(await closeWith("")).toBeUndefined();
});

test("so is one that only sets an exit code, but not what the project wants ignored", async () => {
  expect(await closeWith("process.exitCode = 3;")).toEqual(setupError("exit code was set to 3"));
  const ignores = "dangerouslyIgnoreUnhandledErrors: true";
  expect(await closeWith(`throw new Error("no database left");`, ignores)).toBeUndefined();
});

test("what a worker that files share cannot tear down is told, too", async () => {
  await project.write({
    "vitest.config.ts": `export default { test: { isolate: false, environment: "./environment.ts" } };`,
    "environment.ts": `export default { name: "own", viteEnvironment: "ssr", setup() { return { teardown() { throw new Error("window stuck"); } }; } };`,
    "a.test.ts": `import { test } from "vitest"; test("a", () => {});`,
  });
  const session = await project.open();
  const [ran] = await runIn(session, "a.test.ts");
  expect(ran?.result?.outcome).toBe("passed");
  expect(await session.close("graceful")).toEqual(setupError("window stuck"));
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Failure, TaskOutcome } from "../runner.ts";
import { python, TestProject } from "./testing/project.ts";
import { runIn } from "../testing/test-folder.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

const test_a = "def test_1(): pass\ndef test_2(): assert 0\n";

async function closeWith(
  conftest: string,
  file = test_a,
  closeGrace_ms?: number,
): Promise<{ outcome: TaskOutcome["outcome"] | undefined; failure: Failure | undefined }> {
  await project.write({ "conftest.py": `import pytest, time\n${conftest}`, "test_a.py": file });
  const session = await project.open([], closeGrace_ms);
  const [ran] = await runIn(session, "test_a.py");
  const failure = await session.close("graceful");
  expect(await session.close("now")).toEqual(failure);
  return { outcome: ran?.result?.outcome, failure };
}

function setupError(...words: string[]): object {
  return { kind: "setup-error", message: expect.stringMatching(new RegExp(words.join("[^]*"))) };
}

const fixture = (teardown: string) => `
@pytest.fixture(scope="session", autouse=True)
def whole():
    yield
    ${teardown}
`;

describe.skipIf(python === undefined)("at the end of a pytest session", () => {
  test.each([
    [
      "a fixture of the session that fails",
      fixture("raise RuntimeError('no database left')"),
      ["no database left", "conftest.py"],
    ],
    ["a hook that fails", "def pytest_sessionfinish(): raise RuntimeError('no report written')\n", ["no report written"]],
    ["a later hook that fails", "def pytest_unconfigure(): raise RuntimeError('lost')\n", ["lost"]],
    ["a hook that sets an exit code", "def pytest_sessionfinish(session): session.exitstatus = 5\n", ["exit code 5"]],
    [
      "a hook around all tests that fails",
      "@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtestloop():\n    yield\n    raise RuntimeError('too late')\n",
      ["too late", "exit code 3"],
    ],
    ["a hook that stops pytest", "def pytest_sessionfinish(): pytest.exit('enough', returncode=9)\n", ["exit code 9"]],
    ["a hook that ends the process", "import os\ndef pytest_sessionfinish(): os._exit(8)\n", ["code 8"]],
  ])("%s is told", async (_what, conftest, words) => {
    expect(await closeWith(conftest)).toEqual({ outcome: "failed", failure: setupError(...words) });
  });

  test("good ones are nothing to tell, whatever the tests did", async () => {
    const good = `${fixture("pass")}def pytest_sessionfinish(): pass\n`;
    expect(await closeWith(good)).toEqual({ outcome: "failed", failure: undefined });
    expect(await closeWith(good, "x = 1\n")).toEqual({ outcome: "skipped", failure: undefined });
  });

  test("what never ends is ended, and told", async () => {
    const { failure } = await closeWith(fixture("time.sleep(600)"), test_a, 200);
    expect(failure).toEqual(setupError("within 0.2 s, and was ended by force"));
  });

  test("a process that leaves by its own will tells it, too", async () => {
    const stops = "import pytest\ndef test_1(): pytest.exit('enough')\n";
    const ended = await closeWith(fixture("raise RuntimeError('no database left')"), stops);
    expect(ended).toEqual({ outcome: "errored", failure: setupError("no database left") });
  });
});

import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runIn } from "../testing/test-folder.ts";
import type { RunnerSession, Selection, Suite } from "../runner.ts";
import { pytestRunner } from "./runner.ts";
import { python, TestProject } from "./testing/project.ts";

let project: TestProject;
beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

/** Without what else is installed here. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PYTEST"))),
  PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1",
} as Record<string, string>;

/** What a run that selects so comes to: its files, and a session with the options that discovery found. */
async function selected(
  selection: Partial<Selection> = {},
  more: Readonly<Record<string, string>> = {},
): Promise<{ files: string[]; options: Suite["options"]; session: RunnerSession }> {
  const request = {
    workspace: project.path,
    directory: ".",
    options: { python: python ?? "" },
    environment: { ...environment, ...more },
  };
  const found = await pytestRunner.discover({
    ...request,
    selection: { patterns: [], directories: [], excludes: [], ...selection },
  });
  const session = project.keep(await pytestRunner.open({ ...request, options: found.options }));
  return { files: found.files.map(({ file }) => file), options: found.options, session };
}

const namesOf = async (session: RunnerSession, ...files: string[]) =>
  (await runIn(session, ...files)).map(({ cases, result }) => [result?.outcome, ...cases.map(({ path }) => path.join(" > "))]);

describe.skipIf(python === undefined)("pytest finds in a file", () => {
  test("what it finds in it when it looks through its folder: no tests but doctests in a file that is called otherwise", async () => {
    await project.write({
      "pytest.ini": "[pytest]\naddopts = --doctest-modules\n",
      "pkg/helpers.py": `def test_connection(host):\n    """\n    >>> 1 + 1\n    2\n    """\n\nclass TestServer:\n    def test_port(self): assert 0\n`,
      "test_a.py": "def test_a(): pass\n",
    });
    const { files, session } = await selected();
    expect(files).toEqual(["pkg/helpers.py", "test_a.py"]);
    expect(await namesOf(session, ...files)).toEqual([
      ["passed", "helpers.test_connection"],
      ["passed", "test_a"],
    ]);
  });

  test("all that is in it, where a pattern has chosen it", async () => {
    await project.write({ "checks/one.py": "def test_one(): pass\n" });
    const { files, options, session } = await selected({ patterns: ["checks/*.py"] });
    expect(options).toMatchObject({ anyFile: true });
    expect(await namesOf(session, ...files)).toEqual([["passed", "test_one"]]);
  });

  test("what it finds with the configuration of the folder that was chosen", async () => {
    await project.write({
      "api/pytest.ini": "[pytest]\npython_functions = check_*\n",
      "api/test_a.py": "def check_a(): pass\ndef test_a(): assert 0\n",
    });
    const { files, session } = await selected({ directories: ["api"] });
    expect(await namesOf(session, ...files)).toEqual([["passed", "check_a"]]);
  });
});

/** As pytest-xdist, which need not be installed, brings it. */
const distributed = `import os
def pytest_addoption(parser):
    parser.addoption("--processes", dest="numprocesses", type=int)
seen = []
def note(config):
    seen.append("%s %s" % (getattr(config, "workerinput", {}).get("workerid"), os.environ.get("PYTEST_XDIST_WORKER")))
def pytest_configure(config): note(config)
def pytest_sessionstart(session): note(session.config)
def pytest_sessionfinish(session):
    note(session.config)
    open("seen", "w").write(", ".join(seen))
`;

describe.skipIf(python === undefined)("a project that is used to pytest-xdist", () => {
  const test_a = `import os
def test_a(request):
    open("inside", "w").write("%s %s" % (getattr(request.config, "workerinput", None), os.environ.get("PYTEST_XDIST_WORKER")))
`;
  const inside = () => readFile(join(project.path, "inside"), "utf8");

  test("has its processes told apart by name while tests run, and none of them is less than the whole before and after that", async () => {
    await project.write({
      "pytest.ini": "[pytest]\naddopts = --processes 3\n",
      "conftest.py": distributed,
      "test_a.py": test_a,
    });
    const { session } = await selected({}, { SHARDWRIGHT_SLOT: "2", SHARDWRIGHT_RUN_ID: "r-1" });
    await runIn(session, "test_a.py");
    expect(await inside()).toBe("{'workerid': 'gw2', 'workercount': 3, 'testrunuid': 'r-1', 'mainargv': []} gw2");
    await session.close("graceful");
    expect(await readFile(join(project.path, "seen"), "utf8")).toBe("None None, None None, None None");
  });

  test("has a folder above that of each process that is the run's own", async () => {
    const writes = `def test_a(tmp_path_factory): open("inside", "w").write(str(tmp_path_factory.getbasetemp()))\n`;
    await project.write({ "pytest.ini": "[pytest]\naddopts = --processes 3\n", "conftest.py": distributed, "test_a.py": writes });
    const folderIn = async (run: string) => {
      const { session } = await selected({}, { SHARDWRIGHT_RUN_ID: run });
      await runIn(session, "test_a.py");
      return inside();
    };
    const [one, two, other] = [await folderIn("r-one"), await folderIn("r-one"), await folderIn("r-two")];
    expect(one).not.toBe(two);
    expect(dirname(one)).toBe(dirname(two));
    expect(dirname(other)).not.toBe(dirname(one));
    for (const folder of [one, other]) await rm(dirname(folder), { recursive: true });
  });

  test("and no other has", async () => {
    await project.write({
      "pytest.ini": "[pytest]\naddopts =\n",
      "conftest.py": distributed,
      "test_a.py": test_a,
    });
    const { session } = await selected({}, { SHARDWRIGHT_SLOT: "2" });
    await runIn(session, "test_a.py");
    expect(await inside()).toBe("None None");
  });
});

describe.skipIf(python === undefined || process.platform === "win32")("an interruption", () => {
  /** As if it came between two tests, while this process says what it does. */
  const interrupted = (when: string) => `import shardwright_channel
send = shardwright_channel.Channel.send
def interrupt(self, message):
    send(self, message)
    if message.get("type") == "${when}":
        shardwright_channel.Channel.send = send
        raise KeyboardInterrupt()
shardwright_channel.Channel.send = interrupt
def pytest_sessionfinish(exitstatus): open("finished", "w").write(str(int(exitstatus)))
`;

  test.each(["running", "case", "finished"])(
    "that comes when a message of the kind %s is sent ends the session well",
    async (when) => {
      await project.write({ "conftest.py": interrupted(when), "test_a.py": "def test_a(): pass\ndef test_b(): pass\n" });
      const session = await project.open();
      await runIn(session, "test_a.py");
      expect(await session.close("graceful")).toBeUndefined();
      expect(await readFile(join(project.path, "finished"), "utf8")).toBe("0");
    },
  );
});

test.skipIf(python === undefined)("what pytest could not begin for is told", async () => {
  await project.write({
    "conftest.py": `def pytest_sessionstart(session): raise OSError("the port is taken")\n`,
    "test_a.py": "def test_a(): pass\n",
  });
  const [ran] = await runIn(await project.open(), "test_a.py");
  expect(ran?.result?.failure?.message).toMatch(/exit code 3 before the first test[^]*the port is taken/);
});

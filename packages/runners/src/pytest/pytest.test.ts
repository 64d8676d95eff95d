import { spawnSync } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ShardwrightError } from "@shardwright/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CaseResult, RunnerSession, Selection, TaskOutcome } from "../runner.ts";
import { pytestRunner } from "./runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:PYTEST|PYTHONUNBUFFERED$)/.test(name)),
) as Record<string, string>;
/** `TEST_PYTHON` names the interpreter with the version of pytest to test with. */
const python = [process.env["TEST_PYTHON"] ?? "/usr/bin/python3", "python3", "python"].find(
  (candidate) => spawnSync(candidate, ["-c", "import pytest; assert int(pytest.__version__.split('.')[0]) >= 7"]).status === 0,
);

const everything: Selection = { patterns: [], directories: [], excludes: [] };
let workspace: string;
let session: RunnerSession | undefined;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "shardwright-pytest-"));
});
afterEach(async () => {
  await session?.close("now");
  session = undefined;
  await rm(workspace, { recursive: true, force: true });
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
}

function options(args: string[] = []): { python: string; args: string[] } {
  return { python: python ?? "", args };
}

function discover(selection: Partial<Selection> = {}, directory = ".", args: string[] = []) {
  const request = { workspace, directory, selection: { ...everything, ...selection }, options: options(args), environment };
  return pytestRunner.discover(request).then(({ files }) => files.map(({ file }) => file));
}

async function open(directory = ".", args: string[] = []): Promise<RunnerSession> {
  session = await pytestRunner.open({ workspace, directory, options: options(args), environment });
  return session;
}

interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

/** Runs the files as one batch; args of a task follow its file after a space. */
async function run(target: RunnerSession, ...files: string[]): Promise<Ran[]> {
  const ran: Ran[] = files.map(() => ({ cases: [], result: undefined, printed: "" }));
  const tasks = files.map((line, id) => ({ id, file: line.split(" ")[0] ?? "", args: line.split(" ").slice(1) }));
  for await (const event of target.execute(tasks)) {
    const entry = ran[event.id ?? 0];
    if (entry === undefined) continue;
    if (event.type === "case") entry.cases.push(event.result);
    if (event.type === "finished") entry.result = event.result;
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

function only(ran: Ran[]): Ran {
  const [first] = ran;
  if (first === undefined) throw new Error("nothing ran");
  return first;
}

function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map((result) =>
    [result.path.join(" > "), result.status, ...(result.note ? [result.note] : [])].join(": "),
  );
}

describe.skipIf(python === undefined)("pytest", () => {
  test("every kind of result keeps its meaning", async () => {
    await write({
      "suite/test_kinds.py": `
import os, unittest, pytest

def test_prints():
    os.write(1, b"\\xff caf\\xc3\\xa9")

def test_fails():
    assert 1 == 2, "no"

@pytest.mark.parametrize("x", ["a", "b"])
def test_each(x): pass

@pytest.mark.xfail(reason="known")
def test_expected(): assert 0

@pytest.mark.xfail(reason="known")
def test_surprise(): pass

@pytest.mark.xfail(strict=True, reason="known")
def test_strict(): pass

@pytest.mark.skip(reason="not here")
def test_skipped(): pass

@pytest.fixture
def before(): raise RuntimeError("before")

@pytest.fixture
def after():
    yield
    raise RuntimeError("after")

def test_setup(before): pass
def test_teardown(after): pass
def test_both(after): assert 0

class TestGroup:
    def test_inner(self, record_property): record_property("speed", 5)

class Old(unittest.TestCase):
    def test_old(self): self.assertEqual(1, 1)
`,
    });
    const ran = only(await run(await open("suite"), "suite/test_kinds.py"));
    expect(summary(ran)).toEqual([
      "test_prints: passed",
      "test_fails: failed",
      "test_each[a]: passed",
      "test_each[b]: passed",
      "test_expected: skipped: expected-failure",
      "test_surprise: passed: unexpected-pass",
      "test_strict: failed: unexpected-pass",
      "test_skipped: skipped",
      "test_setup: errored",
      "test_teardown: errored",
      "test_both: failed",
      "TestGroup > test_inner: passed",
      "Old > test_old: passed",
    ]);
    const [prints, fails] = ran.cases;
    expect(prints).toMatchObject({ file: "suite/test_kinds.py", line: 4, output: "\uFFFD café" });
    expect(fails?.message).toContain("no");
    expect(fails?.details).toContain("assert 1 == 2");
    expect(ran.cases.find((result) => result.path[0] === "TestGroup")?.properties).toEqual({ speed: "5" });
    expect(ran.result).toMatchObject({ outcome: "failed", failure: { kind: "assertion" } });
    expect(ran.result?.failure?.message).toMatch(/^3 of 13 cases failed\. test_fails: /);
  });

  test("what a file as a whole can end as", async () => {
    await write({
      "test_empty.py": "x = 1\n",
      "test_later.py": "import pytest\npytest.skip('later', allow_module_level=True)\n",
      "test_broken.py": "import no_such_module\n",
      "test_fixture.py": "def test_a(nowhere): pass\n",
      "test_good.py": "def test_a(): pass\n",
    });
    const files = ["test_empty.py", "test_later.py", "test_broken.py", "test_gone.py", "test_fixture.py", "test_good.py"];
    const ran = await run(await open(), ...files);
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["skipped", "skipped", "errored", "errored", "errored", "passed"]);
    expect(ran[1]?.cases).toMatchObject([{ status: "skipped", message: "later" }]);
    expect(ran[2]?.result?.failure).toMatchObject({ kind: "setup-error", message: expect.stringContaining("no_such_module") });
    expect(ran[3]?.result?.failure?.message).toContain("test_gone.py");
    expect(ran[4]?.result?.failure?.message).toContain("fixture 'nowhere' not found");
  });

  test("fixtures of the session outlive a file, all others do not", async () => {
    const fixture = (scope: string) => `
@pytest.fixture(scope="${scope}", autouse=True)
def for_${scope}():
    log("${scope} up")
    yield
    log("${scope} down")
`;
    const log = `import pytest\ndef log(line): open(${JSON.stringify(join(workspace, "log"))}, "a").write(line + "\\n")\n`;
    await write({
      "conftest.py": [log, ...["session", "module", "class"].map(fixture)].join(""),
      "pkg/conftest.py": `${log}${fixture("package")}`,
      "pkg/__init__.py": "",
      "pkg/test_a.py": "class TestA:\n    def test_1(self): pass\n    def test_2(self): pass\n",
      "pkg/test_b.py": "def test_b(): pass\n",
    });
    const target = await open();
    await run(target, "pkg/test_a.py");
    await run(target, "pkg/test_b.py");
    await target.close("graceful");
    const inside = ["package up", "module up", "class up", "class down", "module down", "package down"];
    const lines = await readFile(join(workspace, "log"), "utf8");
    expect(lines.trim().split("\n")).toEqual(["session up", ...inside, ...inside, "session down"]);
  });

  test("every file has the fixtures of the folders above it, in whatever order files come", async () => {
    const uses = "def test_1(top, mine): assert (top, mine) == ('top', __file__.split('test_')[1][0])\n";
    const gives = (name: string, value: string) =>
      `import pytest\n@pytest.fixture(autouse=True)\ndef ${name}(): return "${value}"\n`;
    await write({
      "pytest.ini": "[pytest]\ntestpaths = tests\naddopts = --import-mode=importlib\n",
      "tests/conftest.py": gives("top", "top"),
      "tests/x/conftest.py": gives("mine", "x"),
      "tests/y/conftest.py": gives("mine", "y"),
      "tests/y/__init__.py": "",
      "tests/x/test_x1.py": uses,
      "tests/x/test_x2.py": uses,
      "tests/y/test_y1.py": uses,
      "tests/y/deep/test_y2.py": uses,
      "elsewhere/test_z.py": "def test_1(request): assert 'top' not in request.fixturenames\n",
    });
    const files = [
      "elsewhere/test_z",
      "tests/x/test_x1",
      "tests/y/deep/test_y2",
      "tests/x/test_x2",
      "tests/y/test_y1",
      "tests/x/test_x1",
    ];
    const ran = await run(await open(), ...files.map((file) => `${file}.py`));
    expect(ran.map(summary)).toEqual(files.map(() => ["test_1: passed"]));
  });

  test("a test that asks pytest to stop is not heeded beyond its file", async () => {
    await write({
      "test_stop.py": "def test_1(request): request.session.shouldstop = 'enough'\n",
      "test_next.py": "def test_2(): pass\n",
    });
    const ran = await run(await open(), "test_stop.py", "test_next.py");
    expect(ran.map(summary)).toEqual([["test_1: passed"], ["test_2: passed"]]);
  });

  test("options that decide about a whole run do not decide about a task", async () => {
    await write({
      "pytest.ini": "[pytest]\naddopts = -x --maxfail=1 -q --lf --junitxml=own.xml --basetemp=tmp\n",
      ".pytest_cache/v/cache/lastfailed": `{"test_a.py::test_1": true}`,
      "test_a.py": "def test_1(tmp_path): assert 0\ndef test_2(): assert 0\n",
      "test_b.py": "def test_3(): pass\n",
    });
    expect(await discover()).toEqual(["test_a.py", "test_b.py"]);
    const target = await open();
    const ran = await run(target, "test_a.py", "test_b.py");
    expect(ran.map(summary)).toEqual([["test_1: failed", "test_2: failed"], ["test_3: passed"]]);
    await target.close("graceful");
    await expect(readFile(join(workspace, "own.xml"))).rejects.toThrow("ENOENT");
  });

  test("a task that ends the process is named, and the next ones are left for another session", async () => {
    await write({
      "test_exit.py": "import os\ndef test_1(): pass\ndef test_2(): os._exit(7)\n",
      "test_next.py": "def test_3(): pass\n",
    });
    const target = await open();
    const [first, next] = await run(target, "test_exit.py", "test_next.py");
    expect(summary(first)).toEqual(["test_1: passed", "test_2: errored"]);
    expect(first?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", exit_code: 7 } });
    expect(next?.result).toBeUndefined();
    expect(target.usable).toBe(false);
  });

  test("pytest.exit costs its own task alone", async () => {
    await write({
      "test_exit.py": "import pytest\ndef test_1(): pytest.exit('enough')\ndef test_2(): pass\n",
      "test_next.py": "def test_3(): pass\n",
    });
    const target = await open();
    const [first, next] = await run(target, "test_exit.py", "test_next.py");
    expect(first?.result).toMatchObject({
      outcome: "errored",
      failure: { kind: "runner-error", message: expect.stringContaining("enough") },
    });
    expect(next?.result).toBeUndefined();
    expect(target.usable).toBe(false);
  });

  test("what a test forks, spawns or leaves behind reports nothing and holds nothing up", async () => {
    await write({
      "test_fork.py": `
import multiprocessing, os, subprocess

def nothing(): pass

def test_fork():
    pid = os.fork()
    if pid: os.waitpid(pid, 0)

def test_spawn():
    process = multiprocessing.get_context("spawn").Process(target=nothing)
    process.start()
    process.join()
    assert process.exitcode == 0

def test_daemon():
    subprocess.Popen(["sleep", "60"], start_new_session=False)
`,
      "test_next.py": "def test_3(): pass\n",
    });
    const target = await open();
    const ran = await run(target, "test_fork.py", "test_next.py");
    expect(ran.map(summary)).toEqual([["test_fork: passed", "test_spawn: passed", "test_daemon: passed"], ["test_3: passed"]]);
    await target.close("graceful");
  });

  test("a flood of output is cut, and told", async () => {
    await write({ "test_flood.py": "def test_flood(): print(chr(0x1F600) * 5_000_000)\n" });
    const [result] = only(await run(await open(), "test_flood.py")).cases;
    expect(result?.output?.length).toBeLessThan(65_736);
    expect(result?.output).toMatch(/… [\d]+ more characters$/);
  });

  test("files of one name in two folders run, whichever process they meet in", async () => {
    await write({ "a/test_same.py": "def test_a(): pass\n", "b/test_same.py": "def test_b(): pass\n" });
    const ran = await run(await open(), "a/test_same.py", "b/test_same.py", "a/test_same.py");
    expect(ran.map(summary)).toEqual([["test_a: passed"], ["test_b: passed"], ["test_a: passed"]]);
  });

  test("a test that leaves its folder, and deletes where it went, is no trouble to the next file", async () => {
    await write({
      "sub/test_away.py": "import os, tempfile\ndef test_1():\n    os.chdir(tempfile.mkdtemp())\n    os.rmdir(os.getcwd())\n",
      "sub/test_next.py": "def test_2(): pass\n",
    });
    const ran = await run(await open("sub"), "sub/test_away.py", "sub/test_next.py");
    expect(ran.map(summary)).toEqual([["test_1: passed"], ["test_2: passed"]]);
    expect(ran[1]?.cases[0]?.file).toBe("sub/test_next.py");
  });

  test("what is printed past pytest's capture is told with the file that printed it", async () => {
    const files = ["test_a.py", "test_b.py", "test_c.py"];
    for (const file of files) await write({ [file]: `import sys\ndef test_1():\n    print("said by ${file}")\n` });
    const ran = await run(await open(".", ["-s"]), ...files);
    expect(ran.map(({ printed }) => printed.trim())).toEqual(files.map((file) => `said by ${file}`));
  });

  test("files and folders with the signs of a selection in their names run", async () => {
    const files = ["a[id]/test_a.py", "a[id]/deep/test_b[1].py", "plain/test_c.py"];
    for (const file of files) await write({ [file]: "def test_1(found): assert found == __file__.count('[')\n" });
    await write({ "conftest.py": "import pytest\n@pytest.fixture\ndef found(request): return str(request.path).count('[')\n" });
    const names = [...files].sort();
    expect(await discover()).toEqual(names);
    const ran = await run(await open(), ...names);
    expect(ran.map(summary)).toEqual(names.map(() => ["test_1: passed"]));
  });

  test("tests that a project's own plugin makes of other files run, whatever line they say they stand at", async () => {
    await write({
      "conftest.py": `
import pytest

class Check(pytest.Item):
    def runtest(self): assert "bad" not in self.path.read_text()
    def reportinfo(self): return self.path, -1, "check"
    def repr_failure(self, excinfo): return "it is bad"

class Checks(pytest.File):
    def collect(self): yield Check.from_parent(self, name="check")

def pytest_collect_file(parent, file_path):
    return Checks.from_parent(parent, path=file_path) if file_path.suffix == ".yaml" else None
`,
      "a.yaml": "good",
      "b.yaml": "bad",
    });
    expect(await discover()).toEqual(["a.yaml", "b.yaml"]);
    const ran = await run(await open(), "a.yaml", "b.yaml");
    expect(ran.map(summary)).toEqual([["check: passed"], ["check: failed"]]);
    expect(ran[1]?.cases).toMatchObject([{ file: "b.yaml", message: "it is bad" }]);
  });

  test("a task's arguments select cases", async () => {
    await write({ "test_a.py": "class TestX:\n    def test_1(self): pass\n    def test_2(self): pass\ndef test_3(): pass\n" });
    const ran = await run(await open(), "test_a.py ::TestX::test_2 ::test_3", "test_a.py -k 1", "test_a.py", "test_a.py --lf");
    expect(ran.map((entry) => entry.cases.map(({ path }) => path.at(-1)))).toEqual([
      ["test_2", "test_3"],
      ["test_1"],
      ["test_1", "test_2", "test_3"],
      [],
    ]);
    expect(ran[3]?.result?.failure?.message).toContain("--lf");
  });

  test("discovery follows the project's configuration and imports no test", async () => {
    await write({
      "py/pytest.ini": "[pytest]\npython_files = check_*.py\ntestpaths = checks more/check_z.py\naddopts = --ignore=checks/old\n",
      "py/checks/check_a.py": "raise SystemExit('imported')\n",
      "py/checks/pkg/__init__.py": "",
      "py/checks/pkg/check_b.py": "",
      "py/checks/test_c.py": "",
      "py/checks/old/check_d.py": "",
      "py/checks/.hidden/check_e.py": "",
      "py/checks/conftest.py": "collect_ignore = ['check_f.py']\n",
      "py/checks/check_f.py": "",
      "py/more/check_z.py": "",
      "py/more/check_beside.py": "",
      "py/other/check_y.py": "",
    });
    expect(await discover({}, "py")).toEqual(["py/checks/check_a.py", "py/checks/pkg/check_b.py", "py/more/check_z.py"]);
    expect(await discover({}, "py", ["checks/pkg/check_b.py::test_x", "more/check_z.py::TestX::test_y[1]"])).toEqual([
      "py/checks/pkg/check_b.py",
      "py/more/check_z.py",
    ]);
    await expect(discover({}, "py", ["no/such/folder"])).rejects.toMatchObject({ code: "discovery-failed" });
    expect(await discover({ directories: ["other"] }, "py")).toEqual(["py/other/check_y.py"]);
    expect(await discover({ excludes: ["checks/pkg/**"] }, "py")).toEqual(["py/checks/check_a.py", "py/more/check_z.py"]);
    expect(await discover({ patterns: ["**/test_*.py"] }, "py")).toEqual(["py/checks/test_c.py"]);
  });

  test("a suite that pytest cannot start says why", async () => {
    await write({ "conftest.py": "import no_such_module\n", "test_a.py": "def test_a(): pass\n" });
    await expect(discover()).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("no_such_module"),
    });
    const ran = only(await run(await open(), "test_a.py"));
    expect(ran.result?.failure).toMatchObject({ kind: "setup-error", message: expect.stringContaining("no_such_module") });
  });

  test("an interpreter without pytest, or none at all, is named", async () => {
    const bare = { ...environment, PYTHONPATH: workspace };
    await write({ "pytest.py": "raise ImportError('hidden')\n", "test_a.py": "def test_a(): pass\n" });
    const request = { workspace, directory: ".", selection: everything, options: options(), environment: bare };
    const expected: Partial<ShardwrightError> = {
      code: "framework-missing",
      message: expect.stringContaining("hidden") as string,
    };
    await expect(pytestRunner.discover(request)).rejects.toMatchObject(expected);
    session = await pytestRunner.open({ ...request });
    expect(only(await run(session, "test_a.py")).result?.failure?.message).toContain("hidden");
    await expect(pytestRunner.open({ ...request, options: { python: "no-such-python" } })).rejects.toMatchObject({
      code: "framework-missing",
    });
  });
});

test.each([
  ["setup.cfg", { "setup.cfg": "[tool:pytest]\n" }],
  ["pyproject.toml", { "pyproject.toml": "[project]\n[tool.pytest.ini_options]\n" }],
  ["tests/deep/test_a.py", { "tests/deep/test_a.py": "def test_a(): pass\n", "pyproject.toml": "[project]\n" }],
  [undefined, { "test_data.py": "x = 1\n", "node_modules/a/test_a.py": "def test_a(): pass\n" }],
])("detection finds %s", async (sign, files) => {
  await write(files);
  expect(await pytestRunner.detect({ workspace, directory: "." })).toBe(sign);
});

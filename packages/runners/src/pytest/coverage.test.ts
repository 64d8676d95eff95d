import { execFileSync, spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { coveragePartFile, coveragePartFolder } from "../coverage-parts.ts";
import type { Selection } from "../runner.ts";
import { runTasks, TestFolder } from "../testing/test-folder.ts";
import { pytestRunner } from "./runner.ts";
import { python as installed } from "./testing/project.ts";

const python = installed ?? "";
const hasCoverage = spawnSync(python, ["-c", "import pytest_cov"]).status === 0;
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:PYTEST|COV|PYTHONUNBUFFERED$)/.test(name)),
) as Record<string, string>;
const everything: Selection = { patterns: [], directories: [], excludes: [] };

const suite = {
  "app/__init__.py": "",
  "app/sums.py": `
def of(a, b):
    if b == 0:
        return a
    return a + b

def never():
    return 0
`,
  "app/alone.py": "x = 1\n",
  "app/child.py": `
import sys
if sys.argv[1:] == ["x"]:
    print("x")
else:
    print("other")
`,
  "tests/conftest.py": `
import pytest, queue, threading

@pytest.fixture(scope="session")
def server():
    from app import sums
    asked, answered = queue.Queue(), queue.Queue()
    def work():
        for pair in iter(asked.get, None):
            answered.put(sums.of(*pair))
    thread = threading.Thread(target=work)
    thread.start()
    yield lambda *pair: (asked.put(pair), answered.get())[1]
    asked.put(None)
    thread.join()
`,
  "tests/test_a.py": "import app\ndef test_a(server): assert server(1, 2) == 3\n",
  // The thread that serves it was started by the file before.
  "tests/test_b.py": "import app.alone\ndef test_b(server): assert server(1, 0) == 1\n",
  "tests/test_c.py": `
import subprocess, sys
def test_c(): assert subprocess.check_output([sys.executable, "-m", "app.child", "x"]).strip() == b"x"
`,
};

class Project extends TestFolder {
  readonly artifacts: string;
  readonly parts: string;
  readonly lastParts: string;

  constructor(path: string) {
    super(join(path, "workspace"));
    this.artifacts = join(path, "artifacts");
    this.parts = join(path, "parts");
    this.lastParts = join(path, "last-parts", "of the suite");
  }

  async configure(addopts: string, coveragerc = "", files: Readonly<Record<string, string>> = suite): Promise<void> {
    await this.write({
      ...files,
      "pytest.ini": `[pytest]\ntestpaths = tests\naddopts = ${addopts}\n`,
      ".coveragerc": coveragerc,
    });
  }

  async open(options: object = { coverage: true }) {
    const session = await pytestRunner.open({
      workspace: this.path,
      directory: ".",
      options: { python, ...options },
      environment: { ...environment, SHARDWRIGHT_ARTIFACTS_DIR: this.artifacts },
      lastParts: this.lastParts,
    });
    return this.keep(session);
  }

  /** Runs each file in the same process, and keeps what it leaves. */
  async measure(...files: string[]): Promise<void> {
    await mkdir(this.parts);
    const session = await this.open();
    for (const [id, file] of files.entries()) {
      const [ran] = await runTasks(session, [{ id: 0, file, args: [] }]);
      expect(ran?.result?.outcome, JSON.stringify(ran?.result)).toBe("passed");
      await cp(join(this.artifacts, coveragePartFolder, coveragePartFile), join(this.parts, `${id}.gz`));
    }
  }

  async join(workspace = this.path, failed = false) {
    const { parts } = this;
    return pytestRunner.joinCoverage?.({
      workspace,
      directory: ".",
      options: { python, coverage: true },
      environment,
      parts,
      failed,
    });
  }

  discover(selection: Partial<Selection> = {}, options: object = {}) {
    return pytestRunner.discover({
      workspace: this.path,
      directory: ".",
      selection: { ...everything, ...selection },
      options: { python, ...options },
      environment,
    });
  }
}

let folder: string;
let project: Project;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardwright-pytest-"));
  project = new Project(folder);
});
afterEach(async () => {
  await project.remove();
  await rm(folder, { recursive: true, force: true });
});

/** What coverage.py knows of a folder's run, file by file. */
async function knownIn(workspace: string): Promise<unknown> {
  execFileSync(python, ["-m", "coverage", "json", "-q", "--fail-under=0", "-o", "known.json"], {
    cwd: workspace,
    env: environment,
  });
  const text = await readFile(join(workspace, "known.json"), "utf8");
  // Of several contexts of a line, any may be the first.
  const byText = (left: unknown, right: unknown) => (String(left) < String(right) ? -1 : 1);
  const sorted = (_: string, value: unknown): unknown => (Array.isArray(value) ? value.toSorted(byText) : value);
  return (JSON.parse(text, sorted) as { files: unknown }).files;
}

describe.skipIf(!hasCoverage)("coverage of pytest", () => {
  test.each([
    ["lines", "--cov=app --cov-fail-under=95", ""],
    ["branches, by the configuration of coverage.py", "--cov", "[run]\nsource = app\nbranch = true\n[report]\nfail_under = 95\n"],
    ["paths from the suite's folder", "--cov=app --cov-fail-under=95", "[run]\nrelative_files = true\n"],
    ["each test by itself", "--cov=app --cov-context=test --cov-fail-under=95 -W error", "[json]\nshow_contexts = true\n"],
  ])("files that ran one by one cover what they cover in one run, wherever they ran: %s", async (_, addopts, coveragerc) => {
    await project.configure(addopts, coveragerc);
    await project.measure("tests/test_a.py", "tests/test_b.py", "tests/test_c.py");
    const elsewhere = join(folder, "elsewhere");
    await cp(project.path, elsewhere, { recursive: true });
    const outcome = await project.join(elsewhere);

    const whole = spawnSync(python, ["-m", "pytest"], { cwd: project.path, env: environment, encoding: "utf8" });
    expect(whole.status, whole.stdout).toBe(1);
    const known = await knownIn(project.path);
    expect(await knownIn(elsewhere)).toEqual(known);
    expect(Object.keys(known as object).sort()).toEqual(["app/__init__.py", "app/alone.py", "app/child.py", "app/sums.py"]);
    expect(outcome).toMatchObject({ isJudged: true, problems: [expect.stringMatching(/95/)] });
    expect(outcome?.text).toContain("app/sums.py");
    expect(whole.stdout).toContain(outcome?.problems[0]);
    expect((await readdir(elsewhere)).filter((name) => name.startsWith(".coverage"))).toEqual([".coverage", ".coveragerc"]);
  });

  test("nothing is said of coverage that is enough, or that nothing asks to be enough; reports are written", async () => {
    await project.configure("--cov=app --cov-report=xml:out/cov.xml --cov-fail-under=40");
    await project.measure("tests/test_a.py", "tests/test_b.py");
    expect(await project.join()).toMatchObject({ isJudged: true, problems: [] });
    expect(await readFile(join(project.path, "out/cov.xml"), "utf8")).toContain('filename="sums.py"');
    await project.configure("--cov=app");
    expect(await project.join()).toMatchObject({ isJudged: false, problems: [] });
  });

  test("where tests have failed, it reports as pytest-cov would", async () => {
    await project.configure("--cov=app --cov-fail-under=95 --no-cov-on-fail");
    await project.measure("tests/test_a.py");
    expect(await project.join(project.path, true)).toEqual({ text: "", isJudged: true, problems: [] });
    await project.configure("--cov=app --cov-fail-under=95");
    expect(await project.join(project.path, true)).toMatchObject({ text: expect.stringContaining("sums.py"), isJudged: true });
  });

  test("what runs while a session is torn down counts as well, when it has ended", async () => {
    const conftest = suite["tests/conftest.py"].replace("thread.join()", "thread.join()\n    sums.never()");
    await project.configure("--cov=app --cov-fail-under=60", "", { ...suite, "tests/conftest.py": conftest });
    await project.measure("tests/test_a.py", "tests/test_b.py");
    expect(await project.join()).toMatchObject({ problems: [expect.stringContaining("60")] });
    await project.closeSessions("graceful");
    const left = await readdir(project.lastParts);
    expect(left).toEqual([".gitignore", expect.stringMatching(/\.gz$/)]);
    for (const name of left.slice(1)) await cp(join(project.lastParts, name), join(project.parts, name));
    expect(await project.join()).toMatchObject({ problems: [] });
    const known = await knownIn(project.path);
    const whole = spawnSync(python, ["-m", "pytest", "tests/test_a.py", "tests/test_b.py"], {
      cwd: project.path,
      env: environment,
    });
    expect(whole.status).toBe(0);
    expect(await knownIn(project.path)).toEqual(known);
  });

  test("it is found out whether the project asks for it", async () => {
    await project.configure("--cov=app");
    const asks = { options: { coverage: true }, keeps: [`${coveragePartFolder}/**`] };
    expect(await project.discover()).toMatchObject({ ...asks, files: { length: 3 } });
    expect(await project.discover({ patterns: ["tests/test_a.py"] })).toMatchObject({ ...asks, files: { length: 1 } });
    expect((await project.discover({}, { coverage: false })).keeps).toBeUndefined();
    for (const addopts of ["--cov=app --no-cov", "-q"]) {
      await project.configure(addopts);
      const { keeps, options } = await project.discover();
      expect({ keeps, coverage: options["coverage"] }).toEqual({ keeps: undefined, coverage: undefined });
    }
    expect(await project.discover({}, { coverage: true })).toMatchObject(asks);
  });

  test("it is measured only where it was decided to be, also if the project does not ask", async () => {
    await project.configure("--cov=app --cov-fail-under=99 --cov-report=xml");
    const [ran] = await runTasks(await project.open({}), [{ id: 0, file: "tests/test_a.py", args: [] }]);
    expect(ran?.result?.outcome).toBe("passed");
    await project.closeSessions();
    expect(await readdir(project.path)).not.toContain(".coverage");
    expect(await readdir(folder)).not.toContain("artifacts");
    await project.configure("-q");
    await project.measure("tests/test_a.py");
    expect((await project.join())?.text).toMatch(/sums\.py .*%/);
  });

  test("a part holds what its file has run, not what the files before had", async () => {
    await project.configure("--cov=app --cov-branch");
    await project.write({ "tests/test_d.py": "def test_d():\n    from app import alone\n    assert alone.x == 1\n" });
    await project.measure("tests/test_a.py", "tests/test_d.py");
    await rm(join(project.parts, "0.gz"));
    await project.join();
    expect(await knownIn(project.path)).toMatchObject({
      "app/sums.py": { summary: { covered_lines: 0 } },
      "app/alone.py": { summary: { covered_lines: 1 } },
    });
    await writeFile(join(folder, "part"), gunzipSync(await readFile(join(project.parts, "1.gz"))));
    const kind = "import coverage; data = coverage.CoverageData(basename='part'); data.read(); print(data.has_arcs())";
    expect(execFileSync(python, ["-c", kind], { cwd: folder, encoding: "utf8" }).trim()).toBe("True");
  });

  test.each([
    ["names another data file", `os.environ["COVERAGE_FILE"] = os.path.abspath(".coverage")`],
    ["takes away what coverage.py reads", `[os.environ.pop(name) for name in list(os.environ) if name.startswith("COV")]`],
    ["goes elsewhere", `os.chdir(os.path.dirname(__file__))`],
  ])("a conftest.py that %s changes nothing of it, and loses nothing", async (_, line) => {
    await project.configure("--cov=app");
    await project.write({ "tests/conftest.py": `import os\n${line}\n${suite["tests/conftest.py"]}`, "precious.txt": "kept" });
    const before = await readdir(project.path);
    await project.measure("tests/test_a.py", "tests/test_b.py");
    await project.closeSessions();
    expect((await readdir(project.path)).filter((name) => !name.startsWith("."))).toEqual(
      before.filter((name) => !name.startsWith(".")),
    );
    await project.join();
    expect(await knownIn(project.path)).toMatchObject({ "app/sums.py": { summary: { covered_lines: 5 } } });
  });

  test("what tests measure themselves, in places of their own, is theirs", async () => {
    await project.configure("--cov=app", "", {
      ...suite,
      "tests/test_d.py": `
import os, subprocess, sys
def test_d(tmp_path):
    root = os.getcwd()
    assert "COVERAGE_FILE" not in os.environ
    measured = ["-m", "coverage", "run", "--source", os.path.join(root, "app"), os.path.join(root, "app", "child.py")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    subprocess.check_call([sys.executable, *measured], cwd=tmp_path, env=environment)
    assert (tmp_path / ".coverage").exists()
`,
    });
    await project.measure("tests/test_d.py");
    await project.join();
    expect(await knownIn(project.path)).toMatchObject({ "app/child.py": { summary: { covered_lines: 0 } } });
  });

  test("processes of multiprocessing count, which write where the configuration says", async () => {
    await project.configure("--cov=app", "[run]\nconcurrency = multiprocessing,thread\n", {
      ...suite,
      "tests/test_d.py": `
import multiprocessing
from app import sums
def test_d():
    process = multiprocessing.get_context("fork").Process(target=sums.of, args=(1, 0))
    process.start()
    process.join()
`,
    });
    await project.write({ "coverage.txt": "", ".coverage.other.1.000001": "not ours" });
    await utimes(join(project.path, ".coverage.other.1.000001"), 1, 1);
    await project.measure("tests/test_d.py");
    expect((await readdir(project.path)).filter((name) => name.startsWith(".coverage"))).toEqual([
      ".coverage.other.1.000001",
      ".coveragerc",
    ]);
    await rm(join(project.path, ".coverage.other.1.000001"));
    await project.join();
    expect(await knownIn(project.path)).toMatchObject({ "app/sums.py": { missing_lines: [5, 8] } });
  });

  test("many parts are joined, also without pytest's own reporter, and hooks that ask for the total get it", async () => {
    await project.configure("--cov=app -p no:terminal");
    const hook = `
def pytest_sessionfinish(session):
    plugin = session.config.pluginmanager.getplugin("_cov")
    open("total.txt", "w").write("%.0f" % plugin.cov_total)
`;
    await project.write({ "tests/conftest.py": suite["tests/conftest.py"] + hook });
    // What it asks for is not there where nothing runs.
    expect(await project.discover()).toMatchObject({ files: { length: 3 }, options: { coverage: true } });
    await project.measure("tests/test_a.py", "tests/test_b.py");
    await project.closeSessions();
    for (let number = 2; number < 70; number += 1)
      await cp(join(project.parts, `${number % 2}.gz`), join(project.parts, `${number}.gz`));
    expect(await project.join()).toEqual({ text: "", isJudged: false, problems: [] });
    expect(await readFile(join(project.path, "total.txt"), "utf8")).toBe("55");
  });

  test("files are taken of processes that have ended, also where nobody has asked how, by the name of this machine", () => {
    const program = `
import os, socket, subprocess, sys, time
sys.path.insert(0, ${JSON.stringify(import.meta.dirname)})
sys.dont_write_bytecode = True
import shardwright_coverage
socket.gethostname = lambda: "build.example.com"
ended = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
ended.stdout.read()
os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
names = [".coverage.build.example.com.%d.012345", ".coverage.build_example_com.pid%d.Xabcdefx.Habcdef0123h"]
for name in names:
    open(name % ended.pid, "w").close()
    open(name % os.getpid(), "w").close()
for name in (".coverage.elsewhere.%d.012345", ".coverage.%d", ".coveragerc", "x.coverage.build.example.com.%d.012345"):
    open(name.replace("%d", str(ended.pid)), "w").close()
found = shardwright_coverage.written_for(os.path.abspath(".coverage"), time.time() - 5)
assert sorted(map(os.path.basename, found)) == sorted(name % ended.pid for name in names)
`;
    if (process.platform === "linux") execFileSync(python, ["-c", program], { cwd: folder });
  });

  test("a file whose coverage cannot be kept is not green", async () => {
    await project.configure("--cov=app");
    await writeFile(project.artifacts, "");
    const [ran] = await runTasks(await project.open(), [{ id: 0, file: "tests/test_a.py", args: [] }]);
    expect(ran?.result).toMatchObject({
      outcome: "errored",
      failure: { kind: "runner-error", message: expect.stringContaining("could not be kept") },
    });
  });

  test("what cannot be joined is an error that says why", async () => {
    await project.configure("--cov=app --cov-fail-under=10");
    await project.measure("tests/test_a.py");
    await writeFile(join(project.parts, "1.gz"), gzipSync("no data of coverage"));
    await expect(project.join()).rejects.toMatchObject({ code: "coverage-failed", message: expect.stringContaining("database") });
    await writeFile(join(project.parts, "1.gz"), "not compressed");
    await expect(project.join()).rejects.toMatchObject({ code: "coverage-failed" });
  });

  test("where pytest-cov is missing, that is said", async () => {
    await project.configure("-p no:pytest_cov");
    const [ran] = await runTasks(await project.open(), [{ id: 0, file: "tests/test_a.py", args: [] }]);
    expect(ran?.result?.failure?.message).toContain("pytest-cov is not installed");
    await mkdir(project.parts);
    await expect(project.join()).rejects.toMatchObject({
      code: "coverage-failed",
      message: expect.stringContaining("pytest-cov is not installed"),
    });
  });
});

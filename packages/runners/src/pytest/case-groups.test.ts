import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CaseResult } from "../runner.ts";
import { python, TestProject } from "./testing/project.ts";
import { runIn } from "../testing/test-folder.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

const log = `import pytest, unittest\ndef log(line): open("log", "a").write(line + "\\n")\n`;
/** Values of a parameter; pytest makes the names of its cases of them. */
const values = [
  "a",
  "a b",
  "a b c",
  "1]",
  "[1]",
  "a::b",
  "(re.g|e[x]p)+? ^\\d{2}$ /x/g",
  `quotes ' " \` \\" $HOME $(rm) ; & | < > * ? # ! ~ %PATH% ^`,
  "Ünïcode 測試 🦊",
  "line\nbreak\ttab",
  "and not or ( ) -k",
];

const file = `${log}
@pytest.fixture(scope="module", autouse=True)
def around():
    log("module up")
    yield
    log("module down")

@pytest.mark.parametrize("value", ${JSON.stringify(values)})
def test_each(value): log("ran " + ascii(value))

def test_a(): log("ran a")
def test_a_b(): log("ran a_b")

class TestA:
    @classmethod
    def setup_class(cls): log("class up")
    def test_a(self): log("ran TestA")
    @pytest.mark.skip
    def test_skipped(self): pass
    @pytest.mark.parametrize("x", [1, 2])
    @pytest.mark.parametrize("y", ["1-1", "1"])
    def test_cross(self, x, y): log("ran cross %s %s" % (x, y))
    class TestInner:
        def test_a(self): log("ran inner")

class Old(unittest.TestCase):
    @classmethod
    def setUpClass(cls): log("old up")
    @classmethod
    def tearDownClass(cls): log("old down")
    def test_old(self): log("ran old")
    def test_subs(self):
        for i in range(2):
            with self.subTest(i=i): log("ran sub %d" % i)

@pytest.fixture(scope="module", params=["p", "q"])
def param(request): return request.param
def test_first(param): log("ran first " + param)
def test_second(param): log("ran second " + param)
`;

describe.skipIf(python === undefined)("a pytest file's cases", () => {
  test("tests of one xdist_group are listed as what must stay together", async () => {
    await project.write({
      "test_a.py": `import pytest
def test_alone(): pass
@pytest.mark.xdist_group("db")
def test_first(): pass
@pytest.mark.xdist_group(name="db")
class TestMore:
    def test_second(self): pass
    @pytest.mark.xdist_group("own")
    def test_own(self): pass
@pytest.mark.xdist_group
def test_unnamed(): pass
`,
    });
    const listed = await project.list("test_a.py");
    expect(listed.map(({ path, affinity }) => `${path.at(-1)} ${affinity}`)).toEqual([
      "test_alone undefined",
      "test_first db",
      "test_second db",
      "test_own own",
      "test_unnamed default",
    ]);
  });

  test("are listed as they run, without running any, and any group of them runs alone", async () => {
    await project.write({ "test_a.py": file });
    const listed = await project.list("test_a.py");
    expect(await project.log()).toEqual([]);
    const session = await project.open();
    const [whole] = await runIn(session, "test_a.py");
    const own = whole?.cases.filter(({ path }) => !path.at(-1)?.startsWith("(") && !path.at(-1)?.includes("i=")) ?? [];
    expect(listed.map(({ path }) => path)).toEqual(own.map(({ path }) => path));
    expect(listed.map(({ line }) => line)).toEqual(own.map(({ line }) => line));
    expect(listed).toHaveLength(values.length + 2 + 7 + 2 + 4);
    // Pytest runs all tests with one value of such a parameter before those with the next: so does the list.
    expect(listed.slice(-4).map(({ path }) => path[0])).toEqual([
      "test_first[p]",
      "test_second[p]",
      "test_first[q]",
      "test_second[q]",
    ]);
    const isRun = (line: string) => line.startsWith("ran ");
    const ran = (await project.log()).filter(isRun);
    const groups = [0, 1, 2].map((part) => listed.map(({ path }) => path).filter((_path, index) => index % 3 === part));
    const parts = await runIn(session, ...groups.map((cases) => ({ file: "test_a.py", cases })));
    expect((await project.log()).filter(isRun).toSorted()).toEqual(ran.toSorted());
    const key = ({ path, ordinal, status }: CaseResult) => JSON.stringify([path, ordinal, status]);
    expect(parts.flatMap(({ cases }) => cases.map(key)).toSorted()).toEqual(whole?.cases.map(key).toSorted());
    expect(parts.map(({ result }) => result?.outcome)).toEqual(["passed", "passed", "passed"]);
  });

  test("have their file's and their class's fixtures in each group, and the session's once", async () => {
    await project.write({
      "test_a.py": file,
      "conftest.py": `${log}
@pytest.fixture(scope="session", autouse=True)
def whole():
    log("session up")
    yield
    log("session down")
`,
    });
    const session = await project.open();
    await runIn(
      session,
      { file: "test_a.py", cases: [["Old", "test_old"]] },
      { file: "test_a.py", cases: [["TestA", "test_a"]] },
    );
    await session.close("graceful");
    const groups = "module up, old up, ran old, old down, module down, module up, class up, ran TestA, module down";
    expect((await project.log()).join(", ")).toBe(`session up, ${groups}, session down`);
  });

  test("that nobody knew of are run by the task that leaves out all that is named elsewhere, and by no other", async () => {
    await project.write({
      "test_a.py": `import os, pytest
${log}
values = ["x", "y", "new"] if os.path.exists("more") else ["x", "y"]
@pytest.mark.parametrize("value", values)
def test_one(value): log(value); assert value != "new" or os.path.exists("good")
class TestLater:
    def test_two(self): log("two")
    @pytest.fixture(autouse=True)
    def around(self): yield
`,
      "conftest.py": `
import pytest
class Elsewhere(pytest.File):
    def collect(self): pytest.skip("not on this machine")
def pytest_collect_file(file_path, parent):
    if file_path.name == "test_a.py": return Elsewhere.from_parent(parent, path=file_path)
`,
    });
    const paths = (await project.list("test_a.py")).map(({ path }) => path);
    expect(paths.map((path) => path.at(-1))).toEqual(["test_one[x]", "test_one[y]", "test_two"]);
    const named = [["test_one[y]"], ["TestLater", "test_two"]];
    const file = "test_a.py";
    const ranAs = async () => {
      const session = await project.open();
      const ran = await runIn(session, { file, cases: named }, { file, except: named }, { file, except: paths });
      await session.close("graceful");
      return ran.map(({ cases, result }) => [...cases.map(({ path }) => path.at(-1)), result?.outcome].join(" "));
    };
    // What was skipped as a whole is told once, by the task that tells of all that has no name.
    expect(await ranAs()).toEqual(["test_one[y] test_two passed", "test_a.py test_one[x] passed", "test_a.py skipped"]);
    await project.write({ more: "" });
    await project.log();
    const all = "test_a.py test_one[x] test_one[new]";
    expect(await ranAs()).toEqual(["test_one[y] test_two passed", `${all} failed`, "test_a.py test_one[new] failed"]);
    expect(await project.log()).toEqual(["y", "two", "x", "new", "new"]);
    await project.write({ good: "" });
    expect(await ranAs()).toEqual(["test_one[y] test_two passed", `${all} passed`, "test_a.py test_one[new] passed"]);
  });

  test("that an earlier attempt finished are left out, of one path or group all or none; what is not there is no green", async () => {
    await project.write({
      "test_a.py": `${log}
@pytest.mark.parametrize("value", ["x", "y"], ids=["same", "other"])
def test_one(value): log(value)
@pytest.mark.xdist_group("g")
def test_first(): log("first")
@pytest.mark.xdist_group("g")
def test_second(): log("second")
@pytest.mark.skip
def test_off(): pass
`,
    });
    const paths = (...names: string[]) => names.map((name) => [name]);
    const file = "test_a.py";
    const all = ["test_one[same]", "test_one[other]", "test_first", "test_second", "test_off"];
    const ran = await runIn(
      await project.open(),
      { file, finished: paths("test_one[same]", "test_first") },
      { file, finished: paths("test_one[same]", "test_first", "test_second") },
      { file, finished: paths(...all) },
      { file, cases: paths("test_one[same]", "test_one[other]"), finished: paths("test_one[other]") },
      // What ran inside of a test goes with it.
      { file, finished: [...paths("test_off"), ["test_one[same]", "a subtest"]] },
      { file, finished: paths("test_gone") },
    );
    const told = ran.map(({ cases, result }) => [...cases.map(({ path }) => path.at(-1)), result?.outcome].join(" "));
    expect(told.slice(0, 5)).toEqual([
      "test_one[other] test_first test_second test_off passed",
      "test_one[other] test_off passed",
      "skipped",
      "test_one[same] passed",
      "test_one[same] test_one[other] test_first test_second passed",
    ]);
    expect(ran[5]?.result).toMatchObject({ outcome: "errored", failure: { kind: "runner-error" } });
  });

  test("that are gone are missed; cases of one path run together; a skipped one is not green", async () => {
    await project.write({
      "test_a.py": `${log}
def test_there(): pass
@pytest.mark.skip
def test_skipped(): pass
def test_bad(): assert 0
`,
      "test_later.py": "import pytest\npytest.skip('not on this machine', allow_module_level=True)\n",
      "conftest.py": `
def pytest_collection_modifyitems(items):
    items.extend([item for item in items if item.name == "test_there"])
`,
    });
    expect((await project.list("test_a.py", ["-k", "there"])).map(({ path }) => path)).toEqual([["test_there"], ["test_there"]]);
    const ran = await runIn(
      await project.open(),
      { file: "test_a.py", cases: [["test_there"]] },
      { file: "test_a.py", cases: [["test_there"], ["test_gone"]] },
      { file: "test_a.py", cases: [["test_skipped"]] },
      { file: "test_a.py", cases: [["test_bad"]] },
      { file: "test_a.py", cases: [["test_ther"], ["test_there", "test_there"]] },
      { file: "test_later.py", cases: [["test_a"]] },
    );
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["passed", "errored", "skipped", "failed", "errored", "errored"]);
    expect(ran.map(({ cases }) => cases.map(({ path, ordinal }) => [...path, ordinal].join()))).toEqual([
      ["test_there,0", "test_there,1"],
      ["test_there,0", "test_there,1"],
      ["test_skipped,0"],
      ["test_bad,0"],
      [],
      [],
    ]);
    expect(ran[1]?.result?.failure?.message).toContain("test_gone");
    expect(ran[5]?.result?.failure?.message).toContain("not on this machine");
  });

  test("of a file that cannot be collected are not listed, and it is said why", async () => {
    await project.write({ "test_a.py": "import no_such_module\n", "test_b.py": "def test_b(: pass\n" });
    const failed = (words: string) => ({ code: "discovery-failed", message: expect.stringContaining(words) });
    await expect(project.list("test_a.py")).rejects.toMatchObject(failed("no_such_module"));
    await expect(project.list("test_b.py")).rejects.toMatchObject(failed("SyntaxError"));
    await expect(project.list("test_gone.py")).rejects.toMatchObject(failed("test_gone.py"));
    await expect(project.list("test_b.py", ["--lf"])).rejects.toMatchObject(failed("--lf"));
    await project.write({ "conftest.py": "import no_such_plugin\n" });
    await expect(project.list("test_a.py")).rejects.toMatchObject(failed("no_such_plugin"));
  });
});

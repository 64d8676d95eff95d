import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, run, report } = useSuite();

/** Fails each fourth time it is run. */
const flips = (count: string) =>
  testOf(
    `appendFileSync("${count}", "x");\nassert.notEqual(statSync("${count}").size % 4, 0, "it flipped");`,
    'import assert from "node:assert";\nimport { appendFileSync, statSync } from "node:fs";',
  );
const size = (path: string) => readFileSync(join(folder(), path), "utf8").length;

test("a file that the history does not know is repeated, and fails if any repetition does, until none does any more", async () => {
  write("old.test.js", testOf(""));
  const first = await run("--stress-new", "10");
  expect(first.code, first.output).toBe(0);
  expect(first.output).toContain("has no runs yet: nothing is called new");

  write("fresh.test.js", flips("count.txt"));
  const second = await run("--stress-new", "10");
  expect(second.code, second.output).toBe(1);
  expect(second.output).toContain("New tests run 10 times more: fresh.test.js.");
  expect(second.output).toContain("2 of 10 repetitions failed: flaky from birth. The first: it flipped");
  // Ten, and the ordinary run.
  expect(size("count.txt")).toBeGreaterThanOrEqual(11);
  expect(report().account).toMatchObject({ discovered: 2, passed: 1, failed: 1 });
  expect(report().cases).toMatchObject({ total: 2, passed: 1, failed: 1 });
  const fresh = report().tasks.find(({ file }) => file === "fresh.test.js");
  expect(fresh?.repetitions).toHaveLength(10);
  expect(fresh?.attempts.at(-1)?.cases).toMatchObject([{ status: "failed", repeated: { failed: 2, of: 10 } }]);
  expect(readFileSync(join(folder(), "shardwright-report", "junit.xml"), "utf8")).toMatch(
    /<failure message="2 of 10 repetitions failed: flaky from birth\. The first: it flipped"/,
  );

  // To submit it once more must not let it in.
  const third = await run("--stress-new", "10");
  expect(third.code, third.output).toBe(1);
  write("fresh.test.js", testOf(""));
  const fourth = await run("--stress-new", "10");
  expect(fourth.code, fourth.output).toBe(0);
  expect(fourth.output).toContain("New tests run 10 times more: fresh.test.js.");
  const fifth = await run("--stress-new", "10");
  expect(fifth.output).toContain("--stress-new: no test is new.");
});

test("where the runner can, only the new tests of a file are repeated", async () => {
  write("package.json", "{}");
  write("pytest.ini", "[pytest]\n");
  write("test_shop.py", 'def test_old():\n    open("old.txt", "a").write("x")\n');
  expect(await run("--runner", "pytest")).toMatchObject({ code: 0 });
  write(
    "test_shop.py",
    'def test_old():\n    open("old.txt", "a").write("x")\n\ndef test_new():\n    open("new.txt", "a").write("x")\n',
  );
  writeFileSync(join(folder(), "old.txt"), "");
  // An idle worker might run the file once more.
  const { code, output } = await run("--runner", "pytest", "--stress-new", "5", "--no-speculation");
  expect(code, output).toBe(0);
  expect(output).toContain("New tests run 5 times more: test_shop.py (1 new test).");
  expect([size("old.txt"), size("new.txt")]).toEqual([1, 6]);
  expect(report().account).toMatchObject({ discovered: 1, passed: 1 });
  expect(report().cases.total).toBe(2);
});

test("what is over the limit, and files that have changed and cannot tell, are left out by name", async () => {
  write("package.json", "{}");
  write("pytest.ini", "[pytest]\n");
  write("test_old.py", "def test_old():\n    pass\n");
  expect(await run("--runner", "pytest")).toMatchObject({ code: 0 });
  write("test_many.py", Array.from({ length: 201 }, (_, index) => `def test_${index}():\n    pass\n`).join("\n"));
  write("test_one.py", "def test_one():\n    pass\n");
  const { output } = await run("--runner", "pytest", "--stress-new", "3");
  expect(output).toContain("New tests run 3 times more: test_one.py.");
  expect(output).toContain("--stress-new: more than 200 tests, or in more than 100 files, are new. Not repeated: test_many.py.");
  // So many repetitions, and no more, whatever is asked for.
  const { output: other } = await run("--runner", "pytest", "--stress-new", "100");
  expect(other).toContain("--stress-new: no test is new.");
  write("test_few.py", Array.from({ length: 21 }, (_, index) => `def test_${index}():\n    pass\n`).join("\n"));
  expect((await run("--runner", "pytest", "--stress-new", "100")).output).toContain(
    "more than 20 tests, or in more than 100 files, are new. Not repeated: test_few.py.",
  );

  write("old.test.js", testOf(""));
  expect(await run("--runner", "node-test")).toMatchObject({ code: 0 });
  write("old.test.js", testOf("// changed"));
  expect((await run("--runner", "node-test", "--stress-new", "2")).output).toContain("is not known. Not repeated: old.test.js.");
});

import { expect, test } from "vitest";
import { judgeComparison } from "./judge-comparison.ts";

const member = (name: string, runs?: string, entry = 7) => ({
  id: `${name}.00000001`,
  address: `http://${name}:1`,
  ...(runs === undefined
    ? { problem: "it answers 500" }
    : {
        digest: {
          entry,
          position: 5,
          sha256: `all-${runs}`.padEnd(64, "0"),
          tables: [
            { name: "runs", rows: 2, sha256: runs },
            { name: "tokens", rows: 1, sha256: "t" },
          ],
        },
      }),
});
const judge = (...members: ReturnType<typeof member>[]) => judgeComparison({ cluster: "default.0123abcd", members });

test("equal tables are told as equal", () => {
  const { text, differing, silent } = judge(member("a", "x"), member("b", "x"), member("c", "x"));
  expect([differing, silent]).toEqual([[], []]);
  expect(text.split("\n")).toEqual([
    "Cluster default.0123abcd: the tables of 3 members after entry 7, fact 5, 3 rows each.",
    "  a.00000001  http://a:1  all-x00000000000  equal",
    "  b.00000001  http://b:1  all-x00000000000  equal",
    "  c.00000001  http://c:1  all-x00000000000  equal",
  ]);
});

test("whose tables are unlike those of most is named, with the tables, and who gave no answer", () => {
  const { text, differing, silent } = judge(member("a", "y"), member("b", "x"), member("c", "x"), member("d"));
  expect(differing).toEqual(["a.00000001"]);
  expect(silent).toEqual(["d.00000001"]);
  expect(text).toContain("  a.00000001  http://a:1  all-y00000000000  differs in runs");
  expect(text).toContain("  d.00000001  http://d:1  not compared: it answers 500");
});

test("what was read after another entry is no comparison", () => {
  expect(judge(member("a", "x"), member("b", "x"), member("c", "x", 8)).differing).toEqual(["c.00000001"]);
});

import { expect, test } from "vitest";
import { evidenceLines } from "./evidence.ts";
import { describeFault, groupFailures, groupsSentence } from "./groups.ts";
import { normaliseMessage } from "../resilience/normalise-message.ts";
import { reportFromCases } from "./from-cases.ts";
import { sampleReport } from "./sample.test-data.ts";
import { parseFrame, topOwnFrame } from "../resilience/stack-frames.ts";

test("one cause in many files is one group, and what stopped a file comes first", () => {
  const groups = groupFailures(sampleReport());
  const brief = groups.map(({ faults, kind, frame, tasks }) => `${faults.length} ${kind} ${frame ?? "-"} in ${tasks}`);
  expect(brief).toEqual([
    "1 crash - in 1",
    "18 assertion src/database/connect.ts:41 in 6",
    "9 assertion src/money/format-price.ts:27 in 3",
    "3 assertion src/catalogue/invoice.test.ts:48 in 1",
    "3 assertion graph/tests/test_invoice.py:31 in 1",
    "3 test-timeout src/shipping/totals.test.ts:21 in 1",
    "3 assertion src/catalogue/address.test.ts:48 in 1",
    "3 assertion graph/tests/test_tokens.py:31 in 1",
  ]);
  expect(groups[0]?.faults[0]?.details).toContain("Segmentation fault");
});

test("a vague assertion does not join the files it stands in; a telling error does", () => {
  const failing = (file: string, message: string) => ({
    file,
    cases: [{ path: ["works"], ordinal: 0, status: "failed" as const, duration_ms: 1, retries: 0, message }],
  });
  const messages = (message: string) =>
    groupFailures(reportFromCases({ name: "s", files: [failing("a.test.ts", message), failing("b.test.ts", message)] })).length;
  expect(messages("AssertionError: expected 3 to be 4")).toBe(2);
  expect(messages("Error: no such table: users")).toBe(1);
});

test.each([
  ["connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED 127.0.0.1:5999"],
  ["no user 4f2a91c0-1111-4222-8333-944445555666", "no user 00000000-aaaa-4bbb-8ccc-dddddddddddd"],
  ["ENOENT: open '/tmp/a-1/x.json'", "ENOENT: open '/var/b/y.json'"],
  ["took 1.5 s, expected under 900ms", "took 12 s, expected under 1000ms"],
  ["\u001b[31mgot 0xdeadbeef\u001b[39m", "got 0x12"],
  ["cannot read /home/ada/shop/src/a.ts:3:4", "cannot read /builds/7/shop/lib/b.ts:33:1"],
])("%j and %j are the same fault", (one, other) => {
  expect(normaliseMessage(one)).toBe(normaliseMessage(other));
});

test("different faults stay apart, and an apostrophe quotes nothing", () => {
  expect(normaliseMessage("can't open the lock, won't wait")).toBe("can't open the lock, won't wait");
  expect(normaliseMessage("no such table")).not.toBe(normaliseMessage("no such column"));
});

test("a hostile message is normalised and read for frames in no time to speak of", () => {
  const hostile = `${"'".repeat(50_000)}${"a/".repeat(50_000)}${"(".repeat(50_000)}`;
  expect(normaliseMessage(hostile).length).toBeLessThan(10_000);
  expect(topOwnFrame(`at ${"x ".repeat(400)}\n`.repeat(1000))).toBeUndefined();
});

test("frames of several languages are read, and the project's own told apart", () => {
  expect(parseFrame("    at Foo.bar (file:///w/src/a.ts:12:5)")).toMatchObject({ file: "/w/src/a.ts", line: 12, own: true });
  expect(parseFrame("    at node:internal/process:105:5")).toMatchObject({ own: false });
  expect(parseFrame(" ❯ load src/b.ts:7:1")).toMatchObject({ file: "src/b.ts", name: "load" });
  expect(parseFrame('  File "/usr/lib/python3.11/asyncio/run.py", line 9, in run')).toMatchObject({ own: false });
  expect(topOwnFrame('  File "outer.py", line 1, in f\n  File "inner.py", line 2, in g')?.file).toBe("inner.py");
});

test("a diff is coloured by what its heading says, a list of dashes is no diff", () => {
  const kinds = (text: string) => evidenceLines(text).map((line) => line.kind);
  expect(kinds("Error: x\n- Expected\n+ Received\n- 1\n+ 2")).toEqual(["error", "expected", "received", "expected", "received"]);
  expect(kinds("Error: x\n- old\n+ new")).toEqual(["error", "minus", "plus"]);
  expect(kinds("Error: x\n- one thing\n- another")).toEqual(["error", "text", "text"]);
});

test("what has no result is counted apart from what failed", () => {
  const group = (kind: string, faults: number) =>
    ({ kind, faults: Array.from({ length: faults }) }) as unknown as Parameters<typeof groupsSentence>[0][number];
  expect(groupsSentence([group("crash", 2), group("assertion", 1), group("cancelled", 77), group("incomplete", 1)])).toBe(
    "3 failures of 2 causes, 78 tasks without a result",
  );
  expect(groupsSentence([group("assertion", 1)])).toBe("1 failure of 1 cause");
  expect(groupsSentence([group("cancelled", 1)])).toBe("1 task without a result");
});

test("what failed outside of all tests is placed by the stack in its message, never by what was printed", () => {
  const [task] = sampleReport().tasks;
  if (task === undefined) throw new Error("the sample has tasks");
  const printed = "    at other (/w/src/printed.ts:7:1)";
  const about = { task, task_index: 0, name: task.file, kind: "setup-error", details: printed };
  const frameOf = (message: string) => describeFault({ ...about, message }).frame;
  expect(frameOf("ReferenceError: x is not defined\n    at deep (src/cart.ts:9:3)")).toBe("src/cart.ts:9");
  expect(frameOf("The test process was killed by SIGSEGV")).toBeUndefined();
});

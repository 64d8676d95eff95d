import { expect, test } from "vitest";
import { Framing, type FramingEvent } from "./framing.ts";

/** The events of a text, given in pieces of so many bytes. */
function take(text: string, size = Number.POSITIVE_INFINITY): string[] {
  const events: string[] = [];
  const framing = new Framing((event) => events.push(show(event)));
  const bytes = Buffer.from(text);
  for (let begin = 0; begin < bytes.length; begin += size) framing.push(bytes.subarray(begin, begin + size));
  framing.end();
  return joined(events);
}

function show(event: FramingEvent): string {
  if (event.type === "output") return `output ${event.test}: ${event.text}`;
  if (event.type === "end") return `${event.status} ${event.test} ${event.seconds}`;
  if (event.type === "attribute") return `${event.test} ${event.name}=${event.value}`;
  return event.type === "conclusion" ? `conclusion ${event.passed}` : `${event.type} ${event.test}`;
}

/** Output of one test may come in any number of pieces. */
function joined(events: readonly string[]): string[] {
  const whole: string[] = [];
  for (const event of events) {
    const prefix = /^output [^:]*: /.exec(event)?.[0];
    const last = whole.at(-1);
    if (prefix !== undefined && last?.startsWith(prefix) === true) whole[whole.length - 1] = last + event.slice(prefix.length);
    else whole.push(event);
  }
  return whole;
}

const plain = `=== RUN   TestA
    a_test.go:10: héllo
=== RUN   TestA/x
=== PAUSE TestA/x
=== CONT  TestA/x
loud--- FAIL: TestA (0.01s)
    --- SKIP: TestA/x (0.02s)
=== RUN   ExampleB
--- FAIL: ExampleB (0.00s)
got:
one
FAIL
`;

test("frames without marks, in pieces of any size", () => {
  const expected = [
    "run TestA",
    "output TestA:     a_test.go:10: héllo\n",
    "run TestA/x",
    "pause TestA/x",
    "cont TestA/x",
    "output TestA/x: loud",
    "skip TestA/x 0.02",
    "fail TestA 0.01",
    "run ExampleB",
    "output ExampleB: got:\none\n",
    "fail ExampleB 0",
    "conclusion false",
  ];
  for (const size of [1, 2, 3, 7, 64, 10_000]) expect(take(plain, size)).toEqual(expected);
  expect(take(plain.replaceAll("\n", "\r\n")).filter((event) => !event.startsWith("output"))).toEqual(
    expected.filter((event) => !event.startsWith("output")),
  );
});

test("once frames are marked, nothing else is one", () => {
  const text =
    "\u0016=== RUN   TestA\n--- FAIL: TestA (0.00s)\nno newline\u0016=== NAME  TestA\nFAIL\n\u0016--- PASS: TestA (0.50s)\n\u0016PASS\n";
  const expected = ["run TestA", "output TestA: --- FAIL: TestA (0.00s)\nno newlineFAIL\n", "pass TestA 0.5", "conclusion true"];
  for (const size of [1, 5, 1000]) expect(take(text, size)).toEqual(expected);
});

test("a frame may go on with no test at all", () => {
  expect(take("=== RUN   TestA\n=== CONT  \nraced\n--- FAIL: TestA (0.00s)\n")).toEqual([
    "run TestA",
    "output : raced\n",
    "fail TestA 0",
  ]);
});

test("attributes of a test, from Go 1.25 on", () => {
  expect(take("\u0016=== RUN   TestA\n\u0016=== ATTR  TestA owner the whole team\n")).toEqual([
    "run TestA",
    "TestA owner=the whole team",
  ]);
});

test("what a test logs of other tests is a quotation", () => {
  const quoted =
    "    a_test.go:1: === RUN   TestB\n        --- FAIL: TestB (0.00s)\nsays === RUN   TestC/x\nsays --- FAIL: TestD (0.00s)\n";
  expect(take(`=== RUN   TestA\n${quoted}--- PASS: TestA (0.00s)\nPASS\n`)).toEqual([
    "run TestA",
    `output TestA: ${quoted}`,
    "pass TestA 0",
    "conclusion true",
  ]);
});

test("a line without end is passed on before it has one, and is no frame", () => {
  const events = take(`=== RUN   TestA\n${"é".repeat(100_000)}--- PASS: TestA (0.00s)\n`, 4096);
  expect(events[0]).toBe("run TestA");
  expect(events[1]).toBe(`output TestA: ${"é".repeat(100_000)}--- PASS: TestA (0.00s)\n`);
  expect(events).toHaveLength(2);
});

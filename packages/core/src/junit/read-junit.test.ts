import { expect, test } from "vitest";
import { decodeJunit } from "./decode-junit.ts";
import { readSeconds } from "./read-case.ts";
import { junitFiles, readJunit } from "./read-junit.ts";

const read = (text: string) => readJunit(text, { path: "results.xml" });
const files = async (text: string) => junitFiles(await read(text));

test("suites in suites, one case, missing attributes, every status", async () => {
  const report = await read(`<?xml version="1.0"?>
    <testsuites name="all">
      <testsuite name="outer" file="a.py" timestamp="2026-01-02T03:04:05Z" time="1,234.5" hostname="box">
        <testcase classname="a.py" name="007 > adds" time="0,25"/>
        <testsuite name="inner"><testcase name="lone"><skipped type="pytest.xfail" message="known"/></testcase></testsuite>
        <system-out>loud</system-out>
      </testsuite>
      <testsuite name="other">
        <testcase classname="C" name="fails" time="6e-05"><failure message="1 &lt; 2&#10;no">at &amp;<![CDATA[ x &lt; y ]]></failure><system-out>o</system-out><system-err>e</system-err></testcase>
        <testcase classname="C" name="breaks"><error><![CDATA[
Error: gone
  at b]]></error></testcase>
        <testcase classname="C" name="absent" status="notrun"/>
        <testcase/>
      </testsuite>
    </testsuites>`);
  expect(report.suites.map(({ name, cases }) => [name, cases.length])).toEqual([
    ["outer", 1],
    ["outer > inner", 1],
    ["other", 4],
  ]);
  expect(report.suites[0]).toMatchObject({
    file: "a.py",
    duration_ms: 1_234_500,
    hostname: "box",
    output: "loud",
    started_at_ms: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  const results = report.suites.flatMap(({ cases }) => cases.map(({ result }) => result));
  expect(results).toEqual([
    { path: ["007", "adds"], status: "passed", duration_ms: 250, retries: 0 },
    { path: ["lone"], status: "skipped", note: "expected-failure", duration_ms: 0, retries: 0, message: "known" },
    {
      path: ["C", "fails"],
      status: "failed",
      duration_ms: 0.06,
      retries: 0,
      message: "1 < 2\nno",
      details: "at & x &lt; y",
      output: "o\ne",
    },
    {
      path: ["C", "breaks"],
      status: "errored",
      duration_ms: 0,
      retries: 0,
      message: "Error: gone",
      details: "Error: gone\n  at b",
    },
    { path: ["C", "absent"], status: "skipped", duration_ms: 0, retries: 0 },
    { path: ["(no name)"], status: "passed", duration_ms: 0, retries: 0 },
  ]);
});

test("a lone testcase, properties, and surefire's retries", async () => {
  const [flaky] = await files(
    `<testcase name="a"><properties><property name="k" value="v"/></properties><flakyFailure type="x">s</flakyFailure><flakyError type="x"/></testcase>`,
  );
  expect(flaky?.cases).toMatchObject([{ status: "passed", retries: 2, properties: { k: "v" } }]);
  const [failed] = await files(
    `<testsuite name="s"><testcase name="a"><failure>x</failure><rerunFailure type="x"/></testcase></testsuite>`,
  );
  expect(failed?.cases).toMatchObject([{ status: "failed", retries: 1 }]);
});

test("cases gather by file, duplicates told apart", async () => {
  const found = await files(`<testsuites>
    <testsuite name="s"><testcase classname="x" name="a" file="t/one.py"/><testcase classname="y" name="b"/></testsuite>
    <testsuite name="s2" file="t/one.py"><testcase classname="x" name="a"/><testcase classname="x" name="a"/></testsuite>
    <testsuite name="s3" file="t/two.py" time="2"><testcase name="c" time="1"/></testsuite></testsuites>`);
  expect(found.map(({ file, cases, duration_ms }) => [file, cases.map(({ ordinal }) => ordinal), duration_ms])).toEqual([
    ["t/one.py", [0, 1, 2], undefined],
    ["y", [0], undefined],
    ["t/two.py", [0], 2000],
  ]);
});

test("failures that only a suite counts are not lost", async () => {
  expect(
    (await files(`<testsuite name="s" tests="1" errors="1"><testcase name="a"/></testsuite>`)).flatMap(({ cases }) => cases),
  ).toMatchObject([
    { status: "passed" },
    { status: "errored", message: "The suite counts 1 failures that none of its cases shows." },
  ]);
  expect(
    (await files(`<testsuite name="s" failures="1"><testcase name="a"><failure/></testcase></testsuite>`))[0]?.cases,
  ).toHaveLength(1);
});

test.each([
  `<testsuites tests="3" failures="3"/>`,
  `<testsuites errors="1"><testsuite name="s"><testcase name="a"/></testsuite></testsuites>`,
  `<testsuites><testsuite name="outer"><testsuite name="inner" errors="1"><testcase name="a"/></testsuite></testsuite></testsuites>`,
  `<testsuite name="outer"><testsuite name="inner"><error message="boom"/></testsuite></testsuite>`,
  `<testsuite name="s"><testcase name="a" status="failed"/></testsuite>`,
  `<testsuite name="s"><testcase name="a" status="run" result="error"/></testsuite>`,
])("nothing that is said to have failed is lost: %s", async (text) => {
  const bad = (await files(text))
    .flatMap(({ cases }) => cases)
    .filter(({ status }) => status === "failed" || status === "errored");
  expect(bad).toHaveLength(1);
});

test.each([
  ["", "it is empty"],
  ["<testsuite><testcase></testsuite>", "unexpected close tag"],
  ["<testsuite name='a'><testcase name='b'", "line 1"],
  ["<html/>", "its root is <html>"],
  ["<testsuite/><testsuite/>", "only one root"],
  ['{"tests": []}', "outside of root"],
  [`${"<testsuite>".repeat(60)}${"</testsuite>".repeat(60)}`, "nested"],
  [`${"<testsuite>".repeat(5000)}${"</testsuite>".repeat(5000)}`, "nested"],
])("what is no JUnit is refused (%#)", async (text, reason) => {
  const expected: unknown = expect.stringMatching(new RegExp(`results\\.xml .*${reason}`, "i"));
  await expect(read(text)).rejects.toThrow(expect.objectContaining({ code: "report-unreadable", message: expected }) as Error);
});

test("nothing that a document declares is expanded", async () => {
  const bomb = `<!DOCTYPE t [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;">]><testsuite name="&b;"><testcase name="__proto__" constructor="x"/></testsuite>`;
  expect((await read(bomb)).suites).toMatchObject([{ name: "&b;", cases: [{ result: { path: ["__proto__"] } }] }]);
});

test("durations", () => {
  const values = ["1.5", "0", " 2 ", "1,234.5", "12,345,678", "0,25", "1e-3", "", "-1", "NaN", "soon", undefined];
  expect(values.map(readSeconds)).toEqual([
    1500,
    0,
    2000,
    1_234_500,
    12_345_678_000,
    250,
    1,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("encodings by mark, by declaration, and none", () => {
  const text = '<testsuite name="é"/>';
  const utf16 = Buffer.from(`\uFEFF${text}`, "utf16le");
  const latin = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, "latin1");
  const inputs = [
    Buffer.from(text),
    Buffer.from(`\uFEFF${text}`),
    utf16,
    latin,
    Buffer.from(`<?xml version="1.0" encoding="utf-16"?>${text}`),
  ];
  for (const bytes of inputs) expect(decodeJunit(bytes)).toContain('name="é"');
  expect(decodeJunit(Buffer.from([0x3c, 0xff]))).toBe("<\uFFFD");
});

test("what real writers get wrong is read on, and a file is the same however its pieces are cut", async () => {
  const text = `
    <?xml version="1.0"?><testsuite name="s &nbsp; &#1; x"><testcase name="a\u0001b"><failure message="1 &lt; 2">é\u001B[31m <![CDATA[<x>&amp;]]> y</failure></testcase>
    <system-out>loud</system-out><testcase name="c" time="0.5"/></testsuite>`;
  const whole = await read(text);
  expect(whole.suites).toMatchObject([
    {
      name: "s &nbsp; &#1; x",
      output: "loud",
      cases: [{ result: { details: "é\u001B[31m <x>&amp; y" } }, { result: { path: ["c"] } }],
    },
  ]);
  for (const size of [1, 2, 3, 7, 50]) {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    expect(await readJunit(pieces, { path: "x" })).toEqual(whole);
  }
});

test("a limit is a limit, piece by piece", async () => {
  const pieces = [`<testsuite name="s">`, `<testcase name="a"/>`, `</testsuite>`];
  await expect(readJunit(pieces, { path: "x", limit_characters: 30 })).rejects.toThrow("more than the 30 characters");
});

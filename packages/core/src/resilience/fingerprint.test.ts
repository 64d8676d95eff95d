import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprintOf, hash64, type FailureText } from "./fingerprint.ts";
import { normaliseMessage } from "./normalise-message.ts";
import { realFailures } from "./real-failures.test-data.ts";
import { ownFrames, parseFrame } from "./stack-frames.ts";

const failure = (fields: Partial<FailureText>): FailureText => ({
  kind: "assertion",
  message: "Error: it broke",
  file: "test/a.test.ts",
  path: ["works"],
  ...fields,
});

test.each(Object.keys(realFailures))(
  "of what %s reports, one fault in two files is one, and each comparison its own",
  (runner) => {
    const keys = (word: string) =>
      (realFailures[runner] ?? [])
        .filter(({ path }) => path.at(-1)?.toLowerCase().includes(word))
        .map((real) => fingerprintOf({ kind: "assertion", ...real }).key);
    const [loads, prices, compared] = [keys("load"), keys("price"), [...keys("adds"), ...keys("concatenates")]];
    expect([loads.length, prices.length]).toEqual([2, 2]);
    expect(new Set(loads).size).toBe(1);
    expect(new Set(prices).size).toBe(1);
    expect(compared.length).toBe(runner === "go" ? 1 : 2);
    expect(new Set([...loads, ...prices, ...compared]).size).toBe(2 + compared.length);
  },
);

test("a fingerprint names the message and the place, without lines", () => {
  const real = realFailures["vitest"]?.[1];
  if (real === undefined) throw new Error("there is none");
  expect(fingerprintOf({ kind: "assertion", ...real })).toMatchObject({
    message: "TypeError: Cannot read properties of undefined (reading ‹amount›)",
    places: ["src/store.js price"],
  });
  const moved = { ...real, details: real.details.replace("store.js:6:22", "store.js:106:2") };
  expect(fingerprintOf({ kind: "assertion", ...moved }).key).toBe(fingerprintOf({ kind: "assertion", ...real }).key);
});

test("the same words from another place, of another kind or about another name are another fault", () => {
  const at = (place: string, message = "Error: closed") =>
    failure({ message, details: `${message}\n    at read (/w/src/${place}.ts:3:4)\n    at /w/test/a.test.ts:9:1` });
  const keys = [
    at("socket"),
    at("file"),
    { ...at("socket"), kind: "test-timeout" },
    at("socket", "TypeError: no (reading 'size')"),
    at("socket", "TypeError: no (reading 'name')"),
  ].map((one) => fingerprintOf(one).key);
  expect(new Set(keys).size).toBe(keys.length);
});

test("a comparison is told by its code where it is shown, else by its test; what differs in a table's row counts for nothing", () => {
  const compared = (fields: Partial<FailureText>) =>
    fingerprintOf(failure({ message: "AssertionError: expected 3 to be 4", ...fields })).key;
  expect(compared({ path: ["adds [1]"] })).toBe(compared({ path: ["adds [2]"], message: "AssertionError: expected 5 to be 60" }));
  expect(compared({ path: ["adds"] })).not.toBe(compared({ path: ["subtracts"] }));
  const shown = (code: string) =>
    `AssertionError: …\n ❯ test/a.test.ts:48:24\n     47|\n     48|   ${code}\n       |   ^\n     49| });`;
  expect(compared({ path: ["adds"], details: shown("expect(sum(a, 2)).toBe(4)") })).toBe(
    compared({ path: ["subtracts"], details: shown("expect(sum(a, 3)).toBe(5)") }),
  );
  const helped = (path: string) =>
    compared({
      path: [path],
      details: "AssertionError: x\n    at check (/w/test/helpers/check.ts:3:1)\n    at /w/test/a.test.ts:1:1",
    });
  expect(helped("one")).toBe(helped("two"));
});

test.each([
  ["user alice42 not found", "user alice7 not found"],
  ["token V1StGXR8Z5jdHi6BmyT4 refused", "token a9b8c7d6e5f4g3h2i1j0 refused"],
  ["at 2026-11-24T09:12:30.123Z: late", "at 2025-01-02 10:00: late"],
  ["User 'ada' has no name", 'User "bob" has no name'],
])("%j and %j are the same message", (one, other) => {
  expect(normaliseMessage(one)).toBe(normaliseMessage(other));
});

test.each([
  ["KeyError: 'total'", "KeyError: 'amount'"],
  ["Cannot find module './store'", "Cannot find module './cart'"],
  ["fixture 'db' not found", "fixture 'cache' not found"],
])("%j and %j are not", (one, other) => {
  expect(normaliseMessage(one)).not.toBe(normaliseMessage(other));
});

test("frames of Go and the JVM are read, and their own libraries told apart", () => {
  const go = [
    "goroutine 8 [running]:",
    "testing.tRunner.func1()",
    "\t/usr/lib/go-1.19/src/testing/testing.go:1399 +0x39f",
    "example.test/shop/store.(*Cart).Price(...)",
    "\t/home/ada/go/src/example.test/shop/store/store.go:13",
    "github.com/lib/pq.Open(0x0)",
    "\t/home/ada/go/pkg/mod/github.com/lib/pq@v1.10.9/conn.go:12 +0x2",
  ].join("\n");
  expect(ownFrames(go)).toEqual([
    {
      file: "/home/ada/go/src/example.test/shop/store/store.go",
      line: 13,
      own: true,
      innermost: "first",
      name: "example.test/shop/store.(*Cart).Price",
    },
  ]);
  expect(parseFrame("    cart_test.go:11: order 4711 not found")).toMatchObject({ file: "cart_test.go", line: 11, own: true });
  const jvm = [
    "java.lang.IllegalStateException: closed",
    "\tat java.base/java.util.ArrayList.get(ArrayList.java:427)",
    "\tat org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:39)",
    "\tat com.example.shop.Store.load(Store.java:12)",
  ].join("\n");
  expect(ownFrames(jvm)).toMatchObject([{ file: "Store.java", line: 12, name: "com.example.shop.Store.load" }]);
});

test("any text has a fingerprint, of a bounded size, always the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 200 }), (message, details) => {
      const one = fingerprintOf(failure({ message, details }));
      expect(one.key).toMatch(/^f[0-9a-f]{16}$/);
      expect(one.message.length).toBeLessThanOrEqual(400);
      expect(fingerprintOf(failure({ message, details }))).toEqual(one);
    }),
  );
});

const bit = fc.constantFrom(
  "a",
  "1",
  "f",
  "'",
  '"',
  "`",
  "/",
  ".",
  "-",
  "+",
  "@",
  ":",
  " ",
  "\n",
  "<",
  "(",
  ")",
  "at ",
  "\u001b[",
  "|",
  "^",
  "\r",
);

test("hostile texts, whatever they repeat, are read in no time to speak of", () => {
  fc.assert(
    fc.property(fc.array(bit, { minLength: 1, maxLength: 6 }), fc.array(bit, { maxLength: 3 }), (repeated, ending) => {
      const hostile = repeated.join("").repeat(5000) + ending.join("");
      expect(fingerprintOf(failure({ message: hostile, details: hostile })).key).toHaveLength(17);
    }),
    { numRuns: 60 },
  );
});

test("the names do not collide, and hang on every letter", () => {
  const texts = Array.from({ length: 30_000 }, (_, index) => `["assertion","message ${index}","src/a.ts"]`);
  expect(new Set(texts.map(hash64)).size).toBe(texts.length);
  // Each half by itself hardly collides: 30,000 of 2³² are expected to once in ten times.
  for (const half of [0, 8])
    expect(new Set(texts.map((text) => hash64(text).slice(half, half + 8))).size).toBeGreaterThan(29_995);
  expect(hash64("")).toHaveLength(16);
});

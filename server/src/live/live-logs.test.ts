import { expect, test } from "vitest";
import { LiveLogs } from "./live-logs.ts";

const key = { run: "r-0123456789abcdef", task: 3, attempt: 1 };

test("counts once what comes twice, and tells of a gap", () => {
  const logs = new LiveLogs();
  let rung = 0;
  const unwatch = logs.watch(key, () => (rung += 1));
  logs.append(key, 0, "hello ");
  logs.append(key, 0, "hello wor");
  logs.append(key, 6, "wor");
  logs.append(key, 9, "ld");
  expect(logs.after(key, 0)).toEqual({ from: 0, text: "hello world" });
  expect(logs.after(key, 8)).toEqual({ from: 8, text: "rld" });
  expect(logs.after(key, 11)).toBeUndefined();
  logs.append(key, 20, "later");
  expect(logs.after(key, 11)).toEqual({ from: 20, text: "later" });
  expect(rung).toBe(5);
  unwatch();
  logs.drop(key);
  logs.append(key, 25, "!");
  expect(rung).toBe(5);
  expect(logs.after(key, 0)).toEqual({ from: 25, text: "!" });
});

test("keeps the end of each, and of all what was printed last", () => {
  const logs = new LiveLogs();
  const text = "x".repeat(65_536);
  for (let n = 0; n < 10; n += 1) logs.append(key, n * text.length, text);
  expect(logs.after(key, 0)).toMatchObject({ from: 6 * 65_536 });
  for (let task = 100; task < 300; task += 1) for (let n = 0; n < 4; n += 1) logs.append({ ...key, task }, n * text.length, text);
  expect(logs.after(key, 0)).toBeUndefined();
  expect(logs.after({ ...key, task: 171 }, 0)).toBeUndefined();
  expect(logs.after({ ...key, task: 172 }, 0)?.text).toHaveLength(4 * 65_536);
  logs.dropRun(key.run);
  expect(logs.after({ ...key, task: 299 }, 0)).toBeUndefined();
});

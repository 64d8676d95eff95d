import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { debounce } from "../src/debounce.ts";

test("each burst of typing asks once, for what was typed last", async () => {
  const asked: string[] = [];
  const search = debounce((words: string) => asked.push(words), 120);
  for (const word of ["mug", "teapot", "scarf"]) {
    for (let length = 1; length <= word.length; length += 1) search(word.slice(0, length));
    const before = asked.length;
    while (asked.length === before) await sleep(15);
  }
  expect(asked).toEqual(["mug", "teapot", "scarf"]);
});

test("flush does not wait, and does nothing twice", () => {
  const asked: string[] = [];
  const search = debounce((words: string) => asked.push(words), 60_000);
  search("mug");
  search.flush();
  search.flush();
  expect(asked).toEqual(["mug"]);
});

test("what is cancelled never happens", async () => {
  const asked: string[] = [];
  const search = debounce((words: string) => asked.push(words), 50);
  search("mug");
  search.cancel();
  await sleep(150);
  expect(asked).toEqual([]);
});

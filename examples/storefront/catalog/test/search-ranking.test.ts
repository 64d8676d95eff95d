import { beforeEach, describe, expect, test } from "vitest";
import { SearchIndex } from "../src/search-index.ts";

let index: SearchIndex;
const ids = (query: string): string[] => index.search(query).map((hit) => hit.id);

beforeEach(() => {
  index = new SearchIndex();
  index.add("mug", "red mug");
  index.add("mug-set", "set of four red mugs with a tray, a lid and a long description");
  index.add("scarf", "red scarf");
  index.add("lamp", "blue lamp");
});

test("a rare word outweighs a common one", () => expect(ids("red mug")[0]).toBe("mug"));
test("a short text outranks a long one", () => expect(ids("mugs")).toEqual(["mug", "mug-set"]));
test("an unknown word finds nothing", () => expect(ids("teapot")).toEqual([]));
test("an empty query finds nothing", () => expect(ids(" the ")).toEqual([]));

describe("changes", () => {
  test("what is removed is not found", () => {
    index.remove("lamp");
    expect(ids("lamp")).toEqual([]);
    expect(index.size).toBe(3);
  });

  test("what is added again is replaced", () => {
    index.add("lamp", "green candle");
    expect(ids("lamp")).toEqual([]);
    expect(ids("candle")).toEqual(["lamp"]);
    expect(index.size).toBe(4);
  });
});

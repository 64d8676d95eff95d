import { expect, test } from "vitest";
import { closeInTime } from "./close-in-time.ts";

test("what does not end is named and not waited for", async () => {
  const told: unknown[][] = [];
  const closed: string[] = [];
  await closeInTime(
    [
      ["streams", () => closed.push("streams")],
      ["the ledger", () => new Promise(() => {})],
      ["tables", () => closed.push("tables")],
    ],
    20,
    (...what) => told.push(what),
  );
  expect(told).toEqual([["the ledger"]]);
  expect(closed).toEqual(["streams"]);
});

test("what fails is told and thrown, and the others are closed all the same", async () => {
  const told: string[] = [];
  const closed: string[] = [];
  const closing = closeInTime(
    [
      ["the ledger", () => Promise.reject(new Error("no room"))],
      ["tables", () => closed.push("tables")],
    ],
    10_000,
    (name, error) => told.push(`${name}: ${String(error)}`),
  );
  await expect(closing).rejects.toThrow("no room");
  expect([told, closed]).toEqual([["the ledger: Error: no room"], ["tables"]]);
});

import { expect, test } from "vitest";
import { faults } from "./faults.ts";
import { faultRound } from "./round.ts";

// `node test/chaos/main.ts faults 10` plays all of them, many times.
const played = ["disk full on one worker", "a test that kills its workers", "zombie that goes on sending"];

test.each(played)("%s: the run ends with the results that are known beforehand, and names what happened", async (name) => {
  const fault = faults.find((each) => each.name === name);
  if (fault === undefined) throw new Error(`there is no fault ${name}`);
  if (fault.missing !== undefined) return expect(fault.missing).toMatch(/./);
  const { violations, kinds, misnamed } = await faultRound(fault, 1);
  expect(violations).toEqual([]);
  expect(kinds.length).toBeGreaterThan(0);
  expect(misnamed).toBe(0);
});

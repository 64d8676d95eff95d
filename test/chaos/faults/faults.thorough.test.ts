import { expect, test } from "vitest";
import { faults } from "./faults.ts";
import { faultRound } from "./round.ts";

// `node test/chaos/main.ts faults 10` plays all of them, many times.
const played = [
  { name: "disk full on one worker", isSure: true },
  { name: "a test that kills its workers", isSure: true },
  { name: "out of memory: killed by the system", isSure: true },
  { name: "out of memory: a heap that is full", isSure: true },
  { name: "browser crash", isSure: true },
  // It may be frozen between two tests.
  { name: "zombie that goes on sending", isSure: false },
];

test.each(played)(
  "$name: the run ends with the results that are known beforehand, and names what happened",
  async ({ name, isSure }) => {
    const fault = faults.find((each) => each.name === name);
    if (fault === undefined) throw new Error(`there is no fault ${name}`);
    if (fault.missing !== undefined) return expect(fault.missing).toMatch(/./);
    const { violations, kinds, misnamed } = await faultRound(fault, 1);
    expect(violations).toEqual([]);
    if (isSure) expect(kinds.length).toBeGreaterThan(0);
    expect(misnamed).toBe(0);
  },
);

import { expect, onTestFinished, test } from "vitest";
import { choosePoolLimits } from "./chosen-limits.ts";
import { BrowserPool } from "./pool.ts";

test("what is chosen for the process holds for pools that are given nothing of their own, and what is none changes nothing", () => {
  onTestFinished(() => choosePoolLimits({}));
  const launcher = { launch: () => Promise.reject(new Error("none")), serve: () => Promise.reject(new Error("none")) };
  const limitsOf = (limits?: { browsers: number }) => new BrowserPool({ browsers: [], launcher, limits }).limits;
  choosePoolLimits({ browsers: 3, gpuLeases: 2, tasks: undefined });
  expect(limitsOf()).toMatchObject({ browsers: 3, gpuLeases: 2, tasks: 200 });
  expect(limitsOf({ browsers: 5 })).toMatchObject({ browsers: 5, gpuLeases: 1 });
  expect(() => choosePoolLimits({ leases: 2, gpuLeases: 3 })).toThrow(
    "the pool's gpuLeases is a whole number from 1 to 2, not 3",
  );
  expect(limitsOf()).toMatchObject({ browsers: 3 });
});

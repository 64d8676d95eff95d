import { Plugins, coordinatorPlugin } from "@shardwright/plugin";
import { expect, test } from "vitest";
import { chosenHere, requireChosen } from "./known-parts.ts";

const plugins = new Plugins({ version: "0.1.0", root: "/" }, [coordinatorPlugin]);

test("what only the coordinator has is left out when a job goes on without it, and that is said", () => {
  expect(chosenHere(plugins, { dealing: "theirs", recoveryStrategies: "bold" })).toEqual({
    chosen: { dealing: undefined, recoveryStrategies: "progressive" },
    without: ", without the dealing policy theirs, which is not here, without the recovery strategy bold, which is not here",
  });
  const known = { dealing: "longest-first", recoveryStrategies: "minimal" };
  expect(chosenHere(plugins, known)).toEqual({ chosen: known, without: "" });
});

test("where the coordinator is in this process, what it does not have is a mistake of the command line", () => {
  requireChosen(plugins, { recoveryStrategies: "aggressive" });
  expect(() => requireChosen(plugins, { dealing: "theirs", recoveryStrategies: "minimal" })).toThrow(
    "There is no dealing policy theirs.",
  );
});

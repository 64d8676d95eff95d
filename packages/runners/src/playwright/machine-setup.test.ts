import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MachineSetup } from "./machine-setup.ts";
import type { PlannedProject } from "./plan.ts";

test("what waits for an earlier one to be in order, and is given up meanwhile, sets nothing up", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shardwright-machine-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const begun = join(folder, "begun");
  const environment = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const command = {
    command: process.execPath,
    args: ["-e", `require("fs").writeFileSync(${JSON.stringify(begun)}, "")`],
    cwd: folder,
    environment,
  };
  const { promise: after, resolve: inOrder } = Promise.withResolvers<void>();
  const setup = new MachineSetup({ workspace: folder, command, keepsBlobs: false }, after);
  const project = { id: "main", files: [], dependencies: [], role: "tests" } as unknown as PlannedProject;
  const prepared = setup.prepare({ projects: [project], hasGlobalSetup: true, reportsBlobs: false }, project);
  expect(await setup.close()).toBeUndefined();
  inOrder();
  expect(await prepared).toEqual({ problem: expect.stringContaining("nobody is left") });
  expect(existsSync(begun)).toBe(false);
});

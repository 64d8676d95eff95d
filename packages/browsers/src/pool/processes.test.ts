import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { runsInGroup } from "./processes.ts";

test.runIf(process.platform === "linux")("what has ended and was not waited for runs no more", async () => {
  // A child in a group of its own, whose parent becomes a program that waits for nobody.
  const parent = spawn("sh", ["-c", "setsid sleep 30 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const group = Number(line.toString());
  const patience = { timeout: 20_000 };
  await vi.waitFor(async () => expect(await runsInGroup(group)).toBe(true), patience);
  process.kill(group, "SIGKILL");
  await vi.waitFor(async () => expect(await runsInGroup(group)).toBe(false), patience);
  // It is still there in name.
  expect(() => process.kill(-group, 0)).not.toThrow();
});

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveConfiguration } from "../config/resolve.ts";
import { openCoordinatorState } from "./coordinator-state.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shardwright-coordinator-state-"));
  writeFileSync(join(directory, ".git"), "");
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = async (flags: Record<string, unknown>, environment: Record<string, string> = {}) =>
  openCoordinatorState(
    (await resolveConfiguration({ command: "coordinator", flags, environment, directory })).settings,
    directory,
  );

test("the state is where either name says, or in ./state, and stays", async () => {
  const kept = join(directory, "kept");
  for (const [flags, path] of [
    [{}, join(directory, "state")],
    [{ stateDir: "kept" }, kept],
    [{ persistentStatePath: kept }, kept],
    [{ persistentStatePath: "kept", stateDir: kept, persistentState: "yes" }, kept],
  ] as const) {
    const state = await open(flags);
    expect(state).toMatchObject({ path, notice: undefined });
    await state.forget();
    expect(existsSync(path)).toBe(true);
  }
});

test("without persistence it is in a folder of its own, which is said, and goes", async () => {
  for (const [flags, environment] of [
    [{ persistentState: false }, {}],
    [{ persistentState: "false" }, {}],
    [{}, { SHARDWRIGHT_PERSISTENT_STATE: "no" }],
  ] as const) {
    const { path, notice, forget } = await open(flags, environment);
    expect(existsSync(path)).toBe(true);
    expect(notice).toContain(`${path} and is removed when this coordinator ends`);
    await forget();
    expect(existsSync(path)).toBe(false);
  }
  expect(existsSync(join(directory, "state"))).toBe(false);
});

test("settings that contradict each other are refused by name", async () => {
  await expect(open({ persistentStatePath: "a", stateDir: "b" })).rejects.toThrow(
    /--persistent-state-path says .*a, and --state-dir .*b/,
  );
  await expect(open({ persistentStatePath: "a", persistentState: false })).rejects.toThrow(
    /Without --persistent-state nothing is kept/,
  );
  await expect(open({ witness: true, persistentState: false })).rejects.toThrow(/has to remember what it promised/);
});

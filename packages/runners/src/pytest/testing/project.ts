import { spawnSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ListedCase, RunnerSession } from "../../runner.ts";
import { TestFolder } from "../../testing/test-folder.ts";
import { pytestRunner } from "../runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:PYTEST|PYTHONUNBUFFERED$)/.test(name)),
) as Record<string, string>;

/** `TEST_PYTHON` names the interpreter with the version of pytest to test with. Undefined where there is none. */
export const python = [process.env["TEST_PYTHON"] ?? "/usr/bin/python3", "python3", "python"].find(
  (candidate) => spawnSync(candidate, ["-c", "import pytest; assert int(pytest.__version__.split('.')[0]) >= 7"]).status === 0,
);

/** A folder with tests for pytest, and the runner's ways to deal with it. */
export class TestProject extends TestFolder {
  static async create(): Promise<TestProject> {
    return new TestProject(await mkdtemp(join(tmpdir(), "shardwright-pytest-")));
  }

  async list(file: string, args: readonly string[] = []): Promise<readonly ListedCase[]> {
    const request = { workspace: this.path, directory: ".", options: { python: python ?? "" }, environment };
    return (await pytestRunner.listCases?.({ ...request, file, args })) ?? [];
  }

  async open(args: readonly string[] = [], closeGrace_ms?: number): Promise<RunnerSession> {
    const { path: workspace } = this;
    const options = { python: python ?? "", args: [...args] };
    const session = await pytestRunner.open({ workspace, directory: ".", options, environment, closeGrace_ms });
    return this.keep(session);
  }
}

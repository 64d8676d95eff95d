import { mkdir, mkdtemp, realpath, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ListedCase, RunnerSession, Suite } from "../../runner.ts";
import { TestFolder } from "../../testing/test-folder.ts";
import { vitestRunner } from "../runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|VITEST.*|TEST|NODE_ENV|CI)$/.test(name)),
) as Record<string, string>;
/** `TEST_VITEST` names the folder of another version to test with. */
const installed = process.env["TEST_VITEST"] ?? dirname(createRequire(import.meta.url).resolve("vitest/package.json"));

/** A folder in which vitest is installed, and the runner's ways to deal with it. */
export class TestProject extends TestFolder {
  static async create(): Promise<TestProject> {
    const workspace = await realpath(await mkdtemp(join(tmpdir(), "shardwright-vitest-")));
    await mkdir(join(workspace, "node_modules"));
    await symlink(installed, join(workspace, "node_modules/vitest"), "junction");
    return new TestProject(workspace);
  }

  /** Puts the package there that measures coverage in one of vitest's two ways. */
  async installCoverage(provider: "v8" | "istanbul"): Promise<void> {
    const name = `@vitest/coverage-${provider}`;
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    await mkdir(join(this.path, "node_modules/@vitest"), { recursive: true });
    await symlink(dirname(manifest), join(this.path, "node_modules", name), "junction");
  }

  async list(file: string, args: readonly string[] = []): Promise<readonly ListedCase[]> {
    const { path: workspace } = this;
    return (await vitestRunner.listCases?.({ workspace, directory: ".", options: {}, environment, file, args })) ?? [];
  }

  /** @param own variables of the session's slot */
  async open(options: Suite["options"] = {}, own: Readonly<Record<string, string>> = {}): Promise<RunnerSession> {
    const { path: workspace } = this;
    const session = await vitestRunner.open({ workspace, directory: ".", options, environment: { ...environment, ...own } });
    return this.keep(session);
  }
}

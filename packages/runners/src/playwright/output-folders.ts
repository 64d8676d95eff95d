import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SessionTask } from "../runner.ts";
import type { Plan } from "./plan.ts";

/** Says which run a folder's artifacts are of. */
const marker = ".shardwright-run";

/** The folders for traces, screenshots and other artifacts: emptied once for each run, as Playwright does, and shared by a machine's slots. */
export class OutputFolders {
  readonly #run: string;
  #cleared: Promise<void> | undefined;
  readonly #attempts = new Map<string, number>();

  constructor(run: string) {
    this.#run = run;
  }

  clear(plan: Plan): Promise<void> {
    this.#cleared ??= this.#clearAll([...new Set(plan.projects.map(({ outputDir }) => outputDir))]);
    return this.#cleared;
  }

  /** A folder of its own for each further attempt on this machine, so that it leaves the artifacts of the ones before alone. */
  folderFor({ file, args, cases, except, finished }: SessionTask): string | undefined {
    const key = JSON.stringify([file, args, cases, except, finished]);
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    return attempt === 1 ? undefined : `attempt-${attempt}`;
  }

  async #clearAll(folders: readonly string[]): Promise<void> {
    for (const folder of folders) {
      // Another worker of this machine was here before.
      if ((await readFile(join(folder, marker), "utf8").catch(() => "")) === this.#run) continue;
      const entries = await readdir(folder).catch(() => []);
      await Promise.all(entries.map((entry) => rm(join(folder, entry), { recursive: true, force: true })));
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, marker), this.#run);
    }
  }
}

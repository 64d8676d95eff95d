import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browserRunner } from "@shardwright/browsers";
import { moduleFile } from "./page.ts";
import { type Scene, type Taken, timed } from "./sides.ts";

/** The runner of browser tests as suites have it: a file for each task, a picture and a trace kept of what fails. */
export async function byRunner({ browser, url, slots }: Scene, tasks: number): Promise<Taken> {
  const workspace = realpathSync.native(mkdtempSync(join(tmpdir(), "bench-browsers-")));
  try {
    for (let task = 0; task < tasks; task += 1) writeFileSync(join(workspace, `${task}.browser.mjs`), moduleFile(url));
    const environment = Object.fromEntries(
      Object.entries({ ...process.env, SHARDWRIGHT_ARTIFACTS_DIR: join(workspace, "kept") }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    const options = { headlessShell: browser.executable === browser.headlessShell };
    return await timed(async () => {
      let next = 0;
      const slot = async () => {
        const session = await browserRunner.open({ workspace, directory: ".", options, environment });
        try {
          while (next < tasks) {
            const id = next++;
            for await (const event of session.execute([{ id, file: `${id}.browser.mjs`, args: [], browser: browser.kind }]))
              if (event.type === "finished" && event.result.outcome !== "passed")
                throw new Error(`a task of the runner: ${event.result.failure?.message ?? event.result.outcome}`);
          }
        } finally {
          await session.close("graceful");
        }
      };
      await Promise.all(Array.from({ length: slots }, slot));
    });
  } finally {
    rmSync(workspace, { recursive: true, force: true, maxRetries: 5 });
  }
}

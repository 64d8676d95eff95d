// @ts-check
import { posix, resolve } from "node:path";
import { definePlugin } from "@shardwright/plugin";
import { listFolder, selectFiles, startChild } from "@shardwright/runners";

/** @typedef {import("@shardwright/runners").Runner} Runner */
/** @typedef {import("@shardwright/runners").RunnerEvent} RunnerEvent */

const isTest = (/** @type {string} */ file) => file.endsWith(".tap.mjs");

/** @type {Runner} */
export const tapRunner = {
  name: "tap",
  capabilities: {
    title: "TAP scripts",
    streamsCases: false,
    warmProcess: false,
    selectsCases: false,
    splitsFiles: false,
    readsProjectConfiguration: false,
    reportsRetries: false,
    reportsLines: false,
    versions: "TAP 13 and 14",
  },
  async detect({ workspace, directory }) {
    const files = (await listFolder(resolve(workspace, directory))).filter(isTest);
    return files.length === 0 ? undefined : `${files[0]} is a TAP script`;
  },
  async discover({ workspace, directory, selection }) {
    const suite = resolve(workspace, directory);
    const own = (await listFolder(suite)).filter(isTest);
    const chosen = await selectFiles(suite, own, selection);
    return { files: chosen.map((file) => ({ file: posix.join(directory, file) })), options: {} };
  },
  async open({ workspace, environment }) {
    /** @type {Set<import("@shardwright/runners").Child>} */
    const running = new Set();
    return {
      usable: true,
      async *execute(tasks) {
        for (const { id, file } of tasks) {
          yield { type: "started", id };
          let output = "";
          const child = startChild({
            command: process.execPath,
            args: [resolve(workspace, file)],
            cwd: workspace,
            environment,
            guarded: true,
            onOutput: (chunk, stream) => {
              if (stream === "stdout") output += Buffer.from(chunk).toString("utf8");
            },
          });
          running.add(child);
          const { code } = await child.exited;
          running.delete(child);
          yield { type: "output", id, chunk: Buffer.from(output) };
          yield* eventsOf(id, output, code);
        }
      },
      async close() {
        await Promise.all([...running].map((child) => child.stop(1000)));
        return undefined;
      },
    };
  },
};

/**
 * What a script has printed, as results. It never passes what was not seen: a script that ends without the tests that it planned has no result.
 * @param {number} id
 * @param {string} output
 * @param {number | null} code
 * @returns {Generator<RunnerEvent>}
 */
export function* eventsOf(id, output, code) {
  const results = [...output.matchAll(/^(not )?ok\b(?: \d+)?(?: - | )?(.*?)(?: # (SKIP|TODO)\b.*)?$/gim)];
  const planned = /^1\.\.(\d+)/m.exec(output)?.[1];
  const ordinals = new Map();
  let failed = 0;
  for (const [, not, title = "", directive] of results) {
    const name = title.trim() === "" ? "unnamed" : title.trim();
    const ordinal = ordinals.get(name) ?? 0;
    ordinals.set(name, ordinal + 1);
    const status = directive !== undefined ? "skipped" : not !== undefined ? "failed" : "passed";
    if (status === "failed") failed += 1;
    const why = status === "failed" ? { message: `${name}: not ok` } : {};
    yield { type: "case", id, result: { path: [name], ordinal, status, duration_ms: 0, retries: 0, ...why } };
  }
  if (planned === undefined || Number(planned) !== results.length || (code !== 0 && failed === 0)) {
    const message = `${results.length} of ${planned ?? "an unknown number of"} tests were reported, and the exit code was ${code}`;
    yield { type: "finished", id, result: { outcome: "errored", failure: { kind: "runner-error", message } } };
  } else if (failed > 0) {
    const message = `${failed} of ${results.length} tests failed`;
    yield { type: "finished", id, result: { outcome: "failed", failure: { kind: "assertion", message, complete: true } } };
  } else yield { type: "finished", id, result: { outcome: "passed" } };
}

export default definePlugin({
  name: "shardwright-plugin-tap",
  version: "1.0.0",
  shardwright: "^0.1",
  setup: (api) => api.runner(tapRunner),
});

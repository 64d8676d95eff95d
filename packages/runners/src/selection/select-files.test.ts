import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Selection } from "../runner.ts";
import { selectFiles } from "./select-files.ts";

let suite: string;
const own = ["lib/a.test.js", "lib/deep/b.test.js", "library/c.test.js", "d.test.js"];

beforeAll(async () => {
  suite = await mkdtemp(join(tmpdir(), "shardwright-select-"));
  for (const path of [...own, "lib/other.js", "node_modules/x/e.test.js", ".hidden/f.test.js"]) {
    await mkdir(dirname(join(suite, path)), { recursive: true });
    await writeFile(join(suite, path), "");
  }
});
afterAll(() => rm(suite, { recursive: true, force: true }));

function select(selection: Partial<Selection>): Promise<string[]> {
  return selectFiles(suite, own, { patterns: [], directories: [], excludes: [], ...selection });
}

test.each<[Partial<Selection>, string[]]>([
  [{}, own.toSorted()],
  [
    { patterns: ["**/*.test.js"] },
    [".hidden/f.test.js", "d.test.js", "lib/a.test.js", "lib/deep/b.test.js", "library/c.test.js"],
  ],
  [{ patterns: ["./lib/*.js", "lib/a*"] }, ["lib/a.test.js", "lib/other.js"]],
  [{ patterns: ["lib\\*.test.js"] }, ["lib/a.test.js"]],
  [{ directories: ["lib"] }, ["lib/a.test.js", "lib/deep/b.test.js"]],
  [{ directories: ["./lib/deep/../"] }, ["lib/a.test.js", "lib/deep/b.test.js"]],
  [{ directories: ["."] }, own.toSorted()],
  [{ directories: ["d.test.js", "lib/deep/"] }, ["d.test.js", "lib/deep/b.test.js"]],
  [{ excludes: ["lib"] }, ["d.test.js", "library/c.test.js"]],
  [{ excludes: ["**/deep", "*.js"] }, ["lib/a.test.js", "library/c.test.js"]],
  [{ excludes: ["**/deep/"] }, ["d.test.js", "lib/a.test.js", "library/c.test.js"]],
  [{ excludes: ["d.test.js", "./lib/a.test.js", "lib\\deep\\b.test.js"] }, ["library/c.test.js"]],
  [
    { excludes: [`{${Array.from({ length: 100 }, (_, number) => `x${number}`).join()},d}.test.js`] },
    ["lib/a.test.js", "lib/deep/b.test.js", "library/c.test.js"],
  ],
  [{ patterns: ["lib/**/*.test.js"], directories: ["lib/deep"], excludes: ["nothing"] }, ["lib/deep/b.test.js"]],
])("%j", async (selection, files) => {
  expect(await select(selection)).toEqual(files);
});

test.each(["/etc/*", "C:\\tests\\*"])("an absolute pattern is refused: %s", async (path) => {
  await expect(select({ patterns: [path] })).rejects.toMatchObject({ code: "path-outside-workspace" });
  await expect(select({ excludes: [path] })).rejects.toMatchObject({ code: "path-outside-workspace" });
});

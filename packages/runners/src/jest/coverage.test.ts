import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, rm, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { coveragePartFile, coveragePartFolder } from "../coverage-parts.ts";
import { halfCovered } from "../testing/coverage.ts";
import { jestRunner } from "./runner.ts";
import { environment, manifest, open, run, scratch, useJest, versions, workspace, write } from "./testing/jest-suite.ts";

const sources = {
  ...halfCovered,
  "a.test.js": `const { sum } = require("./src/sum"); test("a", () => expect(sum(1, 2)).toBe(3));\n`,
  "b.test.js": `const { sum } = require("./src/sum"); test("b", () => expect(sum(1, 0)).toBe(1));\n`,
};

/** Runs each file in the same process. @returns the folder with what each has left */
async function measure(...files: string[]): Promise<string> {
  const parts = join(scratch, "parts");
  const artifacts = join(scratch, "kept");
  await mkdir(parts);
  const session = await open({ options: { coverage: true }, artifacts });
  for (const [index, file] of files.entries()) {
    await run(session, file);
    await cp(join(artifacts, coveragePartFolder, coveragePartFile), join(parts, `${index}.gz`));
  }
  return parts;
}

const joinIn = (folder: string, parts: string) =>
  jestRunner.joinCoverage?.({
    workspace: folder,
    directory: ".",
    options: { coverage: true },
    environment,
    parts,
    failed: false,
  });

async function finalIn(folder: string): Promise<unknown> {
  const final = JSON.parse(await readFile(join(folder, "coverage/coverage-final.json"), "utf8")) as Record<string, object>;
  return Object.fromEntries(
    Object.entries(final).map(([path, one]) => [relative(folder, path), { ...one, path: undefined, inputSourceMap: undefined }]),
  );
}

describe.each(versions)("%s", (installed) => {
  beforeEach(() => useJest(installed));

  test.each(["babel", "v8"])(
    "files that ran one by one cover what they cover in one run, wherever they ran (%s)",
    async (provider) => {
      const coverage = {
        collectCoverageFrom: ["src/**"],
        coverageProvider: provider,
        coverageReporters: ["json", "text"],
        coverageThreshold: { global: { lines: 99 }, "./src/sum.js": { functions: 100 } },
      };
      await write({ ...manifest(coverage), ...sources });
      const parts = await measure("a.test.js", "b.test.js");
      const elsewhere = join(scratch, "elsewhere");
      await cp(workspace, elsewhere, { recursive: true, filter: (path) => !path.includes("node_modules") });
      await symlink(join(workspace, "node_modules"), join(elsewhere, "node_modules"), "junction");
      const outcome = await joinIn(elsewhere, parts);

      const command = [join(workspace, "node_modules/jest/bin/jest.js"), "--coverage"];
      expect(() => execFileSync(process.execPath, command, { cwd: workspace, env: environment, stdio: "ignore" })).toThrow(
        "Command failed",
      );
      const whole = await finalIn(workspace);
      expect(await finalIn(elsewhere)).toEqual(whole);
      expect(Object.keys(whole as object).sort()).toEqual([join("src", "alone.js"), join("src", "sum.js")]);
      expect(outcome?.text).toContain("alone.js");
      expect(outcome?.problems).toEqual([
        expect.stringMatching(/lines.*99%/) as string,
        expect.stringMatching(/functions.*100%/) as string,
      ]);
      await rm(elsewhere, { recursive: true });
    },
  );

  test("a file that an earlier attempt had begun runs as a whole; a source that is gone costs nothing but itself", async () => {
    await write({
      ...manifest({ coverageProvider: "v8", coverageReporters: ["json"] }),
      ...sources,
      "src/gone.js": "exports.gone = () => 1;",
      "a.test.js": `const { sum } = require("./src/sum"); const { gone } = require("./src/gone"); test("a", () => void sum(1, 2)); test("b", () => void gone());`,
    });
    const artifacts = join(scratch, "kept");
    const session = await open({ options: { coverage: true }, artifacts });
    const passed: string[] = [];
    for await (const event of session.execute([{ id: 0, file: "a.test.js", args: [], finished: [["a"]] }]))
      if (event.type === "case") passed.push(`${event.result.path.join()} ${event.result.status}`);
    expect(passed).toEqual(["a passed", "b passed"]);
    await rm(join(workspace, "src/gone.js"));
    await joinIn(workspace, join(artifacts, coveragePartFolder));
    expect(Object.keys((await finalIn(workspace)) as object)).toEqual([join("src", "sum.js")]);
  });

  test("a file that cannot be loaded leaves an empty part, and what cannot be read is an error by name", async () => {
    await write({ ...manifest({ coverageReporters: ["json"] }), ...sources, "c.test.js": "this is no JavaScript" });
    const parts = await measure("c.test.js", "a.test.js");
    expect(await joinIn(workspace, parts)).toEqual({ text: "", isJudged: false, problems: [] });
    expect(Object.keys((await finalIn(workspace)) as object)).toEqual([join("src", "sum.js")]);
    await write({ "package.json": { jest: { transform: 1 } } });
    await expect(joinIn(workspace, parts)).rejects.toMatchObject({ code: "coverage-failed" });
  });
});

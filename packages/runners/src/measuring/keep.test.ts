import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CountedFiles } from "./keep-counted.ts";
import { takeV8Part } from "./keep-v8.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-keep-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As Node writes it: these scripts, each with a source map. */
function write(name: string, paths: readonly string[]): void {
  const urls = paths.map((path) => pathToFileURL(path).href);
  const maps = Object.fromEntries(urls.map((url) => [url, { lineLengths: [1], data: { sources: [url] }, url: null }]));
  writeFileSync(join(folder, name), JSON.stringify({ result: urls.map((url) => ({ url })), "source-map-cache": maps }));
}

test("what is installed in a workspace is left out, not what a workspace is installed in; each map is told once", () => {
  const workspace = join(folder, "node_modules", "workspace");
  const [own, installed] = [join(workspace, "a.js"), join(workspace, "node_modules", "b", "b.js")];
  const told = new Set<string>();
  write("coverage-1-1-0.json", [own, installed]);
  expect(takeV8Part(folder, workspace, { packages: false, outside: false }, told)).toEqual({
    processes: [[{ url: "file:workspace:a.js" }]],
    maps: { "file:workspace:a.js": { lineLengths: [1], data: { sources: ["file:workspace:a.js"] } } },
  });
  write("coverage-1-2-1.json", [own, installed]);
  const { processes, maps } = takeV8Part(folder, workspace, { packages: true, outside: false }, told);
  expect(processes).toEqual([[{ url: "file:workspace:a.js" }, { url: "file:workspace:node_modules/b/b.js" }]]);
  expect(Object.keys(maps)).toEqual(["file:workspace:node_modules/b/b.js"]);
});

test("a file that is still being written is left where it is", () => {
  writeFileSync(join(folder, "coverage-1-1-0.json"), '{"result": [');
  expect(takeV8Part(folder, folder, { packages: true, outside: true })).toEqual({ processes: [], maps: {} });
  expect(readdirSync(folder)).toEqual(["coverage-1-1-0.json"]);
});

test("what a test has cleared up of nyc's folder is no fault of its file", () => {
  const gone = join(folder, "gone");
  expect(new CountedFiles(folder).take(gone)).toEqual({ processes: [] });
  mkdirSync(gone);
  expect(new CountedFiles(folder).take(gone)).toEqual({ processes: [] });
});

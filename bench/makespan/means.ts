import { mkdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Command, jest, mocha, playwright, pythonWith, vitest, withPath } from "../commands.ts";
import type { SuiteFramework } from "./suite.ts";

/** How many files run at the same time, whoever runs them. */
export const workers = 4;

/** A way to run a suite: commands that are started at the same time. */
export interface Means {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** The framework's own ways, the one with a single process last. @param files relative to the folder */
export function ownMeans(framework: SuiteFramework, cwd: string, files: readonly string[], python: string | undefined): Means[] {
  const four = (commandOf: (index: number) => Pick<Command, "program" | "args">) =>
    Array.from({ length: workers }, (_, index) => ({ cwd, ...commandOf(index + 1) }));
  const node = process.execPath;
  switch (framework) {
    case "pytest": {
      const program = python ?? "python3";
      if (pythonWith(["xdist"], program) === undefined) return [];
      return ["load", "loadfile"].map((dist) => ({
        title: `pytest -n ${workers} --dist ${dist}`,
        commands: [
          { program, args: ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", String(workers), "--dist", dist], cwd },
        ],
      }));
    }
    case "vitest":
      link(dirname(vitest), cwd);
      return [
        {
          title: `vitest --shard × ${workers}`,
          commands: four((index) => ({ program: node, args: [vitest, "run", `--shard=${index}/${workers}`, "--maxWorkers=1"] })),
        },
        {
          title: `vitest, one process, ${workers} workers`,
          commands: [{ program: node, args: [vitest, "run", `--maxWorkers=${workers}`], cwd }],
        },
      ];
    case "jest":
      link(dirname(dirname(jest)), cwd);
      return [
        {
          title: `jest --shard × ${workers}`,
          commands: four((index) => ({ program: node, args: [jest, "--ci", `--shard=${index}/${workers}`, "--maxWorkers=1"] })),
        },
        {
          title: `jest, one process, ${workers} workers`,
          commands: [{ program: node, args: [jest, "--ci", `--maxWorkers=${workers}`], cwd }],
        },
      ];
    case "playwright": {
      link(dirname(playwright), cwd, "@playwright/test");
      const program = join("node_modules", "@playwright", "test", "cli.js");
      return [
        {
          title: `playwright --shard × ${workers}`,
          commands: four((index) => ({
            program: node,
            // Each in a folder of its own, away from the tests: they would empty each other's, while others look for tests in there.
            args: [
              program,
              "test",
              `--shard=${index}/${workers}`,
              "--workers=1",
              `--output=../output-${index}`,
              "--reporter=dot",
            ],
          })),
        },
        {
          title: `playwright, one process, ${workers} workers`,
          commands: [{ program: node, args: [program, "test", `--workers=${workers}`, "--reporter=dot"], cwd }],
        },
      ];
    }
    case "node-test":
      return [
        {
          title: `node --test-shard × ${workers}`,
          commands: four((index) => ({
            program: node,
            args: ["--test", `--test-shard=${index}/${workers}`, "--test-concurrency=1"],
          })),
        },
        {
          title: `node --test, one process, concurrency ${workers}`,
          commands: [{ program: node, args: ["--test", `--test-concurrency=${workers}`], cwd }],
        },
      ];
    case "mocha": {
      link(dirname(dirname(mocha)), cwd);
      const program = join("node_modules", "mocha", "bin", "mocha.js");
      return [
        {
          // It has no shards of its own.
          title: `mocha, every ${workers}th file, × ${workers}`,
          commands: four((index) => ({
            program: node,
            args: [program, ...files.filter((_, place) => place % workers === index - 1)],
          })),
        },
        {
          title: `mocha --parallel, one process, ${workers} jobs`,
          commands: [{ program: node, args: [program, "--parallel", `--jobs=${workers}`, "*.spec.js"], cwd }],
        },
      ];
    }
    case "go": {
      const packages = files.map((file) => `./${dirname(file)}`);
      const share = (index: number) => packages.filter((_, place) => place % workers === index - 1);
      return [
        {
          title: `go test -p 1, every ${workers}th package, × ${workers}`,
          commands: four((index) => ({ program: "go", args: ["test", "-count=1", "-p=1", ...share(index)] })),
        },
        {
          title: `go test -p ${workers} ./...`,
          commands: [{ program: "go", args: ["test", "-count=1", `-p=${workers}`, "./..."], cwd }],
        },
      ];
    }
  }
}

/** Ours, with all that is left to it. @param program as installed, or the checkout's */
export function oursIn(framework: SuiteFramework, cwd: string, python: string | undefined, program: string): Command {
  const args = [program, "run", "--runner", framework, "--workers", String(workers), "--report-formats", "json"];
  // The runner takes the first Python of the path, as a user's shell does.
  const environment = python === undefined ? {} : python.includes("/") ? withPath(dirname(python)) : {};
  return { program: process.execPath, args, cwd, environment };
}

/** Installs a package in the suite's folder. */
function link(installed: string, directory: string, name = basename(installed)): void {
  const place = join(directory, "node_modules", name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(installed, place, "dir");
}

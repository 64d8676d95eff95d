import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runToEnd, type StartOptions } from "../processes.ts";

const root = join(import.meta.dirname, "..", "..");
export const examples = join(root, "examples", "plugins");

/** The kinds of which there is an example. */
export const exampleKinds = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
  .map(({ name }) => name);

/** A user's project, with what it has installed. */
export class Project implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "shardwright-plugins-"));

  constructor() {
    this.write("package.json", '{ "name": "project", "private": true }\n');
    // As a package manager would: what a plugin imports is reached by its public name.
    for (const name of ["plugin", "runners"]) {
      const target = join(this.path, "node_modules", "@shardwright", name);
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(join(root, "packages", name), target, "junction");
    }
  }

  write(path: string, text: string): void {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  read(path: string): string {
    return readFileSync(join(this.path, path), "utf8");
  }

  /** Installs an example by a copy of what its package has. @returns the package's name */
  install(kind: string): string {
    const { name, files } = JSON.parse(readFileSync(join(examples, kind, "package.json"), "utf8")) as {
      name: string;
      files: string[];
    };
    const target = join(this.path, "node_modules", name);
    mkdirSync(target, { recursive: true });
    for (const file of files) cpSync(join(examples, kind, file), join(target, file), { recursive: true });
    copyFileSync(join(examples, kind, "package.json"), join(target, "package.json"));
    return name;
  }

  run(args: readonly string[], options: StartOptions = {}): ReturnType<typeof runToEnd> {
    return runToEnd(args, { cwd: this.path, ...options });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** A test file of Node's own runner. @param body of its only test */
export function nodeTest(body = ""): string {
  return `import test from "node:test";\ntest("works", () => {${body}});\n`;
}

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const harness = join(import.meta.dirname, "harness");

/** A Java that Groovy starts with: what `JAVA_HOME` or the PATH has. */
function javaHome(): string | undefined {
  if (process.env.JAVA_HOME !== undefined) return process.env.JAVA_HOME;
  const java = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "java"))
    .find((path) => existsSync(path));
  return java && dirname(dirname(realpathSync(java)));
}

export const groovyEnvironment: Readonly<Record<string, string | undefined>> = { ...process.env, JAVA_HOME: javaHome() };

/** Why there is no Groovy here; undefined where there is one. The processes of a build are found in Linux's `/proc`. */
export const groovyLacks: string | undefined =
  process.platform !== "linux"
    ? "the harness needs Linux"
    : spawnSync("groovyc", ["--version"], { env: groovyEnvironment }).status === 0
      ? undefined
      : "groovy and a Java are not installed";

/** The harness, compiled. @returns the folder with its classes, which the caller removes */
export function compileHarness(): { readonly classes: string; readonly remove: () => void } {
  const classes = mkdtempSync(join(tmpdir(), "jenkins-harness-"));
  const sources = readdirSync(harness, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".groovy"));
  const compiled = spawnSync("groovyc", ["-d", classes, ...sources], {
    cwd: harness,
    env: groovyEnvironment,
    encoding: "utf8",
  });
  const remove = () => rmSync(classes, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  if (compiled.status === 0) return { classes, remove };
  remove();
  throw new Error(`the harness does not compile: ${compiled.stdout}${compiled.stderr}`);
}

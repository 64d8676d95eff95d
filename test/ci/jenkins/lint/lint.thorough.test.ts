import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { compileHarness, groovyEnvironment, groovyLacks } from "../groovy.ts";

const library = join(import.meta.dirname, "..", "..", "..", "..", "jenkins");
const rules = join(import.meta.dirname, "rules.groovy");
/** CodeNarc and the Groovy it needs come with npm-groovy-lint. */
const jars = join(dirname(createRequire(import.meta.url).resolve("npm-groovy-lint")), "java");

let harness: ReturnType<typeof compileHarness>;

describe.skipIf(groovyLacks !== undefined)(`the rules of Jenkins${groovyLacks === undefined ? "" : ` (${groovyLacks})`}`, () => {
  beforeAll(() => {
    harness = compileHarness();
  }, 300_000);
  afterAll(() => harness.remove());

  /** The names of the rules that a library breaks, with where. */
  function violationsIn(folder: string): string[] {
    const classes = mkdtempSync(join(tmpdir(), "jenkins-lint-"));
    onTestFinished(() => rmSync(classes, { recursive: true, force: true }));
    const run = (command: string, args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(command, args, { env: groovyEnvironment, encoding: "utf8" });
      if (status !== 0) throw new Error(`${command} failed: ${stdout}${stderr}`);
      return stdout + stderr;
    };
    const sources = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".groovy"),
    );
    run("groovyc", ["-cp", harness.classes, "-d", classes, ...sources.map((path) => join(folder, "src", path))]);
    const java = groovyEnvironment.JAVA_HOME === undefined ? "java" : join(groovyEnvironment.JAVA_HOME, "bin", "java");
    const path = [join(jars, "*"), join(jars, "groovy", "lib", "*"), harness.classes, classes].join(delimiter);
    const report = join(classes, "report.txt");
    const said = run(java, [
      "-cp",
      path,
      "org.codenarc.CodeNarc",
      `-basedir=${folder}`,
      "-includes=**/*.groovy",
      `-rulesetfiles=file:${rules}`,
      `-report=text:${report}`,
    ]);
    // A file that it cannot compile is passed over with no more than a warning.
    expect(said).not.toMatch(/WARN/);
    const text = readFileSync(report, "utf8");
    expect(text).toContain("TotalFiles=6");
    return [...text.matchAll(/Violation: Rule=(\w+)/g)].map(([, rule]) => rule ?? "");
  }

  test("the library keeps them", () => {
    expect(violationsIn(library)).toEqual([]);
  }, 300_000);

  test("a library that breaks them is found out", () => {
    const broken = mkdtempSync(join(tmpdir(), "jenkins-broken-"));
    onTestFinished(() => rmSync(broken, { recursive: true, force: true }));
    cpSync(library, broken, { recursive: true });
    const file = join(broken, "src", "io", "shardwright", "Suite.groovy");
    const text = readFileSync(file, "utf8");
    const end = text.lastIndexOf("}");
    const wrong = `
    @com.cloudbees.groovy.cps.NonCPS
    String stepInPlace() {
        return script.readFile(file: 'x')
    }

    List<String> sorted(List<String> names) {
        return names.toSorted { a, b -> a <=> b }
    }

    String late(String name) {
        return "\${-> name}"
    }
`;
    const head = text.slice(0, end).replace("class Suite implements Serializable", "class Suite");
    writeFileSync(
      file,
      `${head.replace("package io.shardwright\n", "package io.shardwright\n\nimport com.cloudbees.groovy.cps.NonCPS\n")}${wrong}}\n`,
    );
    const found = new Set(violationsIn(broken));
    expect([...found].toSorted()).toEqual(
      expect.arrayContaining(["ClassNotSerializable", "ClosureInGString", "CpsCallFromNonCpsMethod", "ForbiddenCallInCpsMethod"]),
    );
  }, 300_000);
});

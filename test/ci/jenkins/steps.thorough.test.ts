import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runReportSchema, type RunReport } from "@shardwright/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { testOf } from "../../cli/suite.ts";
import { program, until } from "../../processes.ts";
import { commandHere, startBuild, type BuildSetup, type EndedBuild } from "./build.ts";
import { compileHarness, groovyLacks } from "./groovy.ts";

let harness: ReturnType<typeof compileHarness>;
let checkout: string;
const write = (path: string, text: string) => writeFileSync(join(checkout, path), text);

describe.skipIf(groovyLacks !== undefined)(
  `the step shardwright${groovyLacks === undefined ? "" : ` (${groovyLacks})`}`,
  { timeout: 300_000 },
  () => {
    beforeAll(() => {
      harness = compileHarness();
    }, 300_000);
    afterAll(() => harness.remove());
    beforeEach(() => {
      checkout = mkdtempSync(join(tmpdir(), "jenkins-checkout-"));
      write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
      write("a.test.js", testOf(""));
      write("b.test.js", testOf(""));
    });
    afterEach(() => rmSync(checkout, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

    async function build(pipeline: string, more: Partial<BuildSetup> = {}): Promise<EndedBuild> {
      const started = startBuild({ classes: harness.classes, checkout, pipeline, ...more });
      onTestFinished(started.end);
      return started.ended;
    }
    const scripted = (call: string) => `node('linux') {\n  checkout scm\n  ${call}\n}\n`;
    const step = (more = "") => `shardwright(program: '${commandHere}', workers: 2, maxRetries: 0${more})`;
    const stepsOf = ({ calls }: EndedBuild, name: string) => calls.filter((call) => call.step === name);
    const reportIn = ({ root }: EndedBuild, folder = "shardwright-report"): RunReport =>
      runReportSchema.parse(JSON.parse(readFileSync(join(root, "workspace-1", folder, "report.json"), "utf8")));

    test("scripted: one call runs the suite, shows it, and returns plain values", async () => {
      const ended = await build(
        scripted(
          `def outcome = ${step()}\n  echo "GOT \${outcome.verdict} \${outcome.account} \${outcome.exitCode} \${outcome.reportDir}"`,
        ),
      );
      expect(ended.log).toMatch(/GOT passed \[discovered:2,.*passed:2.*\] 0 shardwright-report/);
      expect(ended.result).toBe("SUCCESS");
      const [shell] = stepsOf(ended, "sh");
      expect(shell).toMatchObject({ script: `exec ${commandHere} run > "$RESULT_OF_SHARDWRIGHT"`, returnStatus: true });
      expect(stepsOf(ended, "junit results")).toMatchObject([{ totalCount: 2, failCount: 0 }]);
      expect(stepsOf(ended, "archived")).toMatchObject([
        { files: expect.arrayContaining(["shardwright-report/junit.xml", "shardwright-report/report.html"]) as unknown },
      ]);
      expect(stepsOf(ended, "publishChecks")).toMatchObject([
        {
          name: "Shardwright",
          conclusion: "SUCCESS",
          status: "COMPLETED",
          title: "Shardwright: passed, 2 discovered, 2 passed",
          summary: expect.stringContaining("2") as unknown,
          detailsURL: "https://jenkins.example.com/job/acme/job/shop/job/main/7/",
        },
      ]);
      expect(reportIn(ended).run.context).toMatchObject({ provider: "jenkins", branch: "main", repository: "acme/shop" });
    });

    test("declarative: failed tests are what the user chose; whatever comes after runs", async () => {
      write("b.test.js", testOf('throw new Error("as intended");'));
      const pipeline = (call: string) => `
      pipeline {
        agent { label 'gpu' }
        options { timeout(time: 5, unit: 'MINUTES') }
        environment { SHARDWRIGHT_PUBLISH_NAME = 'by variable' }
        stages {
          stage('Test') {
            steps { ${call} }
            post {
              unstable { echo 'POST unstable' }
              always { echo 'POST always' }
            }
          }
          stage('Next') { steps { echo 'NEXT' } }
        }
      }`;
      const failed = await build(pipeline(step()));
      expect(failed.result).toBe("FAILURE");
      expect(failed.log).toContain("ERROR: Shardwright: failed, 2 discovered, 1 passed, 1 failed");
      expect(failed.log).toContain("POST always");
      expect(failed.log).not.toContain("NEXT");
      // A red build shows its tests as well.
      expect(stepsOf(failed, "junit results")).toMatchObject([{ totalCount: 2, failCount: 1 }]);
      expect(stepsOf(failed, "publishChecks")).toMatchObject([{ conclusion: "FAILURE" }]);

      const unstable = await build(pipeline(step(", onFailure: 'UNSTABLE'")));
      expect(unstable.result).toBe("UNSTABLE");
      expect(unstable.log).toContain("POST unstable");
      expect(unstable.log).toContain("NEXT");

      const alone = await build(pipeline(step(", onFailure: 'NONE'")));
      expect(alone.result).toBe("SUCCESS");
      expect(alone.log).toContain("Shardwright: failed");
    });

    test("an incomplete run, a wrong suite and a command that is not there fail the build whatever failed tests may do", async () => {
      const wrong = await build(scripted(step(", onFailure: 'NONE', testPattern: ['none-*.js']")));
      expect(wrong.result).toBe("FAILURE");
      expect(wrong.log).toContain("Shardwright ended without a verdict (exit code 2)");
      const missing = await build(scripted("shardwright(program: 'no-such-command', onFailure: 'NONE')"));
      expect(missing.result).toBe("FAILURE");
      expect(missing.log).toContain("ended without a verdict (exit code 127)");
      write("b.test.js", testOf("await new Promise((resolve) => setTimeout(resolve, 60_000));"));
      const late = await build(scripted(step(", onFailure: 'NONE', timeout: 2")));
      expect(late.result).toBe("FAILURE");
      expect(late.log).toMatch(/ERROR: Exception: Shardwright: (?:incomplete|errored)/);
    });

    test("the result of an earlier build in the same workspace is none of a program that did not start", async () => {
      mkdirSync(join(checkout, "bin"));
      writeFileSync(join(checkout, "bin", "npx"), "#!/bin/sh\nexit 7\n", { mode: 0o755 });
      write("earlier.json", JSON.stringify({ verdict: "failed", account: { discovered: 2, failed: 2 }, run: { id: "old" } }));
      const ended = await build(
        scripted(
          `sh 'cp earlier.json "$PWD@tmp/shardwright-shardwright-report.json"'\n  shardwright(onFailure: 'NONE', checks: false)`,
        ),
        { environment: { PATH: `${join(checkout, "bin")}:${process.env.PATH}` } },
      );
      expect(ended.log).toContain("Shardwright ended without a verdict (exit code 7)");
      expect(ended.result).toBe("FAILURE");
    });

    test("without the plugins it goes on, and says what is not there", async () => {
      const ended = await build(scripted(step()), { withoutSteps: ["junit", "publishChecks"] });
      expect(ended.result).toBe("SUCCESS");
      for (const name of ["junit", "publishChecks"]) expect(ended.log).toContain(`this Jenkins has no step ${name}`);
      const silent = await build(scripted(step(", junit: false, checks: false, archive: false")));
      for (const name of ["junit", "publishChecks", "archiveArtifacts"]) expect(stepsOf(silent, name)).toEqual([]);
    });

    test("what it does not take is told at once, before anything runs; a secret is no parameter", async () => {
      const ended = await build(
        scripted("shardwright(maxRetrys: 2, junit: 'yes', onFailure: 'RED', apiKey: 'swt_x', smtpPassword: 'x')"),
      );
      expect(ended.result).toBe("FAILURE");
      expect(ended.log).toContain("there is no parameter maxRetrys");
      expect(ended.log).toContain("junit is true or false, not yes");
      expect(ended.log).toContain("onFailure is one of FAILURE, UNSTABLE, NONE, not RED");
      expect(ended.log).toContain("apiKey would show in the build: name a credential by credentialsId instead");
      expect(ended.log).toContain("smtpPassword would show in the build");
      expect(stepsOf(ended, "sh")).toEqual([]);
    });

    test("on Windows it is bat, with the exit code handed on", async () => {
      write("b.test.js", testOf('throw new Error("as intended");'));
      const ended = await build(`node('windows') {\n  checkout scm\n  ${step(", onFailure: 'UNSTABLE'")}\n}\n`, {
        agents: [{ name: "agent-w", labels: ["windows"], windows: true }],
      });
      expect(ended.result).toBe("UNSTABLE");
      expect(stepsOf(ended, "bat")).toMatchObject([
        { script: `@call ${commandHere} run > "%RESULT_OF_SHARDWRIGHT%"\r\n@exit /b %ERRORLEVEL%` },
      ]);
      expect(stepsOf(ended, "sh")).toEqual([]);
    });

    test("a folder of its own choosing, in a folder of the workspace", async () => {
      const inner = join(checkout, "app");
      mkdirSync(inner);
      for (const file of ["package.json", "a.test.js"]) cpSync(join(checkout, file), join(inner, file));
      const ended = await build(scripted(`dir('app') { ${step(", outputDir: 'out/red', reportFormats: ['json', 'xml']")} }`));
      expect(ended.result).toBe("SUCCESS");
      expect(reportIn(ended, join("app", "out", "red")).account.discovered).toBe(1);
      expect(stepsOf(ended, "junit results")).toMatchObject([{ totalCount: 1 }]);
      expect(existsSync(join(ended.root, "workspace-1", "app@tmp", "shardwright-out-red.json"))).toBe(true);
    });

    test("aborted, it ends in order, cancels the run, and shows what there is; its own program is found", async () => {
      write("b.test.js", testOf("await new Promise((resolve) => setTimeout(resolve, 60_000));"));
      mkdirSync(join(checkout, "node_modules", ".bin"), { recursive: true });
      symlinkSync(program, join(checkout, "node_modules", ".bin", "shardwright"));
      const pipeline = scripted("shardwright(workers: 2, maxRetries: 0)");
      const started = startBuild({ classes: harness.classes, checkout, pipeline });
      onTestFinished(started.end);
      await until("the first result", () => Promise.resolve(started.log().includes("1/2 done")), 90_000);
      started.interrupt("abort");
      const ended = await started.ended;
      expect(ended.result, ended.log).toBe("ABORTED");
      expect(stepsOf(ended, "ended")).toMatchObject([{ status: 4 }]);
      expect(reportIn(ended).verdict).toBe("cancelled");
      expect(stepsOf(ended, "junit results")).toMatchObject([{ totalCount: 2 }]);
      expect(stepsOf(ended, "archived")).toMatchObject([
        { files: expect.arrayContaining(["shardwright-report/report.html"]) as unknown },
      ]);
    });

    test("the harness refuses a step in what Jenkins runs in its place", async () => {
      const library = mkdtempSync(join(tmpdir(), "jenkins-library-"));
      onTestFinished(() => rmSync(library, { recursive: true, force: true }));
      mkdirSync(join(library, "vars"));
      writeFileSync(
        join(library, "vars", "broken.groovy"),
        "import com.cloudbees.groovy.cps.NonCPS\n@NonCPS\nvoid call() {\n  echo('in its place')\n}\n",
      );
      const ended = await build(scripted("broken()"), { library });
      expect(ended.result).toBe("FAILURE");
      expect(ended.log).toContain("the step echo was called in broken.call, which is @NonCPS");
    });
  },
);

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { junitFiles, readJunit, runReportSchema } from "@shardwright/core";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startFleet, type Fleet } from "../../cli/fleet.ts";
import { testOf } from "../../cli/suite.ts";
import { until } from "../../processes.ts";
import { copyComponent, createProject, whyNoPipelines, type GitlabProject, type PipelineOptions } from "./pipeline.ts";
import { startRegistry } from "./registry.ts";
import { startGitlab, type GitlabServer } from "./server.ts";

// A pipeline copies the project for each job, and starts a program in each.
vi.setConfig({ testTimeout: 240_000 });
const patience_ms = 120_000;
const sha = "a".repeat(40);
const token = "glpat-of-this-test";

/** A project with this configuration that includes one component. */
function projectWith(component: "run" | "worker", inputs: Readonly<Record<string, string | number>>): GitlabProject {
  const project = createProject();
  onTestFinished(() => project.remove());
  project.write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  const given = Object.entries({ command: project.command, ...inputs }).map(
    ([name, value]) => `      ${name}: ${JSON.stringify(value)}\n`,
  );
  project.write(
    ".gitlab-ci.yml",
    `include:\n  - component: $CI_SERVER_FQDN/shardwright/shardwright/${component}@9.9.9\n    inputs:\n${given.join("")}`,
  );
  return project;
}

async function startApi(): Promise<{ gitlab: GitlabServer; variables: Record<string, string> }> {
  const gitlab = await startGitlab();
  onTestFinished(() => gitlab.close());
  gitlab.admit(token);
  gitlab.state.pipelines.push({ id: 90, sha, ref: "feature", source: "push" }, { id: 91, sha, ref: "feature", source: "push" });
  gitlab.state.notes.set(3, []);
  const variables = {
    CI_API_V4_URL: gitlab.url,
    CI_PROJECT_ID: "7",
    CI_COMMIT_SHA: sha,
    CI_PIPELINE_ID: "90",
    CI_MERGE_REQUEST_IID: "3",
    CI_MERGE_REQUEST_PROJECT_ID: "7",
    SHARDWRIGHT_CI_TOKEN: token,
  };
  return { gitlab, variables };
}

async function fleetOf(): Promise<{ fleet: Fleet; variables: Record<string, string> }> {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  return { fleet, variables: { SHARDWRIGHT_COORDINATOR: fleet.address, SHARDWRIGHT_API_KEY: await fleet.token("job") } };
}

async function toEnd(project: GitlabProject, options: PipelineOptions) {
  const pipeline = project.pipeline(options);
  onTestFinished(() => void pipeline.child.kill("SIGKILL"));
  const code = await pipeline.exited;
  return { code, output: pipeline.output() };
}

/** The names of the cases in the files that GitLab would read, of all jobs. */
async function casesFor(project: GitlabProject): Promise<string[]> {
  const texts = project.artifacts().flatMap(({ junit }) => junit);
  const files = await Promise.all(texts.map(async (text) => junitFiles(await readJunit(text, { path: "junit-1.xml" }))));
  return files.flatMap((read) => read.flatMap(({ file }) => file)).toSorted();
}

const verdicts = (project: GitlabProject) => project.artifacts().map(({ report }) => runReportSchema.parse(report).verdict);
const names = (count: number) => Array.from({ length: count }, (_, index) => `t${index}.test.js`);

describe.skipIf(whyNoPipelines !== undefined)(
  `pipelines of GitLab${whyNoPipelines === undefined ? "" : ` (${whyNoPipelines})`}`,
  () => {
    test("the component's own pipeline is green, and its jobs without a coordinator run everything between them, each its share", async () => {
      const project = createProject();
      onTestFinished(() => project.remove());
      copyComponent(project);
      const { code, output } = await toEnd(project, { inputs: { command: project.command } });
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/PASS +what GitLab is given/) as string });
      const told = project
        .artifacts()
        .flatMap(({ report }) => runReportSchema.parse(report).notices.map(({ message }) => message));
      for (const share of [1, 2])
        expect(told).toContainEqual(
          expect.stringMatching(new RegExp(`The coordinator was out of reach .*share ${share} of 2 of plan`)),
        );
      // Once by the job alone, once by the two together.
      expect(await casesFor(project)).toEqual(["first.test.js", "first.test.js", "second.test.js", "second.test.js"]);
    });

    test("one job alone, and one that is all the workers, run everything themselves when no coordinator can be reached", async () => {
      const away = { SHARDWRIGHT_API_KEY: "x", SHARDWRIGHT_COORDINATOR: "http://127.0.0.1:9" };
      for (const [component, inputs] of [
        ["run", {}],
        ["worker", { parallel: 1 }],
      ] as const) {
        const project = projectWith(component, { args: "--fallback-after 1", ...inputs });
        for (const name of names(3)) project.write(name, testOf(""));
        expect(await toEnd(project, { variables: away })).toMatchObject({ code: 0 });
        const [{ notices, account } = { notices: [], account: {} }] = project
          .artifacts()
          .map(({ report }) => runReportSchema.parse(report));
        expect(account).toMatchObject({ discovered: 3, passed: 3 });
        expect(notices.map(({ message }) => message)).toContainEqual(expect.stringMatching(/all tests r[au]n on this machine/));
      }
    });

    test.each([
      ["a number of jobs that is none", { parallel: "many" }],
      ["a version that is none", { version: "newest" }],
    ])("an input refuses %s before any job begins", async (_what, inputs) => {
      const project = projectWith("worker", inputs);
      const { code, output } = await toEnd(project, {});
      expect(code).not.toBe(0);
      expect(output).toContain(Object.keys(inputs)[0]);
      expect(output).not.toContain("starting shell");
    });

    test("one job alone tells its end in the pipeline, on the merge request and in the test report", async () => {
      const { gitlab, variables } = await startApi();
      const project = projectWith("run", { "job-name": "unit" });
      project.write("a.test.js", testOf(""));
      project.write("b.test.js", testOf('throw new Error("it is broken");'));
      // A coordinator would take the identity; here nobody asks for it.
      const { code } = await toEnd(project, { variables: { ...variables, SHARDWRIGHT_ID_TOKEN: "e30.e30.c2ln" } });
      expect(code).not.toBe(0);
      expect(verdicts(project)).toEqual(["failed"]);
      expect(await casesFor(project)).toEqual(["a.test.js", "b.test.js"]);
      expect(gitlab.state.statuses).toEqual([expect.objectContaining({ name: "unit", status: "failed", pipeline_id: 90 })]);
      expect(gitlab.state.notes.get(3)?.map(({ body }) => body.includes("it is broken"))).toEqual([true]);
      project.write("b.test.js", testOf(""));
      expect((await toEnd(project, { variables })).code).toBe(0);
      expect(gitlab.state.statuses.map(({ status }) => status)).toEqual(["failed", "success"]);
      expect(gitlab.state.notes.get(3)?.map(({ body }) => body.includes("Passed"))).toEqual([true]);
      expect(gitlab.violations).toEqual([]);
    });

    test("a cancelled job ends its run, and says so: the program of the version from npm is the job's own process", async () => {
      const { gitlab, variables } = await startApi();
      const shell = join(tmpdir(), `shell-of-${process.pid}`);
      onTestFinished(() => rmSync(shell, { force: true }));
      const project = projectWith("run", { command: "", setup: `echo $$ > ${shell}` });
      const registry = await startRegistry("0.1.0", project.command);
      onTestFinished(() => registry.close());
      const begun = join(project.folder, "../begun");
      project.write(
        "a.test.js",
        testOf(
          `writeFileSync(${JSON.stringify(begun)}, ""); await new Promise((go) => setTimeout(go, 60_000));`,
          'import { writeFileSync } from "node:fs";',
        ),
      );
      const npm = { npm_config_registry: registry.url, npm_config_cache: join(project.folder, "../npm") };
      const pipeline = project.pipeline({ variables: { ...variables, ...npm } });
      onTestFinished(() => void pipeline.child.kill("SIGKILL"));
      await until("the test has begun", () => Promise.resolve(existsSync(begun)), patience_ms).catch((error: unknown) => {
        throw new Error(pipeline.output(), { cause: error });
      });
      expect(project.processOf(0)).toBe(Number(readFileSync(shell, "utf8")));
      process.kill(project.processOf(0) ?? 0, "SIGTERM");
      expect(await pipeline.exited).not.toBe(0);
      expect(verdicts(project)).toEqual(["cancelled"]);
      expect(gitlab.state.statuses).toEqual([expect.objectContaining({ name: "shardwright", status: "canceled" })]);
    });

    test("four jobs are the workers of one run, of a child pipeline too: each test once, one verdict, told once", async () => {
      const { gitlab, variables } = await startApi();
      gitlab.state.pipelines.push({ id: 95, sha, ref: "feature", source: "parent_pipeline" });
      const { variables: access } = await fleetOf();
      const project = projectWith("worker", { args: "--slots 1" });
      for (const name of names(12)) project.write(name, testOf(""));
      const child = { CI_PIPELINE_ID: "95", CI_PIPELINE_SOURCE: "parent_pipeline", CI_UPSTREAM_PIPELINE_ID: "90" };
      const { code, output } = await toEnd(project, { variables: { ...variables, ...access, ...child } });
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(verdicts(project)).toEqual(["passed", "passed", "passed", "passed"]);
      const runs = new Set(project.artifacts().map(({ report }) => runReportSchema.parse(report).run.id));
      expect(runs.size).toBe(1);
      expect(await casesFor(project)).toEqual(names(12).toSorted());
      expect(project.artifacts().filter(({ junit }) => junit.length > 0)).toHaveLength(1);
      expect(gitlab.state.statuses).toEqual([expect.objectContaining({ status: "success", pipeline_id: 90 })]);
      expect(gitlab.violations).toEqual([]);
    });

    test("what a killed job leaves is run by the others; run again, it ends with the run's verdict", async () => {
      const { fleet, variables } = await fleetOf();
      const project = projectWith("worker", { parallel: 3, args: "--slots 1" });
      const gate = join(project.folder, "../gate");
      const wait = `while (!existsSync(${JSON.stringify(gate)})) await new Promise((go) => setTimeout(go, 20));`;
      for (const name of names(6)) project.write(name, testOf(wait, 'import { existsSync } from "node:fs";'));
      const all = { ...variables, CI_PIPELINE_ID: "90", CI_PROJECT_ID: "7" };
      const pipeline = project.pipeline({ variables: all });
      onTestFinished(() => void pipeline.child.kill("SIGKILL"));
      await until(
        "all three jobs are at work",
        async () => {
          const { workers } = (await fleet.call("GET", "workers")) as { workers: unknown[] };
          return workers.length === 3;
        },
        patience_ms,
      );
      process.kill(project.processOf(2) ?? 0, "SIGKILL");
      writeFileSync(gate, "");
      expect(await pipeline.exited).not.toBe(0);
      expect(pipeline.output()).toMatch(/FAIL +shardwright: \[2\/3\]/);
      expect(pipeline.output()).toMatch(/PASS +shardwright: \[1\/3\]/);
      expect(verdicts(project)).toEqual(["passed", "passed"]);
      expect(await casesFor(project)).toEqual(names(6));
      const again = await toEnd(project, { variables: all, jobs: ["shardwright: [2/3]"] });
      expect(again).toMatchObject({ code: 0, output: expect.stringContaining("nothing is run again") as string });
    });

    test("a failed run is taken up by one job that is run again, with what failed alone", async () => {
      const { gitlab, variables } = await startApi();
      const { variables: access } = await fleetOf();
      const project = projectWith("worker", { parallel: 2, args: "--slots 1 --max-retries 0" });
      const repaired = join(project.folder, "../repaired");
      for (const name of names(4)) project.write(name, testOf(""));
      project.write(
        "bad.test.js",
        testOf(`if (!existsSync(${JSON.stringify(repaired)})) throw new Error("no");`, 'import { existsSync } from "node:fs";'),
      );
      const all = { ...variables, ...access };
      const first = await toEnd(project, { variables: all });
      expect(first.output).toMatch(/FAIL +shardwright: \[1\/2\][^]*FAIL +shardwright: \[2\/2\]/);
      writeFileSync(repaired, "");
      const again = await toEnd(project, { variables: all, jobs: ["shardwright: [1/2]"] });
      expect(again).toMatchObject({ code: 0, output: expect.stringContaining("1 of 5 test files") as string });
      expect(gitlab.state.statuses.map(({ status }) => status)).toEqual(["failed", "success"]);
      expect(gitlab.state.notes.get(3)).toHaveLength(1);
    });
  },
);

import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { freePort, start, until } from "../processes.ts";
import { Project, nodeTest } from "./project.ts";

const admin = "admin-token-of-this-test-0123456789abcdef";

/** Notes each hook in a file of the project. */
const watcher = `import { appendFileSync } from "node:fs";
export default {
  name: "watcher",
  version: "1.0.0",
  setup(api) {
    for (const hook of api.options.hooks)
      api.on(hook, (event) => appendFileSync(api.options.log, hook + " " + JSON.stringify(event) + "\\n"));
  },
};
`;

test("the coordinator, a worker and the run that they serve are told of in the process in which they live", async () => {
  using project = new Project();
  project.write("watcher.mjs", watcher);
  project.write("a.test.js", nodeTest());
  const watch = (name: string, ...hooks: string[]) => {
    const options = { log: `${project.path}/${name}.log`, hooks };
    project.write(`${name}.json`, JSON.stringify({ plugins: [["./watcher.mjs", options]] }));
    return ["--config", `${name}.json`];
  };
  const hooksOf = (name: string) =>
    project
      .read(`${name}.log`)
      .trim()
      .split("\n")
      .map((line) => line.slice(0, line.indexOf(" ")));
  const address = `http://127.0.0.1:${await freePort()}`;
  // Whoever looks for browsers registers again when they are found.
  const fleet = { SHARDWRIGHT_COORDINATOR: address, SHARDWRIGHT_API_KEY: admin, SHARDWRIGHT_DETECT_BROWSERS: "false" };
  const told = [
    "runSubmitted",
    "workerRegistered",
    "workerLeft",
    "runEnded",
    "coordinatorStarted",
    "coordinatorStopping",
    "closing",
  ];
  const coordinator = start(["coordinator", "--port", new URL(address).port, "--state-dir", "state", ...watch("c", ...told)], {
    cwd: project.path,
    environment: { SHARDWRIGHT_ADMIN_TOKEN: admin },
  });
  try {
    await until("the coordinator", async () => (await fetch(`${address}/readyz`)).ok);
    const worker = start(["worker", "--slots", "1", ...watch("w", "workerStarted", "workerNotice", "workerStopped", "closing")], {
      cwd: project.path,
      environment: fleet,
    });
    await until("the worker", async () => existsSync(`${project.path}/w.log`) && hooksOf("w").includes("workerStarted"));
    const run = await project.run(["run", ...watch("r", "reportReady", "runEnded", "closing")], { environment: fleet });
    expect(run.code, run.output).toBe(0);
    worker.child.kill("SIGTERM");
    expect(await worker.exited, worker.output()).toBe(0);
    expect(hooksOf("w").filter((hook) => hook !== "workerNotice")).toEqual(["workerStarted", "workerStopped", "closing"]);
    expect(project.read("w.log")).toContain('"code":"draining"');
    // The coordinator's own affairs are told where it is.
    expect(hooksOf("r")).toEqual(["reportReady", "closing"]);
  } finally {
    coordinator.child.kill("SIGTERM");
    expect(await coordinator.exited, coordinator.output()).toBe(0);
  }
  expect(hooksOf("c")).toEqual([
    "coordinatorStarted",
    "workerRegistered",
    "runSubmitted",
    "runEnded",
    "workerLeft",
    "coordinatorStopping",
    "closing",
  ]);
}, 120_000);

test("a job whose coordinator is out of reach goes on without what only that one has, and says so", async () => {
  using project = new Project();
  project.write("a.test.js", nodeTest());
  const address = `http://127.0.0.1:${await freePort()}`;
  const args = ["run", "--coordinator", address, "--fallback-after", "1", "--dealing", "theirs", "--recovery-strategies", "bold"];
  const { code, output } = await project.run(args, { environment: { SHARDWRIGHT_API_KEY: admin } });
  expect(project.read("shardwright-report/report.json")).toContain(
    "all tests run on this machine, without the dealing policy theirs, which is not here, without the recovery strategy bold, which is not here.",
  );
  expect(output).toContain("1 discovered = 1 passed");
  expect(code).toBe(0);
}, 120_000);

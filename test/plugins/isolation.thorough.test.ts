import { expect, test } from "vitest";
import { Project, nodeTest } from "./project.ts";

/** Fails wherever it can. */
const broken = `export default {
  name: "broken",
  version: "1.0.0",
  setup(api) {
    const fail = (where) => () => { throw new Error("broken " + where); };
    api.on("runSubmitted", fail("hook"));
    api.on("reportReady", fail("last hook"));
    api.reporter({ format: "broken", file: "broken.txt", write: fail("reporter") });
    api.notifier({ name: "broken", send: fail("notifier") });
    api.dealingPolicy({ name: "broken", choose: () => ({ queue: 0, tasks: [0, 0] }) });
    api.recoveryStrategy({ name: "broken", decide: () => "passed" });
    api.provider({
      name: "broken",
      capabilities: { title: "Broken" },
      log: { group: fail("group"), neutralise: fail("neutralise") },
      detect: fail("detect"),
      describe: fail("describe"),
      channels: [],
    });
  },
};
`;
const chosen = ["--workers", "1", "--dealing", "broken", "--recovery-strategies", "broken", "--max-retries", "1"];

test.each([
  ["green", "", 0],
  ["red", 'throw new Error("no");', 1],
])(
  "a plugin that fails everywhere is named, and a %s run is what it would be without it",
  async (_, body, code) => {
    using project = new Project();
    project.write("broken.mjs", broken);
    project.write("shardwright.config.yml", "plugins: [./broken.mjs]\n");
    project.write("a.test.js", nodeTest());
    project.write("b.test.js", nodeTest(body));
    const run = await project.run(["run", ...chosen, "--report-formats", "json,html"]);
    expect(run.output).toContain(code === 0 ? "2 discovered = 2 passed" : "2 discovered = 1 passed + 1 failed");
    expect(run.code).toBe(code);
    for (const part of [
      "in the hook runSubmitted: broken hook",
      "in the hook reportReady: broken last hook",
      "in the notifier broken: broken notifier",
      "in the provider broken: broken detect",
      "in the dealing policy broken: it names task 0 twice",
      ...(code === 0
        ? []
        : ['in the recovery strategy broken: it has to answer again, elsewhere, afresh, give-up, and not "passed"']),
    ])
      expect(run.output.split(`The plugin broken failed ${part}`), part).toHaveLength(2);
    const { notices } = JSON.parse(project.read("shardwright-report/report.json")) as { notices: { code: string }[] };
    expect(notices.filter((notice) => notice.code === "plugin").length).toBeGreaterThanOrEqual(code === 0 ? 2 : 3);
    // Only of its own report nothing can be had.
    const all = await project.run(["run", ...chosen]);
    expect(all.output).toContain("the report broken could not be written: broken reporter (it is the plugin broken's)");
    expect(project.read("shardwright-report/report.html")).toContain("<html");
    expect(all.code).toBe(code === 0 ? 3 : code);
  },
  120_000,
);

test("a setup that throws leaves the plugin out; one that is no plugin, not there, or of another version is a mistake of the configuration", async () => {
  using project = new Project();
  project.write("a.test.js", nodeTest());
  project.write("throws.mjs", 'export default { name: "thrower", version: "1.0.0", setup() { throw new Error("no disk"); } };\n');
  project.write("shardwright.config.yml", "plugins: [./throws.mjs]\n");
  const run = await project.run(["run", "--workers", "1"]);
  expect(run.output).toContain("The plugin thrower failed in setup: no disk. Nothing of it is used.");
  expect(run.code).toBe(0);
  const list = await project.run(["plugins", "list"]);
  expect(list.output).toContain("thrower 1.0.0: could not be set up: no disk");
  expect(list.code).toBe(2);

  project.write("old.mjs", 'export default { name: "old", version: "1.0.0", shardwright: "^7", setup() {} };\n');
  project.write("nothing.mjs", "export default 7;\n");
  project.write("shardwright.config.yml", "plugins: [./old.mjs, ./nothing.mjs, [./old.mjs, 7]]\n");
  const shape = await project.run(["run"]);
  expect(shape.output).toContain("plugins.2: give a package's name, what definePlugin returns, or [plugin, { options }]");
  project.write("shardwright.config.yml", "plugins: [./old.mjs, ./nothing.mjs]\n");
  const wrong = await project.run(["run"]);
  expect(wrong.output).toContain("plugins.0 (./old.mjs): old 1.0.0 was written for Shardwright ^7, and this is");
  expect(wrong.output).toContain("plugins.1 (./nothing.mjs): it is no plugin");
  project.write("shardwright.config.yml", "plugins: [shardwright-plugin-nowhere, ./nowhere.mjs]\n");
  const missing = await project.run(["run"]);
  expect(missing.output).toContain("plugins.0: shardwright-plugin-nowhere could not be loaded: Cannot find package");
  expect(missing.output).toContain("plugins.1: ./nowhere.mjs could not be loaded: Cannot find module");
  expect([shape.code, wrong.code, missing.code]).toEqual([2, 2, 2]);
}, 120_000);

test("a module that awaits what never comes is a mistake of the configuration, and nothing waits for it", async () => {
  using project = new Project();
  project.write("a.test.js", nodeTest());
  project.write("hangs.mjs", "export default {};\nawait new Promise(() => {});\n");
  project.write("shardwright.config.yml", "plugins: [./hangs.mjs]\n");
  const run = await project.run(["run", "--workers", "1"]);
  expect(run.output).toContain("plugins.0: ./hangs.mjs could not be loaded: its top-level await has not ended within 10 s");
  expect(run.code).toBe(2);
}, 120_000);

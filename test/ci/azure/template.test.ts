import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { evaluate } from "./expressions.ts";
import { expandTemplate, readTemplate, type TemplateName } from "./template.ts";

const names: TemplateName[] = ["run", "worker"];
const needed: Record<TemplateName, Record<string, unknown>> = { run: {}, worker: { coordinator: "https://c", apiKey: "$(key)" } };

test.each(names)("%s.yml comes to steps that the agent knows, on each system one that runs the tests", (name) => {
  const steps = expandTemplate(name, { ...needed[name], arguments: "--max-retries 1" });
  for (const os of ["Linux", "Darwin", "Windows_NT"]) {
    const runs = steps.filter(
      (step) =>
        ("bash" in step || "powershell" in step) && evaluate(step.condition ?? "", { variables: { "Agent.OS": os } }) === true,
    );
    expect(runs).toHaveLength(1);
    expect(JSON.stringify(runs[0])).toContain(`${name} --max-retries 1`);
    expect("powershell" in (runs[0] ?? {})).toBe(os === "Windows_NT");
  }
  const [bash, powershell] = steps.filter((step) => "env" in step);
  expect((bash as { env: unknown }).env).toEqual((powershell as { env: unknown }).env);
});

test.each(names)("%s.yml leaves out what is not asked for", (name) => {
  const bare = expandTemplate(name, { ...needed[name], artifact: "", node: "" });
  expect(bare).toHaveLength(2);
  expect(JSON.stringify(bare)).not.toMatch(/SHARDWRIGHT_(WORKERS|SLOTS)/);
  const whole = expandTemplate(name, { ...needed[name], [name === "run" ? "workers" : "slots"]: 3 });
  expect(whole).toHaveLength(4);
  expect(JSON.stringify(whole)).toMatch(/"SHARDWRIGHT_(WORKERS|SLOTS)":3/);
});

test("a parameter that is missing, misspelt or of another type is refused", () => {
  expect(() => expandTemplate("worker", {})).toThrow("a value for coordinator must be given");
  expect(() => expandTemplate("run", { coordinater: "x" })).toThrow("run.yml has no parameter coordinater");
  expect(() => expandTemplate("run", { workers: "three" })).toThrow("workers is no number");
});

test("what runs the tests is published whether they pass or not, and not where the job was cancelled", () => {
  const steps = expandTemplate("worker", needed.worker);
  const publish = steps.find((step) => "publish" in step);
  const holds = (status: "succeeded" | "failed" | "canceled") => evaluate(publish?.condition ?? "", { status });
  expect([holds("succeeded"), holds("failed"), holds("canceled")]).toEqual([true, true, false]);
});

test.each(["azure/README.md", "docs/ci/azure.md"])("the examples of %s use the templates as they are", (page) => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "..", page), "utf8");
  const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThan(0);
  let uses = 0;
  for (const block of blocks) {
    for (const document of parseAllDocuments(block)) {
      if ("errors" in document) expect(document.errors).toEqual([]);
      uses += usesOf("toJS" in document ? document.toJS() : undefined);
    }
  }
  expect(uses).toBeGreaterThan(0);
});

/** Expands each use of a template of ours. @returns how many there are */
function usesOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + usesOf(item), 0);
  if (typeof value !== "object" || value === null) return 0;
  const { template, parameters = {} } = value as { template?: string; parameters?: Record<string, unknown> };
  const name = /^azure\/(\w+)\.yml@shardwright$/.exec(template ?? "")?.[1];
  if (name !== undefined) {
    expandTemplate(name as TemplateName, parameters);
    return 1;
  }
  return Object.values(value).reduce<number>((sum, item) => sum + usesOf(item), 0);
}

test("every parameter is told of in a line", () => {
  for (const name of names) for (const { displayName } of readTemplate(name).parameters) expect(displayName).not.toMatch(/\n|\|/);
});

import { isAbsolute, relative, sep } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { CaseResult } from "@shardwright/core";
import type { TestCase, TestError, TestResult, TestStep } from "@playwright/test/reporter";
import { cut } from "../../process/host-channel.ts";

const textLimit = 65_536;
const nameLimit = 4000;
const depthLimit = 64;
const propertyLimit = 100;

export type Identity = Pick<CaseResult, "path" | "ordinal" | "file" | "line">;

/** What tells a test apart: its titles, and where it stands. */
export function identityOf(test: TestCase, workspace: string): Identity {
  const file = inWorkspace(test.location.file, workspace);
  return {
    path: pathOf(test),
    ordinal: test.repeatEachIndex,
    ...(file === undefined ? {} : { file, ...(test.location.line > 0 ? { line: test.location.line } : {}) }),
  };
}

/** The titles from the outermost group to the test: root, project and file come before them. */
export function pathOf(test: Pick<TestCase, "titlePath">): string[] {
  const path = test
    .titlePath()
    .slice(3)
    .map((title) => cut(title, nameLimit));
  if (path.length <= depthLimit) return path;
  return [...path.slice(0, depthLimit - 1), cut(path.slice(depthLimit - 1).join(" › "), nameLimit)];
}

/** Of a test that will not be tried again. */
export function toCaseResult(test: TestCase, workspace: string): CaseResult {
  const properties = propertiesOf(test, workspace);
  const output = outputOf(test.results);
  return {
    ...identityOf(test, workspace),
    duration_ms: test.results.reduce((sum, { duration }) => sum + Math.max(0, duration), 0),
    retries: Math.max(0, test.results.length - 1),
    ...verdictOf(test),
    ...(output === "" ? {} : { output }),
    ...(properties === undefined ? {} : { properties }),
  };
}

type Verdict = Pick<CaseResult, "status" | "note" | "message" | "details">;

function verdictOf(test: TestCase): Verdict {
  const last = test.results.at(-1);
  const mayFail = test.expectedStatus === "failed";
  switch (test.outcome()) {
    case "skipped":
      return last?.status === "interrupted" ? { status: "errored", message: "It was interrupted." } : skippedVerdict(test);
    case "expected":
    case "flaky":
      return { status: "passed", ...(mayFail ? { note: "expected-failure" as const } : {}) };
    case "unexpected":
      if (last?.status === "passed")
        return { status: "failed", note: "unexpected-pass", message: "It passed, though it was expected to fail." };
      return { status: last !== undefined && crashOf(last) !== undefined ? "errored" : "failed", ...describeErrors(last) };
  }
}

function skippedVerdict(test: TestCase): Verdict {
  const annotation = test.annotations.find(({ type }) => type === "skip" || type === "fixme");
  if (test.expectedStatus !== "skipped")
    return { status: "skipped", message: "It did not run, because of a failure before it.", ...errorsIfAny(test.results.at(-1)) };
  return {
    status: "skipped",
    ...(annotation?.type === "fixme" ? { note: "todo" as const } : {}),
    ...(annotation?.description ? { message: cut(annotation.description, textLimit) } : {}),
  };
}

function errorsIfAny(result: TestResult | undefined): Pick<Verdict, "details"> {
  return result === undefined || result.errors.length === 0 ? {} : { details: describeErrors(result).details };
}

/** The first error for people; stacks, causes and the step that failed, for whoever digs. */
function describeErrors(result: TestResult | undefined): { message: string; details: string } {
  const errors = result?.errors ?? [];
  const first = errors[0];
  const timedOut = result?.status === "timedOut" ? "It ran out of time." : "It failed without an error.";
  const steps = failedSteps(result?.steps ?? []);
  const parts = [
    ...(steps.length === 0 ? [] : [`In the step: ${steps.join(" › ")}`]),
    ...errors.map((error) => detailsOf(error, 0)),
  ];
  return {
    message: cut(first === undefined ? timedOut : messageOf(first), textLimit),
    details: cut(parts.join("\n\n"), textLimit),
  };
}

/** Without the colours that are meant for a terminal. */
export function messageOf(error: TestError): string {
  return plain(error.message ?? error.value ?? "an error without a message").replace(/^Error: /, "");
}

const causeDepthLimit = 8;

function detailsOf(error: TestError, depth: number): string {
  const parts = [plain(error.stack ?? error.message ?? error.value ?? "")];
  if (error.snippet !== undefined) parts.push(plain(error.snippet));
  if (error.cause !== undefined && depth < causeDepthLimit) parts.push(`Caused by: ${detailsOf(error.cause, depth + 1)}`);
  return parts.join("\n\n");
}

/** Titles of the steps of the user's (`test.step`) that the error passed through, the outermost first. */
function failedSteps(steps: readonly TestStep[]): string[] {
  for (const step of steps) {
    if (step.error === undefined) continue;
    const inner = failedSteps(step.steps);
    return step.category === "test.step" ? [cut(step.title, nameLimit), ...inner] : inner;
  }
  return [];
}

/** How the worker process ended under a test; undefined when it did not. */
export function crashOf(result: TestResult): { code: string; signal: string } | undefined {
  for (const { message = "" } of result.errors) {
    const [, code, signal] = /worker process exited unexpectedly \(code=(\w+), signal=(\w+)\)/.exec(plain(message)) ?? [];
    if (code !== undefined && signal !== undefined) return { code, signal };
  }
  return undefined;
}

function outputOf(results: readonly TestResult[]): string {
  const chunks = results.flatMap(({ stdout, stderr }) => [...stdout, ...stderr]);
  return cut(plain(chunks.map((chunk) => chunk.toString()).join("")), textLimit);
}

/** Annotations by their type, and where the attachments lie, relative to the workspace; attachments without a file stay behind. */
function propertiesOf(test: TestCase, workspace: string): Record<string, string> | undefined {
  const found: [name: string, value: string][] = [];
  for (const { type, description } of test.annotations) if (description) found.push([type, description]);
  for (const { attachments, retry } of test.results)
    for (const { name, path } of attachments) {
      const place = path === undefined ? undefined : inWorkspace(path, workspace);
      if (place !== undefined) found.push([`attachment ${name}${retry === 0 ? "" : ` (retry ${retry})`}`, place]);
    }
  if (found.length === 0) return undefined;
  const properties: Record<string, string> = {};
  for (const [name, value] of found.slice(0, propertyLimit)) {
    const short = name.slice(0, 250);
    let key = short;
    for (let count = 2; key in properties; count += 1) key = `${short} ${count}`;
    properties[key] = cut(value, nameLimit);
  }
  return properties;
}

/** With forward slashes; undefined for what lies elsewhere. */
function inWorkspace(path: string, workspace: string): string | undefined {
  const inside = relative(workspace, path);
  return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? undefined : inside.split(sep).join("/");
}

function plain(text: string): string {
  return stripVTControlCharacters(text);
}

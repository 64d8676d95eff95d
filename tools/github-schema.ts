/**
 * Cuts the operations that the GitHub adapters use, with all they refer to, out of GitHub's published description of its API, for the
 * server in `test/ci/github` that checks requests against it. The description comes from the npm package `@octokit/openapi`, which is no
 * dependency because it takes 385 MB:
 *
 *     npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz && node tools/github-schema.ts package
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Json = Record<string, unknown>;

const repository = "/repos/{owner}/{repo}";
const operations: Readonly<Record<string, readonly string[]>> = {
  "/user": ["get"],
  "/app": ["get"],
  "/app/installations/{installation_id}/access_tokens": ["post"],
  [`${repository}/installation`]: ["get"],
  [`${repository}/check-runs`]: ["post"],
  [`${repository}/check-runs/{check_run_id}`]: ["get", "patch"],
  [`${repository}/check-runs/{check_run_id}/annotations`]: ["get"],
  [`${repository}/check-runs/{check_run_id}/rerequest`]: ["post"],
  [`${repository}/commits/{ref}/check-runs`]: ["get"],
  [`${repository}/statuses/{sha}`]: ["post"],
  [`${repository}/commits/{ref}/statuses`]: ["get"],
  [`${repository}/issues/{issue_number}/comments`]: ["get", "post"],
  [`${repository}/issues/comments/{comment_id}`]: ["get", "patch", "delete"],
  [`${repository}/pulls`]: ["get"],
  [`${repository}/actions/runs/{run_id}/artifacts`]: ["get"],
  [`${repository}/actions/runs/{run_id}/jobs`]: ["get"],
  [`${repository}/actions/runs/{run_id}/rerun-failed-jobs`]: ["post"],
};
/** The deliveries that a GitHub App is sent. */
const deliveries = ["check-run-rerequested", "check-run-requested-action", "check-suite-rerequested"];
/** For people, and three quarters of the whole. */
const unread = new Set([
  "description",
  "summary",
  "example",
  "examples",
  "externalDocs",
  "x-github",
  "tags",
  "title",
  "operationId",
]);

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node tools/github-schema.ts <the unpacked package @octokit/openapi>");
const read = (...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), "utf8")) as Json;
const { version, license } = read("package.json") as { version: string; license: string };
const whole = read("generated", "api.github.com.json");

const cut: Json = {
  openapi: whole.openapi,
  "x-source": `@octokit/openapi ${version} (https://github.com/octokit/openapi), ${license} licence, Copyright (c) Octokit contributors and GitHub; cut by tools/github-schema.ts`,
  paths: Object.fromEntries(
    Object.entries(operations).map(([path, methods]) => {
      const all = at(whole, ["paths", path]);
      return [path, Object.fromEntries(methods.map((method) => [method, withoutProse(at(all, [method]))]))];
    }),
  ),
  "x-webhooks": Object.fromEntries(deliveries.map((name) => [name, withoutProse(at(whole, ["x-webhooks", name]))])),
};
const open: unknown[] = [cut];
const taken = new Set<string>();
while (open.length > 0) {
  const node = open.pop();
  if (typeof node !== "object" || node === null) continue;
  open.push(...Object.values(node));
  const { $ref: reference } = node as Json;
  if (typeof reference !== "string" || taken.has(reference)) continue;
  taken.add(reference);
  const steps = reference.slice("#/".length).split("/");
  const found = withoutProse(at(whole, steps));
  let place = cut;
  for (const step of steps.slice(0, -1)) place = (place[step] ??= {}) as Json;
  place[steps.at(-1) as string] = found;
  open.push(found);
}
const text = `${JSON.stringify(cut)}\n`;
writeFileSync(join(import.meta.dirname, "..", "test", "ci", "github", "schema.json"), text);
console.log(`${Object.keys(operations).length} paths, ${taken.size} references, ${text.length} characters`);

function at(from: unknown, steps: readonly string[]): Json {
  let node = from as Json;
  for (const step of steps) {
    const next = node[step];
    if (typeof next !== "object" || next === null) throw new Error(`the description has no ${steps.join(" ")}`);
    node = next as Json;
  }
  return node;
}

/** Without what people read; a property may be called like that, and stays. */
function withoutProse(node: unknown, isNames = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutProse(item));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => isNames || !unread.has(key))
      .map(([key, value]) => [key, withoutProse(value, key === "properties" && !isNames)]),
  );
}

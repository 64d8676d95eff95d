import { generateKeyPairSync, sign } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { jobAccess, type App } from "./access.ts";
import { deliveryErrors } from "./contract.ts";
import { startGithub, type GithubServer, type GithubServerOptions } from "./server.ts";

let github: GithubServer | undefined;
afterEach(() => github?.close());

async function start(options?: GithubServerOptions): Promise<GithubServer> {
  github = await startGithub(options);
  return github;
}

async function ask(server: GithubServer, request: string, body?: unknown, token = "ghs_job") {
  const [method = "", path = ""] = request.split(" ");
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === "" ? undefined : JSON.parse(text)) as never };
}

const note = { path: "a.ts", start_line: 1, end_line: 1, annotation_level: "failure", message: "m" };
const checks = "POST /repos/o/r/check-runs";
const good = { name: "n", head_sha: "abc" };

test.each([
  ["a key that GitHub does not know", checks, { ...good, detailsUrl: "x" }, "detailsUrl"],
  [
    "a key that it does not know, deep inside",
    checks,
    { ...good, output: { title: "t", summary: "s", annotations: [{ ...note, level: "x" }] } },
    "level",
  ],
  [
    "51 annotations",
    checks,
    { ...good, output: { title: "t", summary: "s", annotations: Array.from({ length: 51 }, () => note) } },
    "50",
  ],
  ["a summary that is too long", checks, { ...good, output: { title: "t", summary: "x".repeat(65_536) } }, "65535"],
  ["completed without a conclusion", checks, { ...good, status: "completed" }, "conclusion"],
  ["a conclusion that GitHub does not have", checks, { ...good, conclusion: "passed" }, "timed_out"],
  [
    "a message over 64 KB",
    checks,
    { ...good, output: { title: "t", summary: "s", annotations: [{ ...note, message: "ä".repeat(33_000) }] } },
    "64 KB",
  ],
  [
    "a title over 255",
    checks,
    { ...good, output: { title: "t", summary: "s", annotations: [{ ...note, title: "x".repeat(256) }] } },
    "255",
  ],
  [
    "columns over several lines",
    checks,
    { ...good, output: { title: "t", summary: "s", annotations: [{ ...note, end_line: 2, end_column: 3 }] } },
    "columns",
  ],
  [
    "a path from the root",
    checks,
    { ...good, output: { title: "t", summary: "s", annotations: [{ ...note, path: "/a.ts" }] } },
    "relative",
  ],
  ["a comment without words", "POST /repos/o/r/issues/1/comments", { body: " " }, "blank"],
  ["a state that GitHub does not have", "POST /repos/o/r/statuses/abc", { state: "passed" }, "pending"],
  ["a page that is no number", "GET /repos/o/r/issues/1/comments?page=x", undefined, "page"],
  ["an operation that does not exist", "POST /repos/o/r/check-run", {}, "no such operation"],
])("%s is refused and listed", async (_what, request, body, said) => {
  const server = await start();
  expect((await ask(server, request, body)).status).toBe(422);
  expect(server.violations).toEqual([expect.stringContaining(said)]);
  expect(server.state.checkRuns).toEqual([]);
});

test("a check run's annotations add up, and it is found by commit and name; its own answers keep to the contract", async () => {
  const server = await start();
  const made = await ask(server, checks, { ...good, output: { title: "t", summary: "s", annotations: [note] } });
  expect(made.status).toBe(201);
  const { id } = made.body as { id: number };
  await ask(server, `PATCH /repos/o/r/check-runs/${id}`, { output: { summary: "later", annotations: [note, note] } });
  await ask(server, checks, { ...good, name: "another" });
  const found = await ask(server, "GET /repos/o/r/commits/abc/check-runs?check_name=n");
  expect(found.body).toMatchObject({
    total_count: 1,
    check_runs: [{ id, output: { annotations_count: 3, title: "t", summary: "later" } }],
  });
  expect((await ask(server, `GET /repos/o/r/check-runs/${id}/annotations?per_page=2`)).headers.get("link")).toContain("page=2");
  await ask(server, "POST /repos/o/r/statuses/abc", { state: "failure", description: "d" });
  await ask(server, "GET /repos/o/r/commits/abc/statuses");
  await ask(server, "POST /repos/o/r/issues/1/comments", { body: "hello" });
  expect((await ask(server, "GET /repos/o/r/issues/1/comments")).body).toMatchObject([
    { body: "hello", user: { login: "github-actions[bot]" } },
  ]);
  server.state.pulls.push({ number: 7, head: "o:b", sha: "abc" });
  expect((await ask(server, "GET /repos/o/r/pulls?head=o:b")).body).toMatchObject([{ number: 7, head: { sha: "abc" } }]);
  server.state.artifacts.push({ name: "report" });
  server.state.jobs.push({ name: "test (1)", conclusion: "failure" });
  expect((await ask(server, "GET /repos/o/r/actions/runs/9/artifacts")).body).toMatchObject({ artifacts: [{ name: "report" }] });
  expect((await ask(server, "GET /repos/o/r/actions/runs/9/jobs")).body).toMatchObject({ jobs: [{ name: "test (1)" }] });
  await ask(server, "POST /repos/o/r/actions/runs/9/rerun-failed-jobs");
  await ask(server, `POST /repos/o/r/check-runs/${id}/rerequest`);
  expect(server.state.reruns).toEqual(["runs/9", `check-runs/${id}`]);
  expect(server.violations).toEqual([]);
});

test("a token of a fork reads and does not write; a person's writes no check; a wrong one does nothing", async () => {
  const server = await start();
  server.admit("fork", jobAccess(new Set()));
  server.admit("person", { ...jobAccess(), kind: "personal", app: 0 });
  expect((await ask(server, checks, good, "fork")).body).toEqual({ message: "Resource not accessible by integration" });
  expect((await ask(server, "GET /repos/o/r/commits/abc/check-runs", undefined, "fork")).status).toBe(200);
  expect((await ask(server, checks, good, "person")).status).toBe(403);
  expect((await ask(server, checks, good, "wrong")).status).toBe(401);
  expect(server.state.checkRuns).toEqual([]);
});

test("trouble comes as often as it was asked for: a storm, a broken connection, an answer that is lost", async () => {
  const server = await start();
  server.faults.add(
    { match: /check-runs/, times: 2, answer: { status: 502 } },
    { match: /statuses/, times: 1, answer: "broken" },
  );
  expect((await ask(server, checks, good)).status).toBe(502);
  expect((await ask(server, checks, good)).status).toBe(502);
  expect((await ask(server, checks, good)).status).toBe(201);
  await expect(ask(server, "POST /repos/o/r/statuses/abc", { state: "success" })).rejects.toThrow("fetch failed");
  expect(server.state.statuses).toEqual([]);
  server.faults.add({ answer: "lost", times: 1 });
  await expect(ask(server, "POST /repos/o/r/statuses/abc", { state: "success" })).rejects.toThrow("fetch failed");
  expect(server.state.statuses).toHaveLength(1);
});

test("more than 80 writes a minute meet the secondary limit", async () => {
  let now_ms = 1_800_000_000_000;
  const server = await start({ now_ms: () => now_ms });
  for (let count = 0; count < 80; count += 1) await ask(server, "POST /repos/o/r/issues/1/comments", { body: "x" });
  const limited = await ask(server, "POST /repos/o/r/issues/1/comments", { body: "x" });
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([403, "60"]);
  now_ms += 60_000;
  expect((await ask(server, "POST /repos/o/r/issues/1/comments", { body: "x" })).status).toBe(201);
});

test("a GitHub App gets a token for its installation with what it signed, for an hour", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const app: App = {
    id: 42,
    slug: "shardwright",
    publicKey: String(publicKey.export({ type: "spki", format: "pem" })),
    installation: 7,
    writes: new Set(["checks"]),
  };
  let now_ms = 1_800_000_000_000;
  const server = await start({ app, now_ms: () => now_ms });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = (claims: unknown) => {
    const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
    return `${text}.${sign("RSA-SHA256", Buffer.from(text), privateKey).toString("base64url")}`;
  };
  const now_s = now_ms / 1000;
  const token = signed({ iss: 42, iat: now_s - 60, exp: now_s + 540 });
  expect((await ask(server, "GET /repos/o/r/installation", undefined, token)).body).toMatchObject({ id: 7, app_id: 42 });
  expect((await ask(server, "GET /app", undefined, token)).body).toMatchObject({ slug: "shardwright" });
  const asked = "POST /app/installations/7/access_tokens";
  const given = await ask(server, asked, { permissions: { checks: "write" } }, token);
  const { token: installation } = given.body as { token: string };
  expect((await ask(server, checks, good, installation)).status).toBe(201);
  expect((await ask(server, asked, { permissions: { actions: "write" } }, token)).status).toBe(422);
  expect((await ask(server, checks, good, token)).status).toBe(401);
  for (const claims of [
    { iss: 43, iat: now_s, exp: now_s + 60 },
    { iss: 42, iat: now_s, exp: now_s + 900 },
    { iss: 42, iat: now_s, exp: now_s },
  ])
    expect((await ask(server, asked, {}, signed(claims))).status).toBe(401);
  expect((await ask(server, asked, {}, `${token.slice(0, -6)}AAAAAA`)).status).toBe(401);
  now_ms += 3_600_000;
  expect((await ask(server, checks, good, installation)).status).toBe(401);
  expect(server.violations).toEqual([]);
});

test("a delivery is held to GitHub's schema", () => {
  expect(deliveryErrors("check-run-rerequested", { action: "created" })).not.toEqual([]);
  expect(deliveryErrors("check-run-renamed", {})).toEqual(["the slice has no delivery check-run-renamed"]);
});

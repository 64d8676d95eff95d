import type { ProjectList, RunFilters, RunList } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call, newWorker, playRun } from "../testing/coordinators.ts";
import { submissionOf } from "../testing/world.ts";

type At = Parameters<typeof call>[0];
const listOf = async (at: At, query: string) => (await call(at, "GET", `/api/v1/runs?${query}`)).body as RunList;
const keysOf = async (at: At, query: string) => (await listOf(at, query)).runs.map(({ run_key }) => run_key);

test("runs are listed by branch, provider, author, verdict and time, newest first, page by page", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  const main = { branch: "main", provider: "github", actor: "ada" };
  const play = (key: string, context: object, project = "shop") =>
    playRun(coordinator, worker, key, ["a.test.js", "b.test.js"], { context, project });
  await play("one", main);
  await play("two", { ...main, actor: "bob", branch: "fix'\"<b>" });
  const since_ms = (await listOf(coordinator, "run_key=two")).runs[0]?.submitted_at_ms ?? 0;
  await play("three", { ...main, provider: "gitlab" });
  await play("elsewhere", main, "site");
  await call(
    coordinator,
    "POST",
    "/api/v1/runs",
    submissionOf(["c.test.js"], { run_key: "four", project: "shop", context: main }),
  );

  expect(await keysOf(coordinator, "project=shop")).toEqual(["four", "three", "two", "one"]);
  expect(await keysOf(coordinator, "project=shop&branch=main")).toEqual(["four", "three", "one"]);
  expect(await keysOf(coordinator, `branch=${encodeURIComponent("fix'\"<b>")}`)).toEqual(["two"]);
  expect(await keysOf(coordinator, "project=shop&provider=gitlab")).toEqual(["three"]);
  expect(await keysOf(coordinator, "author=bob")).toEqual(["two"]);
  expect(await keysOf(coordinator, "verdict=running")).toEqual(["four"]);
  expect(await keysOf(coordinator, "project=shop&verdict=passed")).toEqual(["three", "two", "one"]);
  expect(await keysOf(coordinator, "verdict=failed")).toEqual([]);
  expect(await keysOf(coordinator, `project=shop&since_ms=${since_ms}`)).toEqual(["four", "three", "two"]);

  const seen: string[] = [];
  for (let next: string | undefined = ""; next !== undefined;) {
    const page: RunList = await listOf(coordinator, `limit=2${next === "" ? "" : `&before=${next}`}`);
    seen.push(...page.runs.map(({ run_key }) => run_key));
    ({ next } = page);
  }
  expect(seen).toEqual(["four", "elsewhere", "three", "two", "one"]);
  expect(await call(coordinator, "GET", "/api/v1/runs?before=yesterday")).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining("query.before") as string } },
  });
  expect((await call(coordinator, "GET", "/api/v1/runs?verdict=green")).status).toBe(400);

  const { body: filters } = await call(coordinator, "GET", "/api/v1/run-filters?project=shop");
  expect(filters as RunFilters).toEqual({
    branches: ["fix'\"<b>", "main"],
    providers: ["github", "gitlab"],
    authors: ["ada", "bob"],
  });
  const { projects } = (await call(coordinator, "GET", "/api/v1/projects")).body as ProjectList;
  expect(projects).toMatchObject([
    { project: "shop", runs: 4, running: 1, verdict: "passed" },
    { project: "site", runs: 1, running: 0, verdict: "passed" },
  ]);
});

test("the account of a run that has ended is the one that was counted, also when it is opened again", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  await playRun(coordinator, worker, "one", ["a.test.js", "b.test.js"]);
  const submission = submissionOf(["c.test.js"], {
    run_key: "two",
    workspace: { kind: "git", url: "https://x.example/r.git", commit: "a".repeat(40), directory: "." },
  });
  const { body: two } = await call(coordinator, "POST", "/api/v1/runs", submission);
  await call(coordinator, "POST", `/api/v1/runs/${two.run}/cancel`, {});
  const [second, first] = (await listOf(coordinator, "")).runs;
  expect(first).toMatchObject({ account: { discovered: 2, passed: 2 }, cases: 2 });
  expect(second).toMatchObject({ verdict: "cancelled", account: { discovered: 1, cancelled: 1, passed: 0 } });

  const again = await call(coordinator, "POST", `/api/v1/runs/${two.run}/reopen`, {});
  expect(again).toMatchObject({ status: 200, body: { pending: 1 } });
  const [open] = (await listOf(coordinator, "run_key=two")).runs;
  expect(open).toMatchObject({ status: "running", account: { discovered: 1, cancelled: 0 } });
  // Of two people who do it, the second is told.
  expect(await call(coordinator, "POST", `/api/v1/runs/${two.run}/reopen`, {})).toMatchObject({
    status: 409,
    body: { error: { code: "run-goes-on" } },
  });
});

import { expect, test } from "vitest";
import { caseOf, eventsOf } from "../../../server/src/testing/world.ts";
import { Place, commit, context, jobSubmission } from "./place.ts";

const until = <T>(look: () => T) => expect.poll(look);
const isWrite = (request: string) => !request.startsWith("GET ");

test("a run's check begins with it, says every ten seconds how far it is, and ends with its verdict and a button", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  const integration = await place.lead();
  const files = ["a.test.js", "b.test.js", "c.test.js", "d.test.js"];
  const { run } = await world.scheduler.submit(jobSubmission(files));
  await until(() => github.state.checkRuns.length).toBe(1);
  const [check] = github.state.checkRuns;
  await until(() => github.seen.at(-1)?.status).toBe(201);
  expect(check).toMatchObject({
    name: "Shardwright",
    head_sha: commit,
    status: "in_progress",
    app: 4711,
    details_url: context.build_url,
    started_at: new Date(world.clock.now_ms()).toISOString(),
    output: { title: "0 of 4 files done" },
    actions: [],
  });
  expect(check?.external_id).toMatch(new RegExp(`^${run}/\\d+$`));

  const worker = await world.worker("one", {}, 4);
  const leases = await worker.lease(4);
  const lease = (index: number) => leases.find(({ tasks }) => tasks.some(({ task }) => task === index));
  const finish = async (index: number, outcome: "passed" | "failed") => {
    const held = lease(index);
    if (held === undefined) throw new Error("it was not dealt");
    await worker.send(...eventsOf(held, index, outcome));
  };
  const before = place.requests.length;
  await finish(0, "passed");
  await finish(1, "failed");
  world.clock.advance(9999);
  expect(place.requests.slice(before)).toEqual([]);
  world.clock.advance(1);
  await until(() => check?.output.title).toBe("2 of 4 files done, 1 failed");
  await finish(2, "passed");
  await finish(3, "passed");
  // Its end does not wait.
  await until(() => check?.status).toBe("completed");
  expect(check).toMatchObject({
    conclusion: "failure",
    completed_at: new Date(world.clock.now_ms()).toISOString(),
    output: { title: "1 of 4 tests failed", text: expect.stringContaining("b.test.js") as string },
    actions: [{ identifier: "rerun-failed", label: "Re-run failed" }],
    annotations: [{ path: "b.test.js", annotation_level: "failure" }],
  });
  expect(place.requests.filter(isWrite)).toHaveLength(3);
  expect(github.violations).toEqual([]);
  // One token for that repository and its checks alone.
  const asked = github.seen.filter(({ request }) => request.includes("access_tokens"));
  expect(asked.map(({ body }) => body)).toEqual([{ repositories: ["shop"], permissions: { checks: "write" } }]);
  expect(place.logged).toEqual([]);
  const { requests, givenUp } = integration.figures ?? {};
  expect([Object.fromEntries(requests ?? []), givenUp]).toEqual([{ "2xx": github.seen.length }, 0]);
});

test("many failures come in fifties, the verdict last; texts are cut to what GitHub takes", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  await place.lead();
  await world.scheduler.submit(jobSubmission(["a.test.js"]));
  const worker = await world.worker("one");
  const [lease] = await worker.lease();
  if (lease === undefined) throw new Error("nothing was dealt");
  const [started, cases, finished] = eventsOf(lease, 0, "failed");
  const failing = Array.from({ length: 120 }, (_, index) => ({
    ...caseOf(`case ${index} ${"ß".repeat(300)}`, "failed"),
    failures: [{ message: "ü".repeat(50_000), stack: "at a.test.js:3:1" }],
  }));
  if (cases.type !== "cases" || finished.type !== "finished") throw new Error("no cases");
  await worker.send(started, { ...cases, cases: failing }, { ...finished, cases: 120 });
  await until(() => github.state.checkRuns[0]?.status).toBe("completed");
  const [check] = github.state.checkRuns;
  expect(check?.annotations).toHaveLength(120);
  expect(check).toMatchObject({ conclusion: "failure", output: { title: "120 of 120 tests failed" } });
  const patches = github.seen.filter(({ request }) => request.startsWith("PATCH "));
  expect(patches.map(({ body }) => (body as { status: string }).status)).toEqual(["in_progress", "in_progress", "completed"]);
  expect(github.violations).toEqual([]);
});

test("what is no run of an allowed repository is told to nobody", async () => {
  await using place = await Place.open({
    repositories: ["shop=acme/shop", "*=Other/*"],
  });
  const { world, github } = place;
  await place.lead();
  const submit = (run_key: string, project: string, changed: object) =>
    world.scheduler.submit(jobSubmission(["a.test.js"], { run_key, project, context: { ...context, ...changed } }));
  await submit("gitlab", "shop", { provider: "gitlab" });
  await submit("project", "site", {});
  await submit("repository", "shop", { repository: "acme/site" });
  await submit("climbing", "shop", { repository: "other/../../acme/shop" });
  await submit("dots", "shop", { repository: "other/.." });
  await submit("commit", "shop", { commit: "main" });
  await submit("nothing", "shop", { repository: undefined });
  await submit("ours", "site", { repository: "other/anything", check_name: "unit tests" });
  await until(() => github.state.checkRuns).toHaveLength(1);
  await until(() => github.seen.at(-1)?.status).toBe(201);
  expect(github.state.checkRuns).toMatchObject([{ name: "unit tests" }]);
  for (const { request } of github.seen) expect(request).toMatch(/other\/anything|access_tokens/);
  expect(github.violations).toEqual([]);
});

test("a leader that follows another one goes on with its check, and repeats nothing", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  const first = await place.lead();
  await world.scheduler.submit(jobSubmission(["a.test.js"]));
  await until(() => github.seen.at(-1)?.status).toBe(201);
  await first.close();
  const second = await place.lead();
  await until(() => place.requests.at(-1)).toMatch(/^PATCH/);
  await until(() => github.seen.at(-1)?.status).toBe(200);
  const worker = await world.worker("one");
  const [lease] = await worker.lease();
  if (lease === undefined) throw new Error("nothing was dealt");
  // The connection breaks after the second fifty have arrived, and for good.
  github.faults.add(
    { match: /^PATCH/, after: 1, times: 1, answer: "lost" },
    { match: /^(?:PATCH|GET)/, after: 1, answer: "broken" },
  );
  const [started, cases, finished] = eventsOf(lease, 0, "failed");
  const failing = Array.from({ length: 120 }, (_, index) => caseOf(`case ${index}`, "failed"));
  if (cases.type !== "cases" || finished.type !== "finished") throw new Error("no cases");
  await worker.send(started, { ...cases, cases: failing }, { ...finished, cases: 120 });
  await until(() => github.state.checkRuns[0]?.annotations.length).toBe(100);
  await second.close();
  github.faults.clear();
  await place.lead();
  await until(() => github.state.checkRuns[0]?.status).toBe("completed");
  expect(github.state.checkRuns).toHaveLength(1);
  const titles = github.state.checkRuns[0]?.annotations.map(({ title }) => title);
  expect(titles).toHaveLength(120);
  expect(new Set(titles).size).toBe(120);
  // What is complete is left alone by whoever leads after that.
  const before = place.requests.filter(isWrite).length;
  const fourth = await place.lead();
  await until(() => place.requests.at(-1)).toMatch(/^GET .*check-runs$/);
  await fourth.close();
  expect(place.requests.filter(isWrite)).toHaveLength(before);
  expect(github.violations).toEqual([]);
});

test("a check whose making had no answer is looked up before another one is made", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  github.faults.add({ match: /^POST .*check-runs/, times: 1, answer: "lost" });
  await place.lead();
  await world.scheduler.submit(jobSubmission(["a.test.js"]));
  await until(() => place.logged.length).toBe(1);
  expect(place.logged[0]).toContain("it is tried again");
  world.clock.advance(5000);
  const worker = await world.worker("one");
  for (const lease of await worker.lease()) await worker.run(lease);
  await until(() => github.state.checkRuns[0]?.conclusion).toBe("success");
  expect(github.state.checkRuns).toHaveLength(1);
  expect(github.state.checkRuns[0]?.actions).toEqual([]);
  expect(github.violations).toEqual([]);
});

test("GitHub's patience is kept: what it asks for is waited, and nobody else is held up", async () => {
  await using place = await Place.open({ repositories: ["*=acme/*"] });
  const { world, github } = place;
  github.faults.add({
    match: /^POST \/repos\/acme\/shop\/check-runs/,
    times: 1,
    answer: { status: 403, message: "You have exceeded a secondary rate limit.", headers: { "retry-after": "60" } },
  });
  await place.lead();
  await world.scheduler.submit(jobSubmission(["a.test.js"]));
  await until(() => github.seen.at(-1)?.status).toBe(403);
  await world.scheduler.submit(
    jobSubmission(["a.test.js"], { run_key: "other", context: { ...context, repository: "acme/site" } }),
  );
  await until(() => github.state.checkRuns).toHaveLength(1);
  world.clock.advance(59_999);
  expect(github.state.checkRuns).toHaveLength(1);
  world.clock.advance(1);
  await until(() => github.state.checkRuns).toHaveLength(2);
  expect(github.violations).toEqual([]);
});

test("no more than sixty writes go out in a minute, however many runs there are", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  await place.lead();
  for (let index = 0; index < 70; index += 1)
    await world.scheduler.submit(
      jobSubmission(["a.test.js"], { run_key: `run-${index}`, context: { ...context, check_name: `check ${index}` } }),
    );
  await until(() => github.state.checkRuns).toHaveLength(60);
  world.clock.advance(59_000);
  expect(github.state.checkRuns).toHaveLength(60);
  world.clock.advance(2000);
  await until(() => github.state.checkRuns).toHaveLength(70);
  expect(github.violations).toEqual([]);
});

test("an App that is not installed there is said once; a token that ended is asked for anew", async () => {
  await using place = await Place.open({ repositories: ["*=acme/*"] });
  const { world, github } = place;
  github.faults.add({ match: /acme\/site\/installation/, answer: { status: 404, message: "Not Found" } });
  await place.lead();
  await world.scheduler.submit(
    jobSubmission(["a.test.js"], { run_key: "other", context: { ...context, repository: "acme/site" } }),
  );
  await until(() => place.logged.length).toBe(1);
  expect(place.logged[0]).toContain("not installed there");
  world.clock.advance(3_600_000);
  expect(place.logged).toHaveLength(1);
  await world.scheduler.submit(jobSubmission(["a.test.js"], { options: { timeout_ms: 86_400_000, max_retries: 0 } }));
  await until(() => github.state.checkRuns).toHaveLength(1);
  const tokens = () => github.seen.filter(({ request }) => request.includes("access_tokens")).length;
  const before = tokens();
  // Shortly before its end another one is asked for: no request goes out with one that may end on its way.
  world.clock.advance(3_400_000);
  const worker = await world.worker("one");
  for (const lease of await worker.lease()) await worker.run(lease);
  await until(() => github.state.checkRuns[0]?.status).toBe("completed");
  expect(tokens()).toBe(before + 1);
  github.faults.add({ match: /^GET .*commits/, times: 1, answer: { status: 401, message: "Bad credentials" } });
  await world.scheduler.submit(jobSubmission(["b.test.js"], { run_key: "later" }));
  await until(() => github.state.checkRuns).toHaveLength(2);
  expect(tokens()).toBe(before + 2);
  expect(github.violations).toEqual([]);
  // Nothing that opens anything is in the log.
  expect(place.logged.join("")).not.toMatch(/ghs_|eyJ/);
});

const measured = [{ name: "unit", runner: "vitest", directory: ".", options: { coverage: true } }];

/** A run whose tests have all passed, with its coverage to be joined. */
async function awaitedRun(place: Place, overrides: Parameters<typeof jobSubmission>[1] = {}): Promise<string> {
  const { world } = place;
  const { run } = await world.scheduler.submit(jobSubmission(["a.test.js"], { suites: measured, ...overrides }));
  const worker = await world.worker(`worker-of-${run}`);
  for (const lease of await worker.lease()) await worker.run(lease);
  return run;
}

const tooLow = "In unit: Coverage for lines (60%) does not meet global threshold (90%)";

test("the check of a run whose coverage is measured waits for what that comes to, whoever leads, and is mended where it was wrong", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  const first = await place.lead();
  const run = await awaitedRun(place);
  await until(() => github.state.checkRuns[0]?.output.title).toBe("1 file done: their coverage is being joined");
  await first.close();
  const second = await place.lead();
  const before = place.requests.filter(isWrite).length;
  await until(() => place.requests.filter(isWrite).length).toBe(before + 1);
  world.clock.advance(1_800_000);
  expect(github.state.checkRuns).toMatchObject([{ status: "in_progress" }]);
  await second.close();
  await world.scheduler.judgement(run, { verdict: "errored", reason: "Stopped" });
  // It ended long ago, and was judged while nobody led.
  await place.lead();
  await until(() => github.state.checkRuns[0]?.conclusion).toBe("failure");
  expect(github.state.checkRuns).toMatchObject([{ output: { title: "Stopped" }, actions: [] }]);
  // Somebody else says otherwise while this is being written.
  const writes = place.requests.filter(isWrite).length;
  await world.scheduler.judgement(run, { verdict: "passed", reason: "all is well" });
  await world.scheduler.judgement(run, { verdict: "failed", reason: tooLow });
  await until(() => place.requests.filter(isWrite).length).toBe(writes + 2);
  await until(() => github.state.checkRuns[0]?.conclusion).toBe("failure");
  expect(github.state.checkRuns).toMatchObject([
    { completed_at: new Date(world.clock.now_ms()).toISOString(), output: { title: tooLow } },
  ]);
  expect(github.violations).toEqual([]);
});

test("a check that waits for a coverage that nobody joins is red in the end, and says so; one of failed tests waits for nothing", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  await place.lead();
  await awaitedRun(place);
  await world.scheduler.submit(
    jobSubmission(["b.test.js"], { suites: measured, run_key: "red", context: { ...context, check_name: "red" } }),
  );
  const worker = await world.worker("red");
  for (const lease of await worker.lease()) await worker.run(lease, "failed");
  const named = (name: string) => github.state.checkRuns.find((check) => check.name === name);
  await until(() => named("red")?.conclusion).toBe("failure");
  // What nobody can judge by its coverage has no button: its tests alone would turn it green.
  expect(named("red")?.actions).toEqual([]);
  expect(named("Shardwright")?.status).toBe("in_progress");
  world.clock.advance(67 * 60_000);
  await until(() => named("Shardwright")?.conclusion).toBe("failure");
  expect(named("Shardwright")?.output.title).toBe("Nobody has joined the coverage of its tests within 65 minutes.");
  expect(github.violations).toEqual([]);
});

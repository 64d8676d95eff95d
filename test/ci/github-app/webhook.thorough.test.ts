import { expect, test } from "vitest";
import { Coordinators, call } from "../../../server/src/testing/coordinators.ts";
import { readGithubApp } from "../../../server/src/github/options.ts";
import { deliveryErrors } from "../github/contract.ts";
import {
  Place,
  app,
  context,
  deliveryOf,
  git,
  jobSubmission,
  privateKey,
  signedDelivery,
  suiteDeliveryOf,
  webhookSecret,
} from "./place.ts";

const until = <T>(look: () => T) => expect.poll(look);

/** A run that ended red, and its check. */
async function redRun(place: Place, overrides: Parameters<typeof jobSubmission>[1] = {}) {
  const { world, github } = place;
  const { run } = await world.scheduler.submit(jobSubmission(["a.test.js", "b.test.js"], overrides));
  const worker = await world.worker(`worker-of-${run}`, {}, 2);
  for (const lease of await worker.lease(2))
    for (const { task } of lease.tasks)
      await worker.run({ ...lease, tasks: lease.tasks.filter((each) => each.task === task) }, task === 0 ? "passed" : "failed");
  await until(() => github.state.checkRuns.at(-1)?.conclusion).toBe("failure");
  const externalId = github.state.checkRuns.at(-1)?.external_id ?? "";
  return { run, externalId, worker };
}

test("the button at a red check runs again what has not passed, once for each time that it was pressed", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  const integration = await place.lead();
  const { run, externalId, worker } = await redRun(place);
  const { name, payload } = deliveryOf({ externalId });
  expect(deliveryErrors(name, payload)).toEqual([]);
  const { bytes, headers } = signedDelivery(payload);
  expect(await integration.deliver(bytes, headers)).toEqual({ outcome: "reopened", reason: "1 of its files run again" });
  expect(world.inside.queries.runs.byId(run)).toMatchObject({ status: "running" });
  // GitHub sends again what was not answered in time.
  expect(await integration.deliver(bytes, headers)).toMatchObject({ outcome: "repeated" });
  await until(() => github.state.checkRuns.length).toBe(2);
  for (const lease of await worker.lease(2)) await worker.run(lease);
  await until(() => github.state.checkRuns[1]?.conclusion).toBe("success");
  expect(github.state.checkRuns[0]).toMatchObject({ conclusion: "failure" });
  expect(github.state.checkRuns[1]?.external_id).not.toBe(externalId);
  expect(world.report(run).attempts).toEqual(["0.1 passed", "1.1 failed", "1.2 passed"]);

  // Another coordinator does not know which deliveries came, but that this one is about what is past.
  await integration.close();
  const next = await place.lead();
  expect(await next.deliver(bytes, headers)).toEqual({ outcome: "refused", reason: "it was taken up again since." });
  expect(world.inside.queries.runs.byId(run)).toMatchObject({ status: "ended", verdict: "passed" });
  expect(github.violations).toEqual([]);

  // Who pressed it is known by GitHub alone; one that came twice was pressed once.
  const { entries } = world.inside.queries.audit.page({ limit: 10 });
  const about = {
    name: "run.reopen",
    actor: { name: "github:octocat" },
    project: "default",
    route: "POST /api/v1/github/webhook",
  };
  expect(entries).toEqual([
    {
      ...about,
      id: expect.any(String),
      at_ms: expect.any(Number),
      object: expect.any(String),
      outcome: "refused",
      code: "not-reopenable",
    },
    {
      ...about,
      id: expect.any(String),
      at_ms: expect.any(Number),
      object: `${run} (key), by the button at its check`,
      outcome: "done",
    },
  ]);
});

test("GitHub's own “Re-run” does the same; a run that goes on or has passed is left alone", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  const integration = await place.lead();
  const { externalId, worker } = await redRun(place);
  const deliver = async (id: string) => {
    const { name, payload } = deliveryOf({ action: "rerequested", externalId: id });
    expect(deliveryErrors(name, payload)).toEqual([]);
    const { bytes, headers } = signedDelivery(payload);
    return await integration.deliver(bytes, headers);
  };
  expect(await deliver(externalId)).toMatchObject({ outcome: "reopened" });
  await until(() => github.state.checkRuns.length).toBe(2);
  const second = github.state.checkRuns[1]?.external_id ?? "";
  expect(await deliver(second)).toEqual({ outcome: "refused", reason: "it is going on." });
  for (const lease of await worker.lease(2)) await worker.run(lease);
  await until(() => github.state.checkRuns[1]?.conclusion).toBe("success");
  expect(await deliver(second)).toEqual({ outcome: "refused", reason: "everything has passed." });
  await until(() => github.state.checkRuns[1]?.output.summary).toContain("**Not run again:** everything has passed.");
  expect(world.inside.queries.runs.running()).toEqual([]);
  expect(github.violations).toEqual([]);
});

test("“Re-run all checks” runs again what has not passed of every check of the commit", async () => {
  await using place = await Place.open();
  const { world, github } = place;
  const integration = await place.lead();
  const first = await redRun(place);
  const second = await redRun(place, { run_key: "other", context: { ...context, check_name: "other tests" } });
  const { name, payload } = suiteDeliveryOf();
  expect(deliveryErrors(name, payload)).toEqual([]);
  const { bytes, headers } = signedDelivery(payload);
  expect(await integration.deliver(bytes, headers)).toMatchObject({ outcome: "reopened" });
  expect(place.world.inside.queries.audit.page({ limit: 1 }).entries).toMatchObject([{ actor: { name: "github:hubot" } }]);
  for (const { run } of [first, second]) expect(world.inside.queries.runs.byId(run)).toMatchObject({ status: "running" });
  await until(() => github.state.checkRuns.length).toBe(4);
  expect(github.violations).toEqual([]);
});

test("a run that cannot go on without its job says so on its check, which has no button", async () => {
  await using place = await Place.open();
  const { github } = place;
  const integration = await place.lead();
  const { externalId } = await redRun(place, { workspace: { kind: "dir", path: "/work" } });
  expect(github.state.checkRuns[0]?.actions).toEqual([]);
  const { bytes, headers } = signedDelivery(deliveryOf({ externalId, action: "rerequested" }).payload);
  expect(await integration.deliver(bytes, headers)).toMatchObject({ outcome: "refused" });
  await until(() => github.state.checkRuns[0]?.output.summary).toContain(
    "its files lie in a folder of the machine that submitted it",
  );
  expect(github.state.checkRuns[0]).toMatchObject({ status: "completed", conclusion: "failure" });
  expect(github.state.checkRuns[0]?.annotations).toHaveLength(1);
  expect(github.violations).toEqual([]);
});

test("what GitHub did not sign is refused, and what is about somebody else's check changes nothing", async () => {
  await using place = await Place.open();
  const { world } = place;
  const integration = await place.lead();
  const { run, externalId } = await redRun(place);
  const { payload } = deliveryOf({ externalId });
  const signed = signedDelivery(payload);
  const refused = async (bytes: Uint8Array, signature: string | undefined) =>
    await expect(integration.deliver(bytes, { ...signed.headers, signature })).rejects.toMatchObject({ code: "webhook-refused" });
  await refused(signed.bytes, undefined);
  await refused(signed.bytes, "sha256=");
  await refused(signed.bytes, signed.headers.signature.replace("sha256=", "sha1="));
  await refused(signed.bytes, signed.headers.signature.slice(0, -2));
  await refused(signed.bytes, `sha256=${"0".repeat(64)}`);
  await refused(Buffer.concat([signed.bytes, Buffer.from(" ")]), signed.headers.signature);
  await refused(signed.bytes, signedDelivery(payload, "another secret, as long as it has to be").headers.signature);

  const outcome = async (pressed: Omit<Parameters<typeof deliveryOf>[0], "externalId"> & { externalId?: string }) => {
    const { bytes, headers } = signedDelivery(deliveryOf({ externalId, ...pressed }).payload);
    return (await integration.deliver(bytes, headers)).outcome;
  };
  expect(await outcome({ identifier: "fix-it" })).toBe("ignored");
  expect(await outcome({ appId: 1 })).toBe("ignored");
  expect(await outcome({ commit: "d".repeat(40) })).toBe("ignored");
  expect(await outcome({ repository: "acme/site" })).toBe("ignored");
  expect(await outcome({ externalId: "of another program" })).toBe("ignored");
  expect(await outcome({ externalId: "r-0000000000009999/7" })).toBe("ignored");
  const ping = signedDelivery({ zen: "Keep it logically awesome." });
  expect(await integration.deliver(ping.bytes, { ...ping.headers, event: "ping" })).toMatchObject({ outcome: "ignored" });
  const broken = signedDelivery({ action: 7 });
  await expect(integration.deliver(broken.bytes, broken.headers)).rejects.toMatchObject({ code: "bad-request" });
  expect(world.inside.queries.runs.byId(run)).toMatchObject({ status: "ended" });
});

test("a delivery comes by HTTP to any coordinator, bounded in size", async () => {
  await using place = await Place.open({}, { now_ms: Date.now });
  await using coordinators = new Coordinators();
  const github = readGithubApp({
    appId: app.id,
    privateKey,
    webhookSecret,
    apiUrl: place.github.url,
    repositories: ["*=acme/shop"],
  });
  const all = await coordinators.three({ github });
  const leader = await coordinators.leader(all);
  const [follower] = all.filter((each) => each !== leader);
  if (follower === undefined) throw new Error("no follower");
  const { body } = await call(follower, "POST", "/api/v1/runs", jobSubmission(["a.test.js"], { workspace: git }));
  // Its job need not write one of its own.
  expect(body).toMatchObject({ disposition: "created", writes_check: true });
  await call(follower, "POST", `/api/v1/runs/${body.run}/cancel`, {});
  await until(() => place.github.state.checkRuns[0]?.conclusion).toBe("cancelled");
  const externalId = place.github.state.checkRuns[0]?.external_id ?? "";
  const send = async ({ bytes, headers }: ReturnType<typeof signedDelivery>, to = follower) => {
    const response = await fetch(`${to.address}/api/v1/github/webhook`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-event": headers.event,
        "x-github-delivery": headers.id,
        "x-hub-signature-256": headers.signature,
      },
      body: bytes,
    });
    return { status: response.status, body: await response.json() };
  };
  const { payload } = deliveryOf({ externalId });
  expect(await send(signedDelivery(payload, "x".repeat(20)))).toMatchObject({
    status: 401,
    body: { error: { code: "webhook-refused" } },
  });
  expect(await send(signedDelivery(payload))).toEqual({
    status: 200,
    body: { outcome: "reopened", reason: "1 of its files run again" },
  });
  expect((await call(leader, "GET", `/api/v1/runs/${body.run}`)).body).toMatchObject({ status: "running" });
  // It answers before all of that has come, and ends the connection.
  expect(await send(signedDelivery({ ...payload, padding: "x".repeat(1_100_000) }), leader)).toMatchObject({ status: 413 });
});

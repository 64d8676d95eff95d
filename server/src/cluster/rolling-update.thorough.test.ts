import { type UpdateReadiness, factVersions } from "@shardwright/core";
import { expect, test } from "vitest";
import type { Coordinator } from "../coordinator.ts";
import { Coordinators, adminToken, call, status } from "../testing/coordinators.ts";
import { newerFacts, olderFacts } from "../testing/fact-versions.ts";
import { OtherCoordinators } from "./other-coordinators.ts";

const older = { facts: olderFacts, version: "1.0.0" };
const newer = { facts: newerFacts, version: "2.0.0" };

async function readinessOf(coordinator: Coordinator): Promise<UpdateReadiness> {
  return (await call(coordinator, "GET", "/api/v1/cluster/update-ready")).body as UpdateReadiness;
}

async function nameOf(coordinator: Coordinator): Promise<string> {
  return (await status(coordinator)).id.split(".")[0] ?? "";
}

async function untilAgreed(coordinators: readonly Coordinator[], version: number): Promise<void> {
  for (const each of coordinators) await expect.poll(async () => (await status(each)).facts).toBe(version);
}

test("one after the other is updated: newer facts wait for the last one, are then everywhere, and older programs stay outside", async () => {
  await using coordinators = new Coordinators();
  let all: readonly Coordinator[] = await coordinators.three(older);
  await untilAgreed(all, olderFacts.version);
  const leader = await coordinators.leader(all);
  const { body: token } = await call(leader, "POST", "/api/v1/tokens", { name: "reader", scope: "read" });
  const revoke = (through: Coordinator) => call(through, "DELETE", `/api/v1/tokens/${token.id}`);

  for (const each of [...all.filter((other) => other !== leader), leader]) {
    await expect.poll(async () => (await readinessOf(each)).reasons).toEqual([]);
    expect(await revoke(each)).toMatchObject({
      status: 409,
      body: { error: { code: "update-incomplete", details: { needed: newerFacts.version, agreed: olderFacts.version } } },
    });
    const { id } = await status(each);
    const name = await nameOf(each);
    await coordinators.stop(each);
    if (each === leader) {
      // The last one may come back as what it was: until it is there, nothing newer is agreed on.
      const left = await coordinators.leader(all.filter((other) => other !== each));
      await expect.poll(async () => (await readinessOf(left)).reasons).toEqual([`${id} is not heard`]);
      expect((await status(left)).facts).toBe(olderFacts.version);
    }
    const updated = await coordinators.start(name, {}, 0, newer);
    all = all.map((other) => (other === each ? updated : other));
    const versions = async () =>
      (await status(await coordinators.leader(all))).members.find(({ id }) => id.startsWith(`${name}.`));
    await expect.poll(versions).toMatchObject({ version: "2.0.0", facts: newerFacts.version });
  }

  await untilAgreed(all, newerFacts.version);
  const [first, second, third] = all;
  if (first === undefined || second === undefined || third === undefined) throw new Error("not three");
  expect((await revoke(first)).status).toBe(204);
  for (const each of all) {
    const tokens = async () => (await call(each, "GET", "/api/v1/tokens")).body.tokens as unknown;
    await expect.poll(tokens).toMatchObject([{ id: token.id, revoked: true }]);
  }

  const tooOld = { code: "version-too-old", details: { known: olderFacts.version, agreed: newerFacts.version } };
  await expect(coordinators.start("d", { addresses: [first.address] }, 0, older)).rejects.toMatchObject(tooOld);
  const name = await nameOf(third);
  await coordinators.stop(third);
  await expect(coordinators.start(name, {}, 0, older)).rejects.toMatchObject(tooOld);
  await coordinators.start(name, {}, 0, newer);
});

test("a program that is too old is not taken in, and knows from the answer that it never will be", async () => {
  await using coordinators = new Coordinators();
  const first = await coordinators.start("a", {}, 0, newer);
  const { cluster } = await status(first);
  const request = { id: "c.00000001", address: "http://127.0.0.1:9", witness: false };
  const tooOld = { code: "version-too-old", details: { known: olderFacts.version, agreed: newerFacts.version } };
  const outsider = new OtherCoordinators({
    adminToken,
    identity: { cluster, node: request.id },
    facts: olderFacts.version,
    certificates: undefined,
  });
  expect(await outsider.askIn(first.address, request, false)).toMatchObject(tooOld);
  await outsider.close();
  // One from before versions were told.
  expect(await call(first, "POST", "/api/v1/cluster/members", request)).toMatchObject({
    status: 409,
    body: { error: { code: "version-too-old", details: { known: 1 } } },
  });
  expect((await status(first)).members).toHaveLength(1);
  const waiting = await coordinators.start("b", { addresses: [first.address] }, 0, newer);
  await expect.poll(async () => (await status(first)).members).toHaveLength(2);
  expect(await status(waiting)).toMatchObject({ known_facts: newerFacts.version });
});

test("whether a coordinator may be stopped: not of one, not while a voter is away, and again when it is back", async () => {
  await using coordinators = new Coordinators();
  const alone = await coordinators.start("a");
  expect(await readinessOf(alone)).toMatchObject({ ready: false, reasons: ["one votes: none of them may be missing"] });
  const addresses = [alone.address];
  const [second, third] = await Promise.all([coordinators.start("b", { addresses }), coordinators.start("c", { addresses })]);
  const reasonsAt = async (each: Coordinator) => (await readinessOf(each)).reasons;
  await expect.poll(() => reasonsAt(second)).toEqual([]);
  const { id } = await status(third);
  const { facts, members } = await readinessOf(third);
  expect([facts, ...members.map((member) => member.facts)]).toEqual(Array.from({ length: 4 }, () => factVersions.version));
  await coordinators.stop(third);
  const left = await coordinators.leader([alone, second]);
  await expect.poll(() => reasonsAt(left)).toEqual([`${id} is not heard`]);
  await coordinators.start("c");
  await expect.poll(() => reasonsAt(left)).toEqual([]);
});

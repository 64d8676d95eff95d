import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { Coordinators, adminToken, call, newWorker, playRun, status } from "../testing/coordinators.ts";
import { restoreBackup } from "./restore-backup.ts";
import { verifyBackup } from "./verify-backup.ts";

test("a backup that is taken while runs are written goes on as three coordinators that have all that was acknowledged before", async () => {
  await using coordinators = new Coordinators();
  const [first, second] = await coordinators.three();
  const worker = await newWorker(first);
  const before: string[] = [];
  for (let number = 0; number < 5; number += 1) before.push(await playRun(first, worker, `before-${number}`));
  const { body: token } = await call(first, "POST", "/api/v1/tokens", { name: "reader", scope: "read" });

  const over = new AbortController();
  const writing = (async () => {
    for (let number = 0; !over.signal.aborted; number += 1) await playRun(first, worker, `meanwhile-${number}`);
  })();
  const path = join(coordinators.directory, "backup.tar");
  const answer = await fetch(`${second.address}/api/v1/cluster/backup`, { headers: { authorization: `Bearer ${adminToken}` } });
  await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(path));
  over.abort();
  await writing;
  const { manifest, tables } = await verifyBackup(path);
  const old = await status(second);
  expect(manifest).toMatchObject({ cluster: old.cluster, member: old.id, is_current: true, has_blobs: false });
  expect(manifest.configuration.members).toHaveLength(3);
  expect(tables.runs).toBeGreaterThanOrEqual(5);

  const { cluster } = await restoreBackup(path, { stateDir: coordinators.stateDir("d") });
  expect(cluster).not.toBe(old.cluster);
  const founder = await coordinators.start("d");
  const joins = { addresses: [founder.address] };
  const others = await Promise.all([coordinators.start("e", joins), coordinators.start("f", joins)]);
  const all = [founder, ...others];
  await coordinators.untilVoters(3, all);
  for (const each of all) {
    expect((await status(each)).cluster).toBe(cluster);
    for (const run of before)
      expect((await call(each, "GET", `/api/v1/runs/${run}`)).body).toMatchObject({ verdict: "passed", cases: 1 });
    expect((await call(each, "GET", "/api/v1/runs", undefined, token.secret as string)).status).toBe(200);
  }
  await coordinators.stop(founder);
  const next = await coordinators.leader(others);
  await playRun(next, await newWorker(next, "two"), "after");
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startCoordinator } from "../coordinator.ts";

const adminToken = "admin-token-of-these-tests-0123456789";
const guide = new URL("../../../docs/high-availability.md", import.meta.url);

test("the guide names each metric of a cluster with its labels, and none that there is not", async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "metrics-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const coordinator = await startCoordinator({ stateDir, port: 0, log: "silent", adminToken });
  onTestFinished(() => coordinator.close({ drain_ms: 0 }));
  const response = await fetch(`${coordinator.address}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } });
  const text = await response.text();
  const named = [...text.matchAll(/^# TYPE shardwright_((?:cluster|state|build)_\S+) /gm)].map(([, name = ""]) => name);
  const section = /## Watching it\n([\s\S]*?)\n## /.exec(readFileSync(guide, "utf8"))?.[1] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const told = rows.flatMap((row) =>
    [...(row.split(" | ")[0] ?? "").matchAll(/`([a-z_]+)(?:\{\w+\})?`/g)].map(([, name = ""]) => name),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(new Set(told)).toEqual(new Set(named));
  for (const [, name = "", label = ""] of section.matchAll(/`([a-z_]+)\{(\w+)\}`/g))
    if (name !== "cluster_repairs_total" && !name.startsWith("cluster_member_last"))
      expect(text).toContain(`shardwright_${name}{${label}="`);
  expect(text).toMatch(/^shardwright_cluster_commit_duration_seconds_bucket\{le="0.0005"\} \d+$/m);
});

import { formatBytes, plural } from "@shardwright/core";
import type { BackupContents } from "@shardwright/server";

/** A few lines for people: what a backup holds, as of when, and what it does not hold. */
export function describeBackup({ manifest, tables, blobs }: BackupContents): string {
  const { cluster, member, made_at_ms, position, index, term, configuration, version, schema, has_blobs, is_current } = manifest;
  const voters = configuration.members.filter(({ votes }) => votes).length;
  const running = tables.running === 0 ? "" : ` (${tables.running} running)`;
  const lines = [
    `Cluster ${cluster}, ${new Date(made_at_ms).toISOString()}, made by ${member} (version ${version}, schema ${schema}).`,
    `  fact ${position}, entry ${index} of term ${term}, ${plural(voters, "voter")}`,
    `  ${plural(tables.runs, "run")}${running}, ${plural(tables.tasks, "task")}, ${plural(tables.cases, "case")}, ${plural(tables.tokens, "token")}; ${formatBytes(manifest.tables.bytes)}`,
    tables.blobs === 0
      ? "  no blobs (logs, artifacts, bundles) belong to it"
      : has_blobs
        ? `  ${blobs.count} of ${plural(tables.blobs, "blob")} (logs, artifacts, bundles); ${formatBytes(blobs.bytes)}`
        : `  without ${plural(tables.blobs, "blob")} (logs, artifacts, bundles)`,
  ];
  if (blobs.missing > 0) lines.push(`  ${blobs.missing} of them no coordinator had.`);
  if (!is_current)
    lines.push("  The cluster had no leader then: what was written elsewhere and not known to that member is missing.");
  return lines.join("\n");
}

/** Runs the static checks one after the other, says how long each took, and fails if any of them does. */
import { spawnSync } from "node:child_process";

const checks: readonly { name: string; command: string; args: readonly string[] }[] = [
  { name: "types", command: "tsc", args: ["--noEmit", "-p", "tsconfig.json"] },
  { name: "types of the report page", command: "tsc", args: ["--noEmit", "-p", "packages/core/report-page"] },
  { name: "types of the dashboard", command: "tsc", args: ["--noEmit", "-p", "server/dashboard"] },
  { name: "import direction", command: "node", args: ["tools/import-directions.ts"] },
  { name: "lint", command: "oxlint", args: ["--type-aware", "--deny-warnings"] },
  { name: "format", command: "oxfmt", args: ["--check", "."] },
  { name: "unused code and dependencies", command: "knip", args: [] },
  { name: "generated files", command: "node", args: ["tools/generate.ts", "--check"] },
  { name: "package shapes", command: "node", args: ["tools/package-shapes.ts"] },
];

let failed = 0;
for (const check of checks) {
  const begun = performance.now();
  const result = spawnSync(check.command, check.args, { encoding: "utf8", shell: process.platform === "win32" });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const ok = result.status === 0;
  console.log(`${ok ? "✓" : "✗"} ${check.name} (${seconds} s)`);
  if (ok) continue;
  failed += 1;
  console.log(result.error?.message ?? `${result.stdout}${result.stderr}`.trim());
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Runs the thorough tests for as long as there is time: in parts that the project itself splits and deals, beginning with another one at each
 * commit. What no time was left for is named: it is neither green nor red. Fails where a test fails. The first part runs in any case.
 *
 *     node tools/thorough-in-time.ts <seconds>
 */
import { execFileSync, spawnSync } from "node:child_process";

const seconds = Number(process.argv[2]);
if (!(seconds > 0)) {
  console.error("usage: node tools/thorough-in-time.ts <seconds>");
  process.exit(2);
}
/** So many that the last one to fit is short beside the time that there is; each begins with some seconds of listing. */
const parts = 8;
const cli = ["packages/cli/src/main.ts"];
const suite = ["--config", "shardwright.thorough.config.ts"];

// Once: what one part takes is remembered, and would split the next in another way.
const said = execFileSync(process.execPath, [...cli, "split", ...suite, "--total", String(parts), "--json"], {
  encoding: "utf8",
});
const { shares } = JSON.parse(said) as { shares: string[][] };
// Not by counting commits, of which a shallow clone has one.
const first = Number.parseInt(execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).slice(0, 8), 16) % parts;
const order = Array.from({ length: parts }, (_, index) => (first + index) % parts);

const begun = performance.now();
const spent = () => (performance.now() - begun) / 1000;
let longest = 0;
let failed = 0;
let ran = 0;
const left: string[] = [];
for (const part of order) {
  const files = shares[part] ?? [];
  // With no time at all nothing would be known.
  if (ran > 0 && spent() + longest > seconds) {
    left.push(...files);
    continue;
  }
  console.log(`\nThorough tests, part ${part + 1} of ${parts}: ${files.length} files`);
  const before = spent();
  const output = ["--output-dir", `shardwright-report/thorough-${part + 1}`];
  const { status, error } = spawnSync(process.execPath, [...cli, "run", ...suite, "--publish", "none", ...output, ...files], {
    stdio: "inherit",
  });
  if (error !== undefined) throw error;
  if (status !== 0) failed += 1;
  ran += 1;
  longest = Math.max(longest, spent() - before);
}
console.log(`\n${ran} of ${parts} parts of the thorough tests ran in ${Math.round(spent())} s, ${failed} failed.`);
if (left.length > 0) console.log(`Not run, for want of time (${left.length} files):\n  ${left.sort().join("\n  ")}`);
process.exitCode = failed === 0 ? 0 : 1;

// Checks one contract file against its own examples and leaves JUnit XML: the kind of small tool that many projects have.
//   node check.mjs [--junit PATH] FILE
// Exit code: 0 all hold, 1 some do not, 2 the call or the file makes no sense.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { checksOf } from "./checks.mjs";
import { toJunit } from "./junit.mjs";

async function main() {
  const { values, positionals } = parseArgs({ options: { junit: { type: "string" } }, allowPositionals: true });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new Error("usage: node check.mjs [--junit PATH] FILE");
  const contract = JSON.parse(await readFile(file, "utf8"));
  const results = checksOf(contract).map(({ name, check, skip }) => {
    const started = performance.now();
    const problem = skip === undefined ? check() : undefined;
    return { name, problem, skip, seconds: (performance.now() - started) / 1000 };
  });
  for (const { name, problem, skip } of results) {
    console.log(
      problem !== undefined ? `not ok: ${name}: ${problem}` : skip !== undefined ? `skipped: ${name}: ${skip}` : `ok: ${name}`,
    );
  }
  if (values.junit !== undefined) await writeFile(values.junit, toJunit(contract.name, results));
  return results.some((result) => result.problem !== undefined) ? 1 : 0;
}

process.exitCode = await main().catch((error) => {
  console.error(error.message);
  return 2;
});

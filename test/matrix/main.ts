/** Many rounds, each kind of trouble in turn: `node test/matrix/main.ts 100 [first seed]`. Prints each round; exits 1 if any promise broke. */
import { matrixRound, troubles, type Trouble } from "./round.ts";

const [rounds = "100", first = "1"] = process.argv.slice(2);
// Of no rounds at all none is broken.
if (!(Number(rounds) > 0) || !Number.isInteger(Number(first)))
  throw new Error("usage: node test/matrix/main.ts [rounds] [first seed]");
let broken = 0;
for (let seed = Number(first); seed < Number(first) + Number(rounds); seed += 1) {
  const trouble = troubles[seed % troubles.length] as Trouble;
  const begun = performance.now();
  const violations = await matrixRound(trouble, seed).catch((error: unknown) => [String(error)]);
  if (violations.length > 0) broken += 1;
  const outcome = violations.length === 0 ? "" : `, BROKEN: ${violations.join("; ")}`;
  console.log(`seed ${seed}: ${trouble}, ${((performance.now() - begun) / 1000).toFixed(1)} s${outcome}`);
}
console.log(`${Number(rounds) - broken} passed, ${broken} failed`);
process.exitCode = broken === 0 ? 0 : 1;

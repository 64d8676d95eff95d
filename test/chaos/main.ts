/** Many rounds of one kind: `node test/chaos/main.ts worker 50 [first seed]`. Prints each round; exits 1 if any promise broke. */
import { chaosRound, type Victim } from "./round.ts";

const [victim = "worker", rounds = "50", first = "1"] = process.argv.slice(2);
if (victim !== "worker" && victim !== "coordinator")
  throw new Error("usage: node test/chaos/main.ts worker|coordinator [rounds] [first seed]");

let broken = 0;
const repeated: number[] = [];
for (let seed = Number(first); seed < Number(first) + Number(rounds); seed += 1) {
  const begun = performance.now();
  const { report, violations, killedAfter_ms } = await chaosRound(victim satisfies Victim, seed).catch((error: unknown) => ({
    report: undefined,
    violations: [String(error)],
    killedAfter_ms: 0,
  }));
  const attempts = report?.tasks?.reduce((sum, task) => sum + task.attempts.length, 0) ?? 0;
  repeated.push(attempts - (report?.tasks?.length ?? 0));
  if (violations.length > 0) broken += 1;
  console.log(
    `seed ${seed}: ${victim} killed after ${killedAfter_ms} ms, run ended ${((performance.now() - begun) / 1000).toFixed(1)} s, ${repeated.at(-1)} attempts repeated${violations.length === 0 ? "" : `, BROKEN: ${violations.join("; ")}`}`,
  );
}
const mean = repeated.reduce((sum, value) => sum + value, 0) / repeated.length;
console.log(`${Number(rounds) - broken} passed, ${broken} failed; ${mean.toFixed(2)} attempts repeated a round`);
process.exitCode = broken === 0 ? 0 : 1;

import { type Finding, hunt } from "./mutation.ts";
import { type Mutant, mutants } from "./mutants.ts";

/** Looks for each planted bug by chance, by its scenario, or both, and prints who found it. @returns whether all are found */
export async function playMutants(): Promise<boolean> {
  console.log("| planted bug | what goes wrong | by chance | by scenario |\n| --- | --- | --- | --- |");
  let missed = 0;
  for (const mutant of mutants) {
    const { seeds, scenario } = mutant.foundBy;
    const byChance = seeds === undefined ? undefined : await hunt(mutant, { seeds });
    const byScenario = scenario === undefined ? undefined : await hunt(mutant, { scenario });
    missed += [byChance, byScenario].filter((finding) => finding?.isFound === false).length;
    console.log(`| ${mutant.name} | ${mutant.what} | ${chance(byChance)} | ${story(mutant, byScenario)} |`);
  }
  console.log(missed === 0 ? `\nall ${mutants.length} are found` : `\n${missed} searches found nothing`);
  return missed === 0;
}

function chance(finding: Finding | undefined): string {
  if (finding === undefined) return "";
  return finding.isFound ? `${finding.by}: ${finding.what.split(":")[0]}` : `NOT FOUND by ${finding.by}`;
}

function story({ foundBy }: Mutant, finding: Finding | undefined): string {
  if (finding === undefined) return "";
  return finding.isFound ? (foundBy.scenario ?? "") : `NOT FOUND by ${finding.by}`;
}

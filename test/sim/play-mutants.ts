import { huntByChance } from "./hunt.ts";
import { mutants } from "./mutants.ts";

/** Looks for each planted bug by chance, and prints which seed found it. @returns whether all are found */
export async function playMutants(): Promise<boolean> {
  console.log("| planted bug | what goes wrong | found by |\n| --- | --- | --- |");
  let missed = 0;
  for (const mutant of mutants) {
    const { isFound, by, what } = await huntByChance(mutant);
    if (!isFound) missed += 1;
    console.log(`| ${mutant.name} | ${mutant.what} | ${isFound ? `${by}: ${what.split(":")[0]}` : `NOT FOUND by ${by}`} |`);
  }
  console.log(missed === 0 ? `\nall ${mutants.length} are found` : `\n${missed} searches found nothing`);
  return missed === 0;
}

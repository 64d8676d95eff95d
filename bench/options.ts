import { parseArgs } from "node:util";

/**
 * Reads flags that are whole numbers, each with its default and all from 1.
 * @returns undefined after `--help`, which has been answered
 * @throws TypeError as `parseArgs` does, for what it does not know and what is no such number
 */
export function readNumbers<Name extends string>(
  name: string,
  args: string[],
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> | undefined {
  const names = Object.keys(defaults) as Name[];
  const options = Object.fromEntries(names.map((flag) => [flag, { type: "string" as const }]));
  const { values } = parseArgs({ args, options: { ...options, help: { type: "boolean" } } });
  if (values["help"] === true) {
    console.log(`Usage: npm run bench -- ${name} ${names.map((flag) => `[--${flag} N]`).join(" ")}\n`);
    console.log(`Without them: ${names.map((flag) => `--${flag} ${defaults[flag]}`).join(" ")}`);
    return undefined;
  }
  const read = (flag: Name) => {
    const text = (values as Record<string, string | undefined>)[flag];
    if (text === undefined) return defaults[flag];
    if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
    const message = `--${flag} is a whole number from 1 to 9999999, not ${text}`;
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
  };
  return Object.fromEntries(names.map((flag) => [flag, read(flag)])) as Record<Name, number>;
}

/** Prints a goal and whether it was reached. */
export function goal(holds: boolean, what: string): boolean {
  console.log(`  ${holds ? "✓" : "✗"} ${what}`);
  return holds;
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

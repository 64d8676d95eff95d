/** How a framework says by which seed it orders tests, and how it is told. */
const seeds: Readonly<Record<string, { readonly said: RegExp; readonly flag: string }>> = {
  vitest: { said: /Running tests with seed "(\d+)"/, flag: "--sequence.seed=" },
  jest: { said: /^Seed:\s+(-?\d+)$/m, flag: "--seed=" },
  pytest: { said: /Using --randomly-seed=(\d+)/, flag: "--randomly-seed=" },
  go: { said: /^-test\.shuffle (\d+)$/m, flag: "-shuffle=" },
};

/** The argument that gives the same order again, where the framework ordered by chance and said so. */
export function seedWords(runner: string, log: string): readonly string[] {
  const known = seeds[runner];
  const seed = known?.said.exec(log)?.[1];
  return known === undefined || seed === undefined ? [] : [`${known.flag}${seed}`];
}

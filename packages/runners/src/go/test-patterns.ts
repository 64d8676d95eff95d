/** The flags of one invocation of a test binary, without their `-test.`. */
export type TestFlags = ReadonlyMap<string, string>;

/** One argument may be no longer: Windows has room for 32,767 characters in a command line. */
const patternLimit = 24_000;

/**
 * How to run some cases and no others: one invocation of the binary for each. Cases that are no subtests come in one; subtests of each
 * parent in one of their own, because go can only name a parent's subtests by naming them below every parent.
 * @param flags what the suite and the task ask for anyway
 * @param cases paths as the results give them; all cases when absent
 */
export function invocationsFor(flags: TestFlags, cases: readonly (readonly string[])[] | undefined): TestFlags[] {
  if (cases === undefined) return [flags];
  const below = new Map<string, { readonly parents: readonly string[]; readonly names: string[] }>();
  for (const path of cases) {
    const parents = path.slice(0, -1);
    // Benchmarks are chosen by a flag of their own.
    const key = JSON.stringify([isBenchmark(path), ...parents]);
    const group = below.get(key) ?? { parents, names: [] };
    const name = path.at(-1) ?? "";
    if (!group.names.includes(name)) group.names.push(name);
    below.set(key, group);
  }
  return [...below.values()].flatMap(({ parents, names }) =>
    chunksOf(names.map(quote)).map((chunk) => {
      const pattern = [...parents.map((parent) => `^${quote(parent)}$`), `^(${chunk.join("|")})$`].join("/");
      const chosen = new Map(flags);
      const flag = isBenchmark(parents.length > 0 ? parents : names) ? "bench" : "run";
      const rest = parents.length > 0 ? "" : (levelsOf(flags.get(flag) ?? "")?.rest ?? "");
      chosen.delete("bench");
      chosen.set("run", "^$");
      return chosen.set(flag, pattern + rest);
    }),
  );
}

/**
 * A pattern of -run or -bench, by its levels: what is matched with top-level names, and what with subtests, with its slash. Undefined
 * when it has alternatives of several levels each (`A/x|B/y`), which cannot be told apart from outside.
 */
export function levelsOf(pattern: string): { readonly first: string; readonly rest: string } | undefined {
  let brackets = 0;
  let groups = 0;
  let slash: number | undefined;
  let hasAlternatives = false;
  for (let index = 0; index < pattern.length; index += 1) {
    const sign = pattern[index];
    if (sign === "\\") index += 1;
    else if (sign === "[") brackets += 1;
    else if (sign === "]") brackets = Math.max(0, brackets - 1);
    else if (sign === "(" && brackets === 0) groups += 1;
    else if (sign === ")" && brackets === 0) groups -= 1;
    else if (brackets > 0 || groups > 0) continue;
    else if (sign === "/") slash ??= index;
    else if (sign === "|") hasAlternatives = true;
  }
  if (slash === undefined) return { first: pattern, rest: "" };
  return hasAlternatives ? undefined : { first: pattern.slice(0, slash), rest: pattern.slice(slash) };
}

function isBenchmark(path: readonly string[]): boolean {
  return path[0]?.startsWith("Benchmark") === true;
}

/** For Go's regular expressions. */
function quote(name: string): string {
  return name.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

function chunksOf(names: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const name of names) {
    if (length + name.length + 1 > patternLimit) {
      chunks.push([]);
      length = 0;
    }
    chunks.at(-1)?.push(name);
    length += name.length + 1;
  }
  return chunks;
}

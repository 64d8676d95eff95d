/** Wildcards that one pattern may have: each more multiplies how long a text that does not match may be looked at. */
export const wildcardLimit = 4;

/**
 * Whether a claim is what a pattern says: letter by letter, but for `*`, which stands for anything without a slash, and `**`, which stands
 * for anything.
 * @example matchesPattern("refs/heads/release/*", "refs/heads/release/2") // true
 */
export function matchesPattern(pattern: string, claim: string): boolean {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === "**" ? "[^]*" : part === "*" ? "[^/]*" : part.replaceAll(/[.+?^${}()|[\]\\/-]/g, String.raw`\$&`)))
    .join("");
  return new RegExp(`^${source}$`).test(claim);
}

/** How many wildcards it has; `**` counts as one. */
export function wildcardsIn(pattern: string): number {
  return pattern.match(/\*+/g)?.length ?? 0;
}

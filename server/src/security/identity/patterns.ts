/** Wildcards that one pattern may have: more than these nobody reads right. */
export const wildcardLimit = 4;

/**
 * Whether a claim is what a pattern says: letter by letter, but for `*`, which stands for anything without a slash, and `**`, which stands
 * for anything. It takes time as the product of both lengths at most, whatever a stranger calls a branch: all that the pattern could have come
 * to is followed at once, and nothing is tried twice as an expression with wildcards would.
 * @example matchesPattern("refs/heads/release/*", "refs/heads/release/2") // true
 */
export function matchesPattern(pattern: string, claim: string): boolean {
  const parts = pattern.match(/\*\*|[^]/g) ?? [];
  let open = [0];
  for (const letter of claim.split("")) {
    const next = new Set<number>();
    for (const at of withSkipped(open, parts)) {
      const part = parts[at];
      if (part === "**" || (part === "*" && letter !== "/")) next.add(at);
      else if (part === letter && part !== "*") next.add(at + 1);
    }
    if (next.size === 0) return false;
    open = [...next];
  }
  return withSkipped(open, parts).has(parts.length);
}

/** A wildcard may stand for nothing. */
function withSkipped(open: readonly number[], parts: readonly string[]): Set<number> {
  const all = new Set<number>();
  for (let at of open) {
    all.add(at);
    while (parts[at] === "*" || parts[at] === "**") all.add((at += 1));
  }
  return all;
}

/** How many wildcards it has; `**` counts as one. */
export function wildcardsIn(pattern: string): number {
  return pattern.match(/\*+/g)?.length ?? 0;
}

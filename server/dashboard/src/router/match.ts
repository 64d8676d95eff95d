/** The parts of a path that a pattern names: `/runs/:run` gives `{ run }`. Undefined where it is another path. */
export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const named: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (!part.startsWith(":")) {
      if (part !== value) return undefined;
      continue;
    }
    try {
      named[part.slice(1)] = decodeURIComponent(value);
    } catch {
      // A lone percent sign: no address of ours.
      return undefined;
    }
  }
  return named;
}

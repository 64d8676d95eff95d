/**
 * A path with its parts and query encoded: each `:` of the template takes the next part.
 * @example path("/runs/:/report", ["r-1"], {}) // "/runs/r-1/report"
 */
export function path(
  template: string,
  parts: readonly string[],
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  let next = 0;
  const filled = template.replace(/:/g, () => encodeURIComponent(parts[next++] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}

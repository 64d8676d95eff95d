export type Item = Readonly<Record<string, string>>;
export type Filter = Readonly<Record<string, readonly string[]>>;

function matches(item: Item, filter: Filter, except?: string): boolean {
  return Object.entries(filter).every(
    ([name, values]) => name === except || values.length === 0 || values.includes(item[name] ?? ""),
  );
}

export function select(items: readonly Item[], filter: Filter): Item[] {
  return items.filter((item) => matches(item, filter));
}

/** How many items each value of a facet would show. A facet's own choice does not narrow its counts. */
export function countFacet(items: readonly Item[], filter: Filter, name: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const value = item[name];
    if (value !== undefined && matches(item, filter, name)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

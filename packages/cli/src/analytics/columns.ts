import { type Colors, printableLine } from "../view/text.ts";

/** A table for people: its columns as wide as they have to be, those with numbers to the right. @param right how many, from the first */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colors: Colors,
  right = head.length - 1,
): string[] {
  if (rows.length === 0) return [];
  const printed = rows.map((row) => row.map(printableLine));
  const widths = head.map((title, at) => Math.max(title.length, ...printed.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        if (at < right) return cell.padStart(width);
        // The last column needs no padding.
        return at === cells.length - 1 ? cell : cell.padEnd(width);
      })
      .join("  ");
  return [colors.dim(line(head)), ...printed.map(line)];
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Of a whole that may be nothing. */
export function shareOf(part: number, whole: number): string {
  return whole === 0 ? "–" : percent(part / whole);
}

export function day(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 10);
}

/** What lies in one column of pixels: the least and the largest value, by the index of the column. */
export interface Column {
  readonly x: number;
  low: number;
  high: number;
}

/**
 * The least and the largest value of each column of pixels: drawn as lines they look like all of the points, however many there are.
 * @param x where a point lies, in pixels, rising with the index
 * @param take whether it is drawn
 */
export function minMaxColumns(
  values: { readonly length: number; readonly from: number; value(index: number): number },
  x: (index: number) => number,
  take: (index: number) => boolean,
): Column[] {
  const columns: Column[] = [];
  let last: Column | undefined;
  for (let index = values.from; index < values.length; index += 1) {
    if (!take(index)) continue;
    const value = values.value(index);
    const at = Math.round(x(index));
    if (last === undefined || last.x !== at) columns.push((last = { x: at, low: value, high: value }));
    else {
      if (value < last.low) last.low = value;
      if (value > last.high) last.high = value;
    }
  }
  return columns;
}

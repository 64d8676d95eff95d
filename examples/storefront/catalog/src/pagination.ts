export interface Row {
  readonly id: string;
  readonly price: number;
}

export interface Page {
  readonly rows: readonly Row[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

const order = (a: Row, b: Row): number => a.price - b.price || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** One page by price. The cursor names the last row seen, so that rows added meanwhile never shift a page. */
export function pageOf(rows: readonly Row[], limit: number, cursor?: string): Page {
  const sorted = rows.toSorted(order);
  const from = cursor === undefined ? 0 : firstAfter(sorted, decode(cursor));
  const page = sorted.slice(from, from + limit);
  const last = page.at(-1);
  return last === undefined || from + limit >= sorted.length ? { rows: page } : { rows: page, next: encode(last) };
}

function firstAfter(sorted: readonly Row[], seen: Row): number {
  const index = sorted.findIndex((row) => order(row, seen) > 0);
  return index === -1 ? sorted.length : index;
}

function encode(row: Row): string {
  return Buffer.from(JSON.stringify([row.price, row.id])).toString("base64url");
}

function decode(cursor: string): Row {
  try {
    const [price, id] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown[];
    if (typeof price === "number" && typeof id === "string") return { price, id };
  } catch {
    // Falls through to the one error that a caller can do something about.
  }
  throw new SyntaxError("the cursor is not one of ours");
}

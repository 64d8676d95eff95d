import { isBarcode } from "./barcode.ts";
import { parseCsv } from "./csv.ts";
import { uniqueSlug } from "./slug.ts";

export interface Product {
  readonly slug: string;
  readonly title: string;
  readonly price: number;
  readonly barcode: string;
}

export interface ImportResult {
  readonly products: readonly Product[];
  /** One line a problem, by row: `row 3: price "free" is not a number`. */
  readonly problems: readonly string[];
}

/** Reads products from CSV with the header `title,price,barcode`. A bad row is reported; the others are taken. */
export function importProducts(text: string): ImportResult {
  const [header = [], ...rows] = parseCsv(text);
  if (header.join(",") !== "title,price,barcode") throw new SyntaxError("the header must be title,price,barcode");
  const products: Product[] = [];
  const problems: string[] = [];
  const slugs = new Set<string>();
  const barcodes = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const [title = "", price = "", barcode = ""] = row;
    const problem =
      row.length !== 3
        ? `${row.length} fields instead of 3`
        : title.trim() === ""
          ? "the title is empty"
          : !/^\d+(?:\.\d{2})?$/.test(price)
            ? `price "${price}" is not a number`
            : !isBarcode(barcode)
              ? `barcode "${barcode}" is wrong`
              : barcodes.has(barcode)
                ? `barcode "${barcode}" was used above`
                : undefined;
    if (problem !== undefined) {
      problems.push(`row ${index + 2}: ${problem}`);
      continue;
    }
    const slug = uniqueSlug(title, slugs);
    slugs.add(slug);
    barcodes.add(barcode);
    products.push({ slug, title: title.trim(), price: Math.round(Number(price) * 100), barcode });
  }
  return { products, problems };
}

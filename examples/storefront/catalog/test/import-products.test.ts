import { expect, test } from "vitest";
import { checkDigit } from "../src/barcode.ts";
import { formatCsv } from "../src/csv.ts";
import { importProducts } from "../src/import-products.ts";

const header = "title,price,barcode\n";
const barcode = (number: number): string => {
  const twelve = String(number).padStart(12, "0");
  return `${twelve}${checkDigit(twelve)}`;
};

test("a good row becomes a product", () => {
  const { products, problems } = importProducts(`${header}"Mug, red",8.50,4006381333931\n`);
  expect(problems).toEqual([]);
  expect(products).toEqual([{ slug: "mug-red", title: "Mug, red", price: 850, barcode: "4006381333931" }]);
});

test.each([
  ["Mug,8.50", "row 2: 2 fields instead of 3"],
  [" ,8.50,4006381333931", "row 2: the title is empty"],
  ["Mug,free,4006381333931", 'row 2: price "free" is not a number'],
  ["Mug,8.50,4006381333930", 'row 2: barcode "4006381333930" is wrong'],
])("%s is reported and left out", (row, problem) => {
  const result = importProducts(`${header}${row}\nTea,4,4006381333931\n`);
  expect(result.problems).toEqual([problem]);
  expect(result.products.map((product) => product.slug)).toEqual(["tea"]);
});

test("a file with the wrong header is refused as a whole", () => {
  expect(() => importProducts("name,cost\n")).toThrow(SyntaxError);
});

test("30,000 rows, every tenth a double", () => {
  const rows = Array.from({ length: 30_000 }, (_, index) => [
    `Mug ${index}`,
    `${index}.99`,
    barcode(index % 10 === 9 ? index - 1 : index),
  ]);
  const { products, problems } = importProducts(header + formatCsv(rows));
  expect(products).toHaveLength(27_000);
  expect(problems).toHaveLength(3_000);
});

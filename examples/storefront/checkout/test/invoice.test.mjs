import assert from "node:assert/strict";
import test from "node:test";
import { renderInvoice } from "../src/invoice.mjs";
import { between, seeded } from "../src/random.mjs";

test("an invoice of two tax rates", () => {
  const lines = [
    { title: "Red mug", quantity: 2, net: 672, rate: 19 },
    { title: "Green tea", quantity: 1, net: 421, rate: 7 },
  ];
  assert.equal(
    renderInvoice({ number: "2026-17", lines }),
    [
      "Invoice 2026-17",
      "2 × Red mug                        13.44",
      "1 × Green tea                       4.21",
      "Net                                17.65",
      "Tax 7%                              0.29",
      "Tax 19%                             2.55",
      "Total                              20.49",
    ].join("\n"),
  );
});

test("net and taxes add up to the total, in columns: 4,000 invoices", () => {
  const random = seeded(21);
  for (let number = 0; number < 4_000; number += 1) {
    const lines = Array.from({ length: between(random, 1, 25) }, (_, index) => ({
      title: `Product ${index} with a long, long name`,
      quantity: between(random, 1, 9),
      net: between(random, 1, 50_000),
      rate: [7, 19][between(random, 0, 1)],
    }));
    const rows = renderInvoice({ number, lines }).split("\n").slice(1);
    assert.ok(rows.every((row) => row.length === 40));
    const minors = rows.map((row) => Math.round(Number(row.slice(28)) * 100));
    const sum = minors.slice(lines.length, -1).reduce((total, minor) => total + minor, 0);
    assert.equal(sum, minors.at(-1));
  }
});

import type { CaseResult } from "../model/case.ts";

const escape = String.fromCharCode(27);
const red = (text: string) => `${escape}[31m${text}${escape}[39m`;
const green = (text: string) => `${escape}[32m${text}${escape}[39m`;
const dim = (text: string) => `${escape}[2m${text}${escape}[22m`;

type Evidence = Pick<CaseResult, "status" | "message" | "details"> & Partial<Pick<CaseResult, "line" | "output">>;

/** Evidence as frameworks really print it, colour codes included. `n` varies what varies from one occurrence to the next. */
export const sampleFaults = {
  refused: (file: string, n: number): Evidence => ({
    status: "failed",
    message: `Error: connect ECONNREFUSED 127.0.0.1:${5432 + n}`,
    details: [
      `Error: connect ECONNREFUSED 127.0.0.1:${5432 + n}`,
      "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)",
      "    at connect (/home/runner/work/shop/shop/src/database/connect.ts:41:11)",
      "    at openPool (/home/runner/work/shop/shop/src/database/pool.ts:18:9)",
      `    at /home/runner/work/shop/shop/${file}:${12 + n}:20`,
      "    at runTest (file:///home/runner/work/shop/shop/node_modules/@vitest/runner/dist/index.js:1124:17)",
    ].join("\n"),
    line: 12 + n,
    output: `${dim("stdout | beforeAll")}\nconnecting to postgres://shop@127.0.0.1:${5432 + n}/shop …\n${red("✗")} refused after 3 tries\n`,
  }),
  diff: (file: string): Evidence => ({
    status: "failed",
    message: `AssertionError: expected { total: 107.1, currency: 'EUR', …(2) } to deeply equal { total: 119, currency: 'EUR', …(2) }`,
    details: [
      `AssertionError: expected { total: 107.1, currency: 'EUR', …(2) } to deeply equal { total: 119, currency: 'EUR', …(2) }`,
      "",
      green("- Expected"),
      red("+ Received"),
      "",
      dim("  {"),
      dim('    "currency": "EUR",'),
      dim('    "lines": 3,'),
      green('-   "total": 119,'),
      red('+   "total": 107.1,'),
      green('-   "vat": 19,'),
      red('+   "vat": 7.1,'),
      dim("  }"),
      "",
      `${dim(" ❯")} ${file}:48:24`,
      `     46|   const order = checkout(cart, { country: "DE" });`,
      `     47|`,
      `     48|   expect(order.invoice).toEqual({ total: 119, currency: "EUR", lines: 3, vat: 19 });`,
      `       |                         ^`,
      `     49| });`,
    ].join("\n"),
    line: 48,
  }),
  pytest: (file: string, n: number): Evidence => ({
    status: "failed",
    message: `AssertionError: assert ${n + 3} == ${n + 4}\n +  where ${n + 3} = len([<Node ${n}>, …])`,
    details: [
      "    def test_shortest_path_visits_every_node(graph):",
      "        path = shortest_path(graph, source=0)",
      ">       assert len(path) == graph.order()",
      `E       AssertionError: assert ${n + 3} == ${n + 4}`,
      `E        +  where ${n + 3} = len([<Node ${n}>, …])`,
      `E        +  and   ${n + 4} = order()`,
      "",
      `${file}:${30 + n}: AssertionError`,
    ].join("\n"),
    line: 30 + n,
  }),
  timeout: (file: string, n: number): Evidence => ({
    status: "failed",
    message: "Error: Test timed out in 5000ms.\nIf this is a long-running test, pass a timeout value as the last argument.",
    details: `Error: Test timed out in 5000ms.\n ❯ ${file}:${20 + n}:3`,
    line: 20 + n,
  }),
  undefinedRead: (file: string): Evidence => ({
    status: "failed",
    message: "TypeError: Cannot read properties of undefined (reading 'locale')",
    details: [
      "TypeError: Cannot read properties of undefined (reading 'locale')",
      " ❯ formatPrice src/money/format-price.ts:27:31",
      "     25| export function formatPrice(price: Price, session?: Session): string {",
      "     26|   const digits = digitsOf(price.currency);",
      "     27|   return new Intl.NumberFormat(session.user.locale, { minimumFractionDigits: digits })",
      "       |                                             ^",
      "     28|     .format(price.amount);",
      ` ❯ ${file}:33:12`,
    ].join("\n"),
    line: 33,
  }),
} as const;

export type SampleFault = keyof typeof sampleFaults;

import type { ComputedValue } from "../../model/metric.ts";
import { casesAcross, rowIdentity, type BrowserFile } from "./files.ts";
import type { BrowserValue } from "./schema.ts";
import { compareValues, mostAgreed } from "./values.ts";

/** The values that several browsers computed for the same test under the same name. */
export function* valueRows(files: readonly BrowserFile[], browsers: readonly string[]): Generator<BrowserValue> {
  for (const file of files)
    for (const across of casesAcross(file)) {
      const named = new Map<string, Map<string, ComputedValue>>();
      for (const [browser, { result }] of across)
        for (const value of result.computed ?? []) {
          const known = named.get(value.name);
          if (known === undefined) named.set(value.name, new Map([[browser, value]]));
          else known.set(browser, value);
        }
      const [one] = across.values();
      for (const [name, values] of named)
        if (values.size > 1 && one !== undefined) yield { ...rowIdentity(file, one.result), name, ...row(values, browsers) };
    }
}

function row(
  values: ReadonlyMap<string, ComputedValue>,
  browsers: readonly string[],
): Pick<BrowserValue, "reference" | "tolerance" | "differs" | "cells"> {
  const present = browsers.flatMap((browser) => {
    const value = values.get(browser);
    return value === undefined ? [] : [{ browser, value }];
  });
  const reference = present[mostAgreed(present.map(({ value }) => value))];
  if (reference === undefined) throw new RangeError("a row without values");
  const cells = browsers.map((browser) => {
    const value = values.get(browser);
    if (value === undefined) return null;
    const { agrees, at, outside } = compareValues(value, reference.value);
    return {
      agrees,
      ...(at !== undefined &&
        browser !== reference.browser && { at, value: value.values[at] ?? null, expected: reference.value.values[at] ?? null }),
      outside,
      length: value.values.length,
    };
  });
  return {
    reference: reference.browser,
    tolerance: reference.value.tolerance,
    differs: cells.some((cell) => cell?.agrees === false),
    cells,
  };
}

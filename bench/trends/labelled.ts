import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A series on which people marked changes, each on their own. */
export interface Annotated {
  readonly name: string;
  readonly values: readonly number[];
  readonly annotations: readonly (readonly number[])[];
}

/** A series of which is known whether it has a regression, and where. */
export interface Located {
  readonly name: string;
  readonly type: string;
  readonly values: readonly number[];
  readonly regression: number | null;
}

const seriesSchema = z.object({ name: z.string(), series: z.array(z.object({ raw: z.array(z.number()) })).min(1) });
const annotationsSchema = z.record(z.string(), z.record(z.string(), z.array(z.number())));
const locatedSchema = z.record(z.string(), z.object({ type: z.string(), cp: z.number().nullable(), x: z.array(z.number()) }));

/** The Turing Change Point Dataset's univariate series in the folder `tcpd`, sorted by name. */
export function readAnnotated(folder: string): Annotated[] {
  const path = join(folder, "tcpd");
  const annotations = annotationsSchema.parse(json(join(path, "annotations.json")));
  const files = readdirSync(path)
    .filter((file) => file.endsWith(".json") && file !== "annotations.json")
    .toSorted();
  return files.map((file) => {
    const { name, series } = seriesSchema.parse(json(join(path, file)));
    return { name, values: series[0]?.raw ?? [], annotations: Object.values(annotations[name] ?? {}) };
  });
}

/** SAP's performance series of `sap-small.json`. */
export function readLocated(folder: string): Located[] {
  const found = locatedSchema.parse(json(join(folder, "sap-small.json")));
  return Object.entries(found).map(([name, { type, cp, x }]) => ({ name, type, values: x, regression: cp }));
}

function json(path: string): unknown {
  if (!existsSync(path))
    throw new Error(`${path} is missing: --labelled names a folder with tcpd/ and sap-small.json (docs/trends-method.md)`);
  return JSON.parse(readFileSync(path, "utf8"));
}

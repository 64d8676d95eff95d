import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stopCoverage } from "node:v8";
import { gunzipSync } from "node:zlib";
import type { CoveragePart } from "../keep.ts";
import { placedCounted } from "../keep-counted.ts";
import { placedV8Files } from "../keep-v8.ts";

/** What a process does that a tool measures in place of the tests: it leaves for the tool what those had covered. */

/** How it is told, by the variable `SHARDWRIGHT_PLACE_PARTS`. */
export interface Placing {
  /** The folder with what attempts have left. */
  readonly parts: string;
  readonly workspace: string;
  /** The tool's folder; where Node has its own when absent. */
  readonly into?: string;
  /** A file for what the tool is set up with. */
  readonly told: string;
}

// Not this process.
stopCoverage();
const {
  parts,
  workspace,
  told,
  into = process.env["NODE_V8_COVERAGE"] ?? "",
} = JSON.parse(process.env["SHARDWRIGHT_PLACE_PARTS"] ?? "") as Placing;
let number = 0;
for (const name of readdirSync(parts).sort()) {
  const part = JSON.parse(gunzipSync(readFileSync(join(parts, name))).toString("utf8")) as CoveragePart;
  const files = "maps" in part ? placedV8Files(part, workspace) : placedCounted(part, workspace);
  for (const file of files) {
    number += 1;
    // As Node names them, by process, time and number: it looks at no others.
    writeFileSync(join(into, `coverage-${number}-1000000000000-0.json`), JSON.stringify(file));
  }
}
writeFileSync(told, process.env["NYC_CONFIG"] ?? "{}");

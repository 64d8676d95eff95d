import { statSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";

/** Whom pictures are made for. */
export const schemes = ["light", "dark"] as const;
export type Scheme = (typeof schemes)[number];

const images = join(import.meta.dirname, "..", "docs", "images");
/** Pictures are part of the repository: larger ones are not wanted there. */
const limit_bytes = 120_000;

/** Takes a picture of the dashboard into `docs/images`. One that is too large makes the process fail. */
export async function savePicture(of: Page | Locator, name: string, scheme: Scheme): Promise<void> {
  const file = join(images, `dashboard-${name}${scheme === "dark" ? "-dark" : ""}.png`);
  await of.screenshot({ path: file });
  const { size } = statSync(file);
  console.log(`wrote ${file} (${size} bytes)`);
  if (size <= limit_bytes) return;
  console.error(`${file} is larger than ${limit_bytes} bytes`);
  process.exitCode = 1;
}

import { realpathSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { join } from "node:path";
import type { NpmFramework } from "../installed.ts";

export const playwrightPackage: NpmFramework = {
  name: "Playwright Test",
  installs: "@playwright/test",
  // The oldest whose inner modules the host knows.
  oldest: [1, 57],
  // `@playwright/test` is a face of `playwright`, which projects can also use by itself.
  manifest: (directory) => {
    const from = join(directory, "package.json");
    return find("playwright", find("@playwright/test", from) ?? from);
  },
};

function find(name: string, from: string): string | undefined {
  try {
    // From where a link leads to: what the package itself needs lies beside it there.
    const path = findPackageJSON(name, from);
    return path === undefined ? undefined : realpathSync(path);
  } catch {
    return undefined;
  }
}

import { type NpmFramework, manifestOf } from "../installed.ts";

export const vitestPackage: NpmFramework = {
  name: "vitest",
  installs: "vitest",
  oldest: [3],
  manifest: (directory) => manifestOf("vitest", directory),
};

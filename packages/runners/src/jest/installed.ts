import { type NpmFramework, manifestOf } from "../installed.ts";

export const jestPackage: NpmFramework = {
  name: "jest",
  installs: "jest",
  oldest: [29],
  // Whoever has only jest's command line has its other half, too.
  manifest: (directory) => found("jest", directory) ?? found("jest-cli", directory),
};

function found(name: string, directory: string): string | undefined {
  try {
    return manifestOf(name, directory);
  } catch {
    // Not there: the other name may be.
    return undefined;
  }
}

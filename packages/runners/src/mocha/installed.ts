import { type NpmFramework, manifestOf } from "../installed.ts";

export const mochaPackage: NpmFramework = {
  name: "mocha",
  installs: "mocha",
  oldest: [10],
  manifest: (directory) => manifestOf("mocha", directory),
};

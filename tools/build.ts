/**
 * Compiles every package to its `dist`, in the order of their dependencies, for publishing. What a package is entered by is one file
 * with all of its modules in it, and with those of others' packages that each start needs, because Node takes longer to find and open
 * hundreds of files than to run them. A checkout runs without all this.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { buildDashboard } from "../server/dashboard/build.ts";
import { bundle } from "./bundle.ts";
import { packages } from "./packages.ts";

const root = join(import.meta.dirname, "..");
/** Files beside the sources that are no TypeScript but are needed at run time. */
const assets = "**/*.{py,sql,json,mjs}";

for (const directory of packages) {
  const source = join(root, directory, "src");
  const dist = join(root, directory, "dist");
  rmSync(dist, { recursive: true, force: true });
  const config = join(root, directory, ".tsconfig.build.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: relative(join(root, directory), join(root, "tsconfig.json")),
      compilerOptions: { noEmit: false, declaration: true, outDir: "dist", rootDir: "src" },
      include: ["src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/*.test-data.ts", "**/fixtures/**", "**/testing/**"],
    }),
  );
  const compiled = spawnSync("tsc", ["-p", config], { stdio: "inherit", shell: process.platform === "win32" });
  rmSync(config);
  if (compiled.status !== 0) {
    console.error(`error: ${directory} does not compile`);
    process.exit(1);
  }
  for (const asset of globSync(assets, { cwd: source, exclude: ["**/fixtures/**", "**/testing/**", "**/*.test.*"] })) {
    const target = join(dist, asset);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(source, asset), target);
  }
  await bundle(directory, dist);
  if (directory === "server") await buildDashboard(join(dist, "dashboard", "site"));
  console.log(`built ${directory}`);
}

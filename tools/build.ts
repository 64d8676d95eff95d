/**
 * Compiles every package to its `dist`, in the order of their dependencies, for publishing. What a package is entered by is one file
 * with all of its modules in it, because Node takes longer to find and open hundreds of files than to run them: `shardwright --version`
 * takes two thirds of the time. A checkout runs without all this.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { rolldown } from "rolldown";
import { buildDashboard } from "../server/dashboard/build.ts";
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
  await bundle(dist);
  if (directory === "server") await buildDashboard(join(dist, "dashboard", "site"));
  console.log(`built ${directory}`);
}

/** Puts each entry's modules into one file; other packages stay outside, and so does what is started by its path. */
async function bundle(dist: string): Promise<void> {
  const entries = ["index", "main"].filter((name) => existsSync(join(dist, `${name}.js`)));
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(dist, `${name}.js`)])),
    platform: "node",
    external: (id) => !id.startsWith(".") && !isAbsolute(id),
    plugins: [
      {
        name: "own-place",
        // A module that names files beside it still means those beside its own place.
        transform(code, id) {
          const place = relative(dist, id).split(sep).join("/");
          return code.replaceAll("import.meta.url", `new URL("./${place}", import.meta.url).href`);
        },
      },
    ],
  });
  await build.write({ dir: dist, format: "esm", entryFileNames: "[name].js", chunkFileNames: "part-[hash].js" });
  await build.close();
}

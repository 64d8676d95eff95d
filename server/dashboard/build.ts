/**
 * Builds the dashboard into a folder: `node build.ts <folder>`. What browsers fetch is there three times: as it is, and compressed by gzip and
 * Brotli, once and as well as it goes. The folder appears whole or not at all: several may build it at the same time.
 */
import { globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { type Plugin, build } from "vite";

const root = import.meta.dirname;

/** The reports' dark colours, as they hold when the page says that it is dark. */
const darkColours: Plugin = {
  name: "dark-colours",
  enforce: "pre",
  transform: (code, id) =>
    /(?:^|-)dark\.css$/.test(basename(id)) ? code.replace(":root", ':root[data-theme="dark"]') : undefined,
};

/** @param out made here; if it is there when the build is done, it stays as it is */
export async function buildDashboard(out: string): Promise<void> {
  mkdirSync(dirname(out), { recursive: true });
  const unfinished = mkdtempSync(`${out}.`);
  try {
    await build({
      root,
      configFile: false,
      logLevel: "error",
      // Relative, so that it works below any prefix.
      base: "./",
      plugins: [darkColours],
      resolve: { alias: { zod: join(root, "no-schemas.ts") } },
      build: {
        outDir: unfinished,
        emptyOutDir: true,
        target: "es2023",
        // A data: URL is not hashed, and the page's policy allows none.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        // Core's modules do nothing when they are loaded but make schemas: what is not used of them stays out.
        rolldownOptions: { treeshake: { moduleSideEffects: (id: string) => !id.includes("/packages/core/src/") } },
      },
    });
    for (const name of globSync("assets/*.{js,css,svg}", { cwd: unfinished })) compress(join(unfinished, name));
    moveInto(unfinished, out);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function compress(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
}

function moveInto(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    // Somebody else was faster, with the same.
    if (!(error instanceof Error && "code" in error && ["ENOTEMPTY", "EEXIST", "EPERM"].includes(String(error.code))))
      throw error;
  }
}

if (import.meta.main) {
  const [out] = process.argv.slice(2);
  if (out === undefined) throw new Error("usage: node build.ts <folder>");
  await buildDashboard(out);
}

import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";

/**
 * Packages of others whose modules each start of a run needs: they are put into our files. All else stays outside, undici among it, which
 * two of ours share in one process.
 */
const taken = ["@hono/node-server", "ci-info", "commander", "drizzle-orm", "hono", "picocolors", "zod"];

/** All of ours share one zod, which core has in a file of its own. */
const zodHome = "packages/core";
const sharedZod = "@shardwright/core/zod";

/** Puts each entry's modules into one file; other packages of ours stay outside, and so does what is started by its path. */
export async function bundle(directory: string, dist: string): Promise<void> {
  const entries = ["index", "main"].filter((name) => existsSync(join(dist, `${name}.js`)));
  const input = Object.fromEntries(entries.map((name) => [name, join(dist, `${name}.js`)]));
  const build = await rolldown({
    input: directory === zodHome ? { ...input, zod: "zod" } : input,
    platform: "node",
    external: (id) => !id.startsWith(".") && !isAbsolute(id) && !isTaken(id),
    plugins: [ownPlace(dist), onlyEnglish(), ...(directory === zodHome ? [] : [zodOfCore()])],
  });
  const { output } = await build.write({
    dir: dist,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "part-[hash].js",
  });
  await build.close();
  for (const file of output) {
    const path = join(dist, file.fileName);
    if (file.type === "chunk") writeFileSync(path, escapeNonAscii(readFileSync(path, "utf8")));
  }
  const notices = noticesOf(output.filter((file) => file.type === "chunk"));
  if (directory === zodHome) writeFileSync(join(dist, "zod.d.ts"), `export { z } from "zod";\n`);
  if (notices !== "") writeFileSync(join(dist, "third-party-licences.txt"), notices);
}

function isTaken(id: string): boolean {
  return taken.some((name) => id === name || id.startsWith(`${name}/`));
}

/** A module that names files beside it still means those beside its own place. */
function ownPlace(dist: string): Plugin {
  return {
    name: "own-place",
    transform(code, id) {
      if (!code.includes("import.meta.url")) return undefined;
      if (id.includes("node_modules")) throw new Error(`${id} names files beside it, which would not be there`);
      const place = relative(dist, id).split(sep).join("/");
      return code.replaceAll("import.meta.url", `new URL("./${place}", import.meta.url).href`);
    },
  };
}

function zodOfCore(): Plugin {
  return {
    name: "zod-of-core",
    resolveId: { order: "pre", handler: (source) => (source === "zod" ? { id: sharedZod, external: true } : undefined) },
  };
}

/** Of zod's messages in fifty languages ours are English. */
function onlyEnglish(): Plugin {
  return {
    name: "only-english",
    load(id) {
      return /zod[\\/]v4[\\/]locales[\\/]index\.js$/.test(id) ? `export { default as en } from "./en.js";` : undefined;
    },
  };
}

/**
 * Text that is ASCII alone is read many times faster, and takes half the room. Where it is printed, rolldown would write it out again.
 * @throws Error where the escaped text would be another one
 */
export function escapeNonAscii(code: string): string {
  const changed = /\\[^\0-\x7f]|String\.raw\s*`[^`]*[^\0-\x7f`][^`]*`/.exec(code)?.[0];
  if (changed !== undefined) throw new Error(`this cannot be written in ASCII: ${changed.slice(0, 80)}`);
  return code.replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The licences of what was taken in, for those who have only our files. */
function noticesOf(chunks: readonly OutputChunk[]): string {
  const folders = new Set(chunks.flatMap(({ moduleIds }) => moduleIds.map(packageOf)).filter((folder) => folder !== undefined));
  return [...folders]
    .toSorted()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, string>;
      return `${name} ${version} (${license})\n\n${licenceText(folder, license)}\n`;
    })
    .join("\n---\n\n");
}

function licenceText(folder: string, license: string | undefined): string {
  const places = license === "Apache-2.0" ? [folder, join(import.meta.dirname, "..", "node_modules", "typescript")] : [folder];
  for (const place of places) {
    const [file] = globSync("{licen[cs]e,LICEN[CS]E}*", { cwd: place });
    if (file !== undefined) return readFileSync(join(place, file), "utf8").trim();
  }
  throw new Error(`${folder} has no text of its licence, which has to go with it`);
}

function packageOf(id: string): string | undefined {
  if (!id.includes("node_modules")) return undefined;
  for (let folder = dirname(id); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    // Some folders of a package say only what kind of modules they hold.
    if (existsSync(manifest) && "name" in (JSON.parse(readFileSync(manifest, "utf8")) as object)) return folder;
    if (dirname(folder) === folder) throw new Error(`${id} belongs to no package`);
  }
}

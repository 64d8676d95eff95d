import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = `
  import { createRequire } from "node:module";
  await import(process.argv[1]);
  const loaded = Object.keys(createRequire(process.argv[1]).cache).filter((path) => /undici.(?:index|lib.(?:web.fetch|mock).*)[.]js$/.test(path));
  console.log(JSON.stringify(loaded));
`;

test("a coordinator starts without what nobody uses of undici", () => {
  const program = join(import.meta.dirname, "..", "index.ts");
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", script, program], { encoding: "utf8" });
  expect(JSON.parse(loaded)).toEqual([]);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listBrowserCases } from "./list-cases.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);

function listing(file: string, content: string) {
  const workspace = mkdtempSync(join(tmpdir(), "shardwright-list-cases-"));
  onTestFinished(() => rmSync(workspace, { recursive: true, force: true }));
  writeFileSync(join(workspace, file), content);
  return listBrowserCases({ workspace, directory: ".", options: {}, environment, file, args: [] });
}

test("a module's cases are listed in their order, and none of them is run", async () => {
  const listed = await listing(
    "a.browser.ts",
    `import { test } from "@shardwright/browsers/test";
     const run: () => void = () => process.exit(3);
     test("one", run);
     test.skip("two");
     test("one", run);
     export default run;`,
  );
  expect(listed).toEqual(["one", "two", "one", "a"].map((name) => ({ path: [name] })));
}, 60_000);

test("a module that cannot be loaded has no cases, and says why", async () => {
  await expect(listing("a.browser.mjs", `throw new Error("there is no such thing");`)).rejects.toMatchObject({
    code: "discovery-failed",
    message: expect.stringContaining("there is no such thing"),
  });
}, 60_000);

test("a page is not asked for what it tells when it runs", async () => {
  await expect(listing("a.browser.html", "<script></script>")).rejects.toMatchObject({
    code: "discovery-failed",
    message: expect.stringContaining("a page"),
  });
});

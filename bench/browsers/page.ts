import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext } from "playwright-core";

const html = `<!doctype html><title>shop</title><button>Add</button><output>0</output>
<script>document.querySelector("button").onclick = () => { const o = document.querySelector("output"); o.textContent = String(Number(o.textContent) + 1); };</script>`;

export async function servePage(): Promise<{ url: string; close(): void }> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The test that all sides run, in a context of its own: three clicks, what the page says. */
export async function runPage(context: BrowserContext, url: string): Promise<void> {
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(url);
  for (let click = 0; click < 3; click += 1) await page.click("button");
  const text = await page.textContent("output");
  if (text !== "3") throw new Error(`the page says ${text}`);
  await context.close();
}

const steps = (url: string) => `  await page.goto(${JSON.stringify(url)});
  for (let click = 0; click < 3; click += 1) await page.click("button");
  const text = await page.textContent("output");
  if (text !== "3") throw new Error("the page says " + text);
`;

/** The same, as a test file of Playwright's own runner. */
export function testFile(url: string): string {
  return `import { test } from "@playwright/test";\ntest("adds", async ({ page }) => {\n${steps(url)}});\n`;
}

/** The same, as a module for our runner. */
export function moduleFile(url: string): string {
  return `export default async ({ page }) => {\n${steps(url)}};\n`;
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Coordinator } from "../../server/src/coordinator.ts";
import { readSignIn } from "../../server/src/security/sign-in/options.ts";
import { Coordinators, adminToken, call } from "../../server/src/testing/coordinators.ts";
import { chromiumPath, launchChromium, noChromium } from "../chromium.ts";
import { passOn } from "./prefix-proxy.ts";
import type { ProviderOrder } from "./provider-process.ts";
import { type WatchedPage, expectAccessible, expectAccessibleEveryWay, openPage, patience_ms, signIn } from "./watched-page.ts";

const prefix = "/ci/shardwright";

describe.skipIf(chromiumPath === undefined)(
  `signing in by way of a provider${chromiumPath === undefined ? ` (${noChromium})` : ""}`,
  () => {
    const coordinators = new Coordinators();
    const order = {
      clientId: "shardwright",
      clientSecret: "a client secret+of/tests",
      redirectUris: [] as string[],
      signOutUris: [] as string[],
    };
    let browser: Browser;
    let coordinator: Coordinator;
    let proxy: Server;
    let dashboard: string;
    let provider: ChildProcess;
    let issuer: string;
    /** Done before the browser's coming back reaches the coordinator. */
    let beforeCallback: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      browser = await launchChromium();
      proxy = createServer((incoming, outgoing) => {
        const isCallback = incoming.url?.startsWith(`${prefix}/api/v1/session/callback`) === true;
        void (async () => (isCallback ? await beforeCallback?.() : undefined))().then(() =>
          passOn(prefix, coordinator.address, incoming, outgoing),
        );
      });
      proxy.listen(0, "127.0.0.1");
      await once(proxy, "listening");
      dashboard = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${prefix}`;
      order.redirectUris.push(`${dashboard}/api/v1/session/callback`);
      order.signOutUris.push(`${dashboard}/`);
      [provider, issuer] = await startProvider({ ...order, port: 0 });
      const options = readSignIn(
        {
          issuer,
          client_id: order.clientId,
          name: "Example SSO",
          addresses: [dashboard],
          scopes: ["openid", "email", "groups"],
          rules: [
            { claims: { groups: "admins" }, scope: "admin" },
            { claims: { groups: "testers", email: "*@example.com" }, scope: "read", project: "shop" },
          ],
        },
        "sign-in.yml",
        order.clientSecret,
      );
      coordinator = await coordinators.start("a", {}, 0, { signIn: options, trustedProxy: true });
    }, 120_000);
    afterAll(async () => {
      provider.kill("SIGKILL");
      await browser.close();
      await coordinators[Symbol.asyncDispose]();
      proxy.closeAllConnections();
      proxy.close();
    });

    async function open(path: string): Promise<WatchedPage> {
      const watched = await openPage(browser, dashboard, path);
      // The provider's pages want letters from elsewhere.
      await watched.page.context().route(/^https:/, (route) => route.abort());
      return watched;
    }
    const goToProvider = async (page: Page) => {
      await page.getByRole("button", { name: "Sign in with Example SSO" }).click();
      await page.getByPlaceholder("Enter any login").waitFor();
    };
    /** What is at the provider's is none of the dashboard's faults. */
    const faultsOf = ({ faults }: WatchedPage) =>
      faults.filter((fault) => !fault.includes(issuer) && !fault.startsWith("request: https://fonts."));

    async function signInAs(page: Page, login: string): Promise<void> {
      await page.getByPlaceholder("Enter any login").fill(login);
      await page.getByPlaceholder("and password").fill("any");
      await page.getByRole("button", { name: "Sign-in" }).click();
      await page.getByRole("button", { name: "Continue" }).click();
    }

    test("somebody comes back as who they are to where they were, sees their project, and signs out", async () => {
      const watched = await open("/tests?project=shop");
      const { page } = watched;
      await page.getByRole("button", { name: "Sign in with Example SSO" }).waitFor();
      await expectAccessible(page);
      await goToProvider(page);
      await signInAs(page, "ada.testers");
      await page.getByText("ada@example.com").waitFor();
      expect(page.url()).toBe(`${dashboard}/tests?project=shop`);
      await page.getByRole("heading", { level: 1, name: "Tests" }).waitFor();
      expect(await page.getByRole("link", { name: "Settings" }).count()).toBe(0);
      await expectAccessible(page);
      const cookies = await page.context().cookies(`${dashboard}/api/v1/runs`);
      expect(cookies).toMatchObject([
        { name: "shardwright-session", path: `${prefix}/api/v1`, httpOnly: true, sameSite: "Strict" },
      ]);

      // Nothing of the session is left, with the browser, the coordinator or the provider.
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await page.waitForURL(`${dashboard}/`);
      await page.getByRole("button", { name: "Sign in with Example SSO" }).waitFor();
      expect(await page.context().cookies(`${dashboard}/api/v1/runs`)).toEqual([]);
      const secret = cookies[0]?.value ?? "";
      expect((await call(coordinator, "GET", "/api/v1/runs?project=shop", undefined, secret)).status).toBe(401);
      expect((await page.context().cookies()).filter(({ name }) => name.startsWith("shardwright"))).toEqual([]);
      await goToProvider(page);
      expect(faultsOf(watched)).toEqual([]);
      await page.context().close();
    }, 120_000);

    test("who has no access, says no, or has lost what was begun is told what to do, and gets in afterwards", async () => {
      const watched = await open("/workers");
      const { page } = watched;
      await goToProvider(page);
      await signInAs(page, "eve");
      await page.getByText("you are eve@example.com, who has no access here").waitFor();
      await expectAccessible(page);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.setViewportSize({ width: 320, height: 700 });
      await expectAccessible(page);
      await page.setViewportSize({ width: 1280, height: 900 });
      expect(await page.context().cookies(`${dashboard}/api/v1/runs`)).toEqual([]);

      // The provider knows eve, and asks all the same.
      await page.getByRole("link", { name: "Sign in again" }).click();
      await goToProvider(page);
      await page.getByRole("link", { name: /Cancel/ }).click();
      await page.getByText("Example SSO did not let you sign in: access_denied").waitFor();

      // Without a word it does not ask eve again: as somebody whom it does not know.
      await page.context().clearCookies();

      await page.getByRole("link", { name: "Sign in again" }).click();
      await goToProvider(page);
      await page.context().clearCookies({ name: "shardwright-sign-in" });
      await signInAs(page, "root.admins");
      await page.getByText("was not begun in this browser").waitFor();

      // The provider still knows them, and asks for nothing.
      await page.getByRole("link", { name: "Sign in again" }).click();
      await page.getByRole("button", { name: "Sign in with Example SSO" }).click();
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("button", { name: "Quotas, signing in, plugins" }).click();
      await page.getByText(`Example SSO (${issuer})`).waitFor();
      await page.getByRole("row", { name: "1 groups: admins admin all projects" }).waitFor();
      await expectAccessibleEveryWay(page);
      expect(await page.content()).not.toContain(order.clientSecret);
      await page.getByRole("button", { name: "Audit log" }).click();
      await page.getByRole("row", { name: /session.sign-in eve@example.com .*Example SSO \(eve\) refused/ }).waitFor();
      expect(faultsOf(watched)).toEqual([]);
      await page.context().close();
    }, 120_000);

    test("while the provider is away its page is not gone to, a token lets in, and it works again when it is back", async () => {
      const watched = await open("/");
      const { page } = watched;
      await page.getByRole("button", { name: "Sign in with Example SSO" }).waitFor();
      const { port } = new URL(issuer);
      await goToProvider(page);
      await page.getByPlaceholder("Enter any login").fill("ada.testers");
      await page.getByPlaceholder("and password").fill("any");
      await page.getByRole("button", { name: "Sign-in" }).click();
      await page.getByRole("button", { name: "Continue" }).waitFor();
      // It dies between the browser's visit and the coordinator's question.
      beforeCallback = async () => {
        beforeCallback = undefined;
        provider.kill("SIGKILL");
        await once(provider, "exit");
      };
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText("Example SSO cannot be asked who you are").waitFor();
      await page.getByRole("link", { name: "Try again" }).waitFor();
      await page.getByRole("link", { name: "Sign in again" }).click();
      await signIn(page, adminToken);
      await page.getByRole("link", { name: "Settings" }).waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();

      [provider] = await startProvider({ ...order, port: Number(port) });
      await goToProvider(page);
      await signInAs(page, "ada.testers");
      await page.getByText("ada@example.com").waitFor();
      expect(faultsOf(watched)).toEqual([]);
      await page.context().close();
    }, 120_000);
  },
);

/** @returns the process, and the provider's address */
async function startProvider(order: ProviderOrder): Promise<[ChildProcess, string]> {
  const program = fileURLToPath(new URL("provider-process.ts", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once("exit", (code) => reject(new Error(`the provider ended with ${code}: ${said}`)));
    setTimeout(() => reject(new Error(`the provider did not start: ${said}`)), patience_ms).unref();
  });
  return [child, address];
}

/**
 * What drivers say when the browser is gone under a test: Playwright's in all its languages, Puppeteer's, and those that speak WebDriver
 * (https://w3c.github.io/webdriver/#errors).
 */
const signs =
  /Target page, context or browser has been closed|Browser has been closed|browser has (?:disconnected|crashed)|Target crashed|Page crashed|Protocol error .{0,200}: (?:Target|Session|Connection) closed|Navigation failed because browser has disconnected|disconnected: not connected to DevTools|chrome not reachable|tab crashed/i;
/** More of a text says nothing new. */
const textLimit = 20_000;

/**
 * Whether a failure's text says that the browser died under the test. A test that closes its own page and then uses it reads the same: it
 * fails again in a new browser, and that is its result.
 */
export function speaksOfBrowser(text: string): boolean {
  return signs.test(text.slice(0, textLimit));
}

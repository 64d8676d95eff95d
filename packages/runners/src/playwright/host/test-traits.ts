import { sep } from "node:path";
import type { Suite, TestCase } from "@playwright/test/reporter";

/** What is known of a test before it runs. */
export interface TestTraits {
  /** Playwright's own mark of project, worker fixtures and repetition: tests with different ones share no worker. */
  readonly hash: string;
  /** What lives as long as its worker is all Playwright's own. */
  readonly isPlain: boolean;
}

/** The part of Playwright's own tests, beneath the reporters' interface, that tells which of them may share a worker. */
interface InnerTest {
  readonly _workerHash?: unknown;
  readonly _testType?: { readonly fixtures?: unknown };
}
interface FixturesAt {
  readonly fixtures?: Readonly<Record<string, unknown>>;
  readonly location?: { readonly file?: unknown };
}

/** @param playwright the folder of the package. @returns traits that fit no other test where Playwright does not tell */
export function traitsOf(test: TestCase, playwright: string): TestTraits {
  const { _workerHash: hash, _testType: type } = test as unknown as InnerTest;
  if (typeof hash !== "string" || hash === "") return { hash: `only ${test.id}`, isPlain: false };
  const lists = [type?.fixtures, ...usesOf(test)];
  return { hash, isPlain: lists.every(Array.isArray) && ownFixturesOnly(lists.flat() as FixturesAt[], playwright) };
}

/** What `test.use()` says for a test, the outermost first. */
function usesOf(test: TestCase): unknown[] {
  const uses: unknown[] = [];
  for (let suite: Suite | undefined = test.parent; suite !== undefined; suite = suite.parent)
    uses.unshift((suite as Suite & { _use?: unknown })._use ?? []);
  return uses;
}

/** Whether no function of the user's is behind a fixture of a worker's scope, which one that goes over another takes from it. */
function ownFixturesOnly(lists: readonly FixturesAt[], playwright: string): boolean {
  const inWorkers = new Set<string>();
  for (const { fixtures = {}, location } of lists) {
    const isOwn = typeof location?.file === "string" && location.file.startsWith(playwright + sep);
    for (const [name, fixture] of Object.entries(fixtures)) {
      const [body, options] = Array.isArray(fixture) ? (fixture as [unknown, { scope?: unknown }?]) : [fixture];
      if (options?.scope === "worker") inWorkers.add(name);
      if (!isOwn && typeof body === "function" && inWorkers.has(name)) return false;
    }
  }
  return true;
}

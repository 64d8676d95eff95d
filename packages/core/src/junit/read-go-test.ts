import { z } from "zod";
import { ShardwrightError } from "../errors/shardwright-error.ts";
import { cutText, type CaseStatus } from "../model/case.ts";
import type { JunitCase } from "./read-case.ts";
import type { JunitReport, JunitSuite } from "./read-junit.ts";

/** https://pkg.go.dev/cmd/test2json; other fields and actions come with newer versions of Go, and say nothing of results. */
const eventSchema = z.object({
  Time: z.string().optional(),
  Action: z.string(),
  Package: z.string().optional(),
  Test: z.string().optional(),
  Elapsed: z.number().nonnegative().optional(),
  Output: z.string().optional(),
  ImportPath: z.string().optional(),
});

const lineLimit = 16 * 1024 * 1024;
const outputLimit = 256 * 1024;
const casesLimit = 5_000_000;
const statuses: Readonly<Record<string, CaseStatus>> = { pass: "passed", fail: "failed", skip: "skipped" };

/** Whether a text, by its beginning, is what `go test -json` prints. */
export function isGoTest(beginning: string): boolean {
  return /^\{(?=[^\n]*"Action":")[^\n]*"(?:Package|ImportPath)":"/m.test(beginning);
}

/**
 * Reads what `go test -json` prints, piece by piece: a suite a package, a case a test, parents of subtests included, as Go counts them. A
 * package that fails without a failed test, was not built, or has no end is a case that has gone wrong, so that it cannot get lost.
 * @throws ShardwrightError `report-unreadable`
 */
export function readGoTest(pieces: Iterable<string>, path: string): JunitReport {
  const unreadable = (reason: string) => new ShardwrightError("report-unreadable", { path, format: "go test -json", reason });
  const packages = new Map<string, Package>();
  const builds = new Map<string, string>();
  const packageOf = (name: string): Package => {
    const known = packages.get(name) ?? new Package(name);
    packages.set(name, known);
    return known;
  };
  let events = 0;
  for (const line of linesOf(pieces, unreadable)) {
    const event = parsed(line);
    if (event === undefined) {
      // Older versions of Go say in plain text that a package could not be built: nothing else does.
      const [, failed, why] = /^FAIL\t(\S+) \[(build|setup) failed\]$/.exec(line) ?? [];
      if (failed !== undefined) packageOf(failed).broken(`${why} failed`);
      continue;
    }
    events += 1;
    if (events > casesLimit * 10) throw unreadable("it has more events than are read");
    const { Action, Package: name, ImportPath, Output = "" } = event;
    if (Action === "build-output" && ImportPath !== undefined)
      builds.set(ImportPath, `${builds.get(ImportPath) ?? ""}${Output}`.slice(0, outputLimit));
    else if (name !== undefined) packageOf(name).take(event);
  }
  if (events === 0) throw unreadable("it holds no event");
  const suites = [...packages.values()].map((one) => one.suite(builds)).filter(({ cases }) => cases.length > 0);
  return { name: undefined, suites };
}

type GoEvent = z.infer<typeof eventSchema>;

/** What has come of one package. */
class Package {
  readonly #name: string;
  readonly #cases: JunitCase[] = [];
  /** What the tests under way have printed. */
  readonly #open = new Map<string, string>();
  #output = "";
  #started_at_ms: number | undefined;
  #duration_ms: number | undefined;
  #hasEnd = false;
  #hasFailed = false;
  #hasFailedTest = false;

  constructor(name: string) {
    this.#name = name;
  }

  broken(why: string): void {
    this.#hasEnd = true;
    this.#hasFailed = true;
    this.#print(undefined, `${why}\n`);
  }

  take({ Time, Action, Test, Elapsed = 0, Output = "" }: GoEvent): void {
    const at_ms = Date.parse(Time ?? "");
    if (this.#started_at_ms === undefined && !Number.isNaN(at_ms)) this.#started_at_ms = at_ms;
    if (Action === "output") return this.#print(Test, Output);
    if (Action === "run" && Test !== undefined) return void this.#open.set(Test, "");
    const status = statuses[Action];
    if (status === undefined) return;
    const duration_ms = Math.round(Elapsed * 1_000_000) / 1000;
    if (Test !== undefined) return this.#end(Test, status, duration_ms);
    this.#hasEnd = true;
    this.#hasFailed ||= status === "failed";
    this.#duration_ms = duration_ms;
  }

  suite(builds: ReadonlyMap<string, string>): JunitSuite {
    for (const test of this.#open.keys()) this.#end(test, "errored", 0, "It has no end: the package's process was gone before.");
    const build = [...builds]
      .flatMap(([of, text]) => (of === this.#name || of.startsWith(`${this.#name} [`) ? [text] : []))
      .join("");
    if (!this.#hasEnd) this.#whole("The package has no end: what ran it was gone before.", build);
    else if (this.#hasFailed && !this.#hasFailedTest) this.#whole("The package failed, and none of its tests did.", build);
    return {
      name: this.#name,
      file: undefined,
      started_at_ms: this.#started_at_ms,
      duration_ms: this.#duration_ms,
      hostname: undefined,
      output: this.#output.trim() === "" ? undefined : cutText(this.#output.trim()),
      cases: this.#cases,
    };
  }

  #print(test: string | undefined, text: string): void {
    const before = test === undefined ? this.#output : (this.#open.get(test) ?? "");
    const now = before.length >= outputLimit ? before : before + text;
    if (test === undefined) this.#output = now;
    else this.#open.set(test, now);
  }

  #end(test: string, status: CaseStatus, duration_ms: number, message?: string): void {
    const printed = ownLines(this.#open.get(test) ?? "");
    this.#open.delete(test);
    const isBad = status === "failed" || status === "errored";
    this.#hasFailedTest ||= isBad;
    const said = message ?? (isBad || status === "skipped" ? firstLine(printed) : undefined);
    this.#add(test, {
      status,
      duration_ms,
      ...(said === undefined ? {} : { message: cutText(said) }),
      ...(isBad && printed !== "" ? { details: cutText(printed) } : {}),
      ...(!isBad && printed !== "" ? { output: cutText(printed) } : {}),
    });
  }

  #whole(message: string, build: string): void {
    const details = `${build}${this.#output}`.trim();
    this.#add("(package)", {
      status: "errored",
      duration_ms: 0,
      message,
      ...(details === "" ? {} : { details: cutText(details) }),
    });
  }

  #add(name: string, result: Omit<JunitCase["result"], "path" | "retries">): void {
    const path = [cutText(name, 4000)];
    this.#cases.push({ classname: this.#name, file: undefined, result: { path, retries: 0, ...result } });
  }
}

/** Without what Go itself prints around a test. */
function ownLines(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)\s|--- (?:PASS|FAIL|SKIP): )/.test(line))
    .join("\n")
    .trimEnd();
}

/** `    cart_test.go:9: got 2, want 3` says it in its second half. */
function firstLine(text: string): string | undefined {
  const line = text.split("\n").find((one) => one.trim() !== "");
  return line?.trim().replace(/^[\w.-]+\.go:\d+: (?=\S)/, "");
}

function parsed(line: string): GoEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return eventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    // What a test, or a tool beside, printed past `go test`.
    return undefined;
  }
}

function* linesOf(pieces: Iterable<string>, unreadable: (reason: string) => Error): Generator<string> {
  let rest = "";
  for (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > lineLimit) throw unreadable(`it has a line of more than ${lineLimit} characters`);
    for (const line of lines) yield line.replace(/^\uFEFF/, "").replace(/\r$/, "");
  }
  if (rest !== "") yield rest.replace(/\r$/, "");
}

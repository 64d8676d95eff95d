import { parseXml, type Element } from "./element.ts";

/** A test as GitLab shows it. */
interface ShownCase {
  readonly suite: string;
  readonly classname: string;
  readonly name: string;
  readonly file: string | undefined;
  readonly time_s: number;
  readonly status: "failed" | "error" | "skipped" | "success";
  readonly output: string;
  readonly attachment: string | undefined;
}

interface ShownReport {
  /** What GitLab keeps, in the order read: of several with one suite, class, name and status the last. */
  readonly cases: readonly ShownCase[];
  /** Of what was read, before duplicates fell out. */
  readonly read: number;
  readonly largestFile_bytes: number;
  readonly most_elements: number;
}

/**
 * Reads JUnit files as GitLab does, by its parser's rules (lib/gitlab/ci/parsers/test/junit.rb, lib/gitlab/xml_converter.rb, and the
 * conversion of XML to a hash in ActiveSupport, which they use).
 * @throws Error where GitLab would read nothing of the file
 */
export async function readAsGitlab(files: readonly string[]): Promise<ShownReport> {
  const kept = new Map<string, ShownCase>();
  let read = 0;
  let largestFile_bytes = 0;
  let most_elements = 0;
  for (const [index, text] of files.entries()) {
    largestFile_bytes = Math.max(largestFile_bytes, Buffer.byteLength(text));
    most_elements = Math.max(most_elements, text.match(/<[A-Za-z]/g)?.length ?? 0);
    const root = await parseXml(text, `file ${index}`);
    const suites = root.name === "testsuites" ? root.children("testsuite") : [root];
    for (const shown of suites.flatMap(casesOf)) {
      read += 1;
      kept.set(JSON.stringify([shown.status, shown.suite, shown.classname, shown.name]), shown);
    }
  }
  return { cases: [...kept.values()], read, largestFile_bytes, most_elements };
}

function casesOf(suite: Element): ShownCase[] {
  const own = suite.children("testcase").map((testcase) => shownFrom(testcase, suite.attribute("name") ?? ""));
  return [...own, ...suite.children("testsuite").flatMap(casesOf)];
}

function shownFrom(testcase: Element, suite: string): ShownCase {
  const output = textIn(testcase, "system-out");
  const failure = textIn(testcase, "failure");
  const error = textIn(testcase, "error");
  const skipped = textIn(testcase, "skipped");
  const status = failure !== undefined ? "failed" : error !== undefined ? "error" : skipped !== undefined ? "skipped" : "success";
  const isBad = status === "failed" || status === "error";
  const said = [failure ?? error, output === undefined ? undefined : `System Out:\n\n${output}`];
  return {
    suite,
    classname: testcase.attribute("classname") ?? "",
    name: testcase.attribute("name") ?? "",
    file: testcase.attribute("file"),
    time_s: Number.parseFloat(testcase.attribute("time") ?? "0"),
    status,
    output: isBad ? said.filter((text) => text !== undefined).join("\n\n") : (skipped ?? ""),
    attachment: isBad ? /\[\[ATTACHMENT\|([^[\]|]+?)\]\]/.exec(output ?? "")?.[1] : undefined,
  };
}

/** An element's text alone; undefined without the element. @throws Error where it is several, or its `type` would make it no text */
function textIn(testcase: Element, name: string): string | undefined {
  const [element, ...more] = testcase.children(name);
  if (element === undefined) return undefined;
  if (more.length > 0) throw new Error(`${name} stands more than once in a case`);
  if (element.attribute("type") !== undefined) throw new Error(`${name} has a type, which converts or forbids its text`);
  if (element.text === "" && element.attribute("message") !== undefined) throw new Error(`${name} has attributes for its text`);
  return element.text;
}

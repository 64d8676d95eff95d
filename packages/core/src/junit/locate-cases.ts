import { plainText } from "../model/plain-text.ts";
import { ownFrames, type StackFrame } from "../resilience/stack-frames.ts";
import type { ProjectFiles } from "./project-files.ts";
import type { JunitCase } from "./read-case.ts";
import type { JunitReport, JunitSuite } from "./read-junit.ts";

/** Of a stack and what stands around it. */
const detailsRead = 32_768;
const lineLimit = 1000;
const linesLimit = 400;

/**
 * Finds out in which of the project's files the cases stand: by the path that a case or its suite names, by the name of its class, and of
 * what failed by its stack. A guess is not made: a case whose file is not certain keeps what the report says of it.
 */
export function locateCases(report: JunitReport, files: ProjectFiles): JunitReport {
  return { ...report, suites: report.suites.map((suite) => locateSuite(suite, files)) };
}

function locateSuite(suite: JunitSuite, files: ProjectFiles): JunitSuite {
  const file = suite.file === undefined ? undefined : (files.find(suite.file) ?? files.tidy(suite.file));
  const named = new Map<string, string | undefined>();
  const byName = (name: string): string | undefined => {
    if (!named.has(name)) named.set(name, fileOfName(name, suite.name, files));
    return named.get(name);
  };
  return { ...suite, file, cases: suite.cases.map((entry) => locateCase(entry, { ...suite, file }, files, byName)) };
}

function locateCase(
  entry: JunitCase,
  suite: JunitSuite,
  files: ProjectFiles,
  byName: (name: string) => string | undefined,
): JunitCase {
  const { classname, result } = entry;
  const said = entry.file === undefined ? suite.file : (files.find(entry.file) ?? files.tidy(entry.file));
  const file = said ?? (classname === undefined ? undefined : byName(classname)) ?? byName(suite.name);
  // pytest counts lines from 0 (https://github.com/pytest-dev/pytest/blob/main/src/_pytest/junitxml.py, `location[1]`).
  const line = entry.file !== undefined && suite.name === "pytest" ? (result.line ?? 0) + 1 : result.line;
  const isBad = result.status === "failed" || result.status === "errored";
  const place = isBad ? noticedAt(entry, file, files) : undefined;
  const own = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
  return { ...entry, file, result: { ...result, ...own, ...place } };
}

/** Where a failure was noticed: in the test's file, or where that is not known, in the first file of the project that the stack names. */
function noticedAt(
  { classname, result }: JunitCase,
  file: string | undefined,
  files: ProjectFiles,
): { readonly file: string; readonly line: number } | undefined {
  const text = plainText(`${(result.details ?? "").slice(0, detailsRead)}\n${(result.message ?? "").slice(0, detailsRead)}`);
  for (const place of placesIn(text)) {
    // Go names a file without its folder, which is that of the package.
    const inPackage = classname?.includes("/") === true && !place.path.includes("/");
    const found =
      (inPackage ? files.find(`${classname}/${place.path}`) : undefined) ??
      files.find(place.path) ??
      sameAs(file, files.tidy(place.path));
    if (found !== undefined && (file === undefined || found === file)) return { file: found, line: place.line };
  }
  return undefined;
}

/** Where nobody knows the project's files, a path that the case itself names is believed. */
function sameAs(file: string | undefined, path: string): string | undefined {
  return file === path ? file : undefined;
}

interface Place {
  readonly path: string;
  readonly line: number;
}

/** Stack frames in code of one's own, the innermost first; then whatever else looks like a file and a line. */
function* placesIn(text: string): Generator<Place> {
  for (const frame of ownFrames(text)) yield { path: pathOf(frame), line: frame.line };
  for (const line of text.split("\n", linesLimit)) {
    if (line.length > lineLimit) continue;
    for (const [, path = "", number] of line.matchAll(anyPlace)) yield { path, line: Number(number) };
  }
}

/** `src/lib.rs:10:5`, `CartTest.php:12`, `./spec/cart_spec.rb:12:in`, `in C:\shop\CartTests.cs:line 12`, `cart_test.cc(12)` */
const anyPlace = /((?:[A-Za-z]:)?[\w.@+\-\\/]{0,300}\.[A-Za-z]\w{0,7})(?::line |:|\()([1-9]\d{0,6})\b/g;

/** The JVM names a file without its folders: they are those of its package. */
function pathOf({ file, name }: StackFrame): string {
  if (file.includes("/") || name === undefined || !/\.(?:java|kt|groovy|scala)$/.test(file)) return file;
  const parts = name.replace(/^.*\//, "").split(".");
  // The last two are the class and the method.
  return [...parts.slice(0, -2), file].join("/");
}

/** The file that a class is named after, as far as the name makes that certain. */
function fileOfName(name: string, suite: string, files: ProjectFiles): string | undefined {
  if (name === "" || name.length > lineLimit) return undefined;
  if (/[/\\]/.test(name)) return files.find(name);
  const parts = (name.split("$")[0] ?? name).split(".");
  if (parts.some((part) => !/^[\p{L}\p{N}_-]+$/u.test(part))) return undefined;
  for (let length = parts.length; length > 0; length -= 1) {
    const base = parts.slice(0, length).join("/");
    const last = parts[length - 1] ?? "";
    for (const ending of endingsOf(last, suite)) {
      const found = files.find(`${base}.${ending}`);
      if (found !== undefined) return found;
    }
    // The folders of C# need not be those of its namespaces; its files are called like their classes.
    const alone = /^\p{Lu}/u.test(last) ? files.find(`${last}.cs`) : undefined;
    if (alone !== undefined) return alone;
  }
  return undefined;
}

function endingsOf(last: string, suite: string): readonly string[] {
  if (/^test_|_test$|^tests?$/.test(last) || (suite === "pytest" && /^\p{Ll}/u.test(last))) return ["py"];
  return /^\p{Lu}/u.test(last) ? ["java", "kt", "groovy", "scala", "cs", "php"] : [];
}

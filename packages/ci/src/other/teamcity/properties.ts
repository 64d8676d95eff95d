import { readFileSync, statSync } from "node:fs";
import type { Environment } from "../../provider.ts";

const sizeLimit_bytes = 4 * 1024 * 1024;

/**
 * What TeamCity tells a build apart from its few variables: the file of the system's parameters names that of the others.
 * https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html
 */
export function teamcityParameters(env: Environment): ReadonlyMap<string, string> {
  const system = readProperties(env.TEAMCITY_BUILD_PROPERTIES_FILE);
  return new Map([...readProperties(system.get("teamcity.configuration.properties.file")), ...system]);
}

function readProperties(path: string | undefined): Map<string, string> {
  if (path === undefined || path === "") return new Map();
  try {
    if (statSync(path).size > sizeLimit_bytes) return new Map();
    return parseProperties(readFileSync(path, "latin1"));
  } catch {
    // Without the file the variables tell enough to go on with.
    return new Map();
  }
}

/** The format of Java's `Properties.load`: https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html#load-java.io.Reader- */
export function parseProperties(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.replaceAll(/(?<=(?:^|[^\\])(?:\\\\)*)\\(?:\r\n|[\r\n])[ \t\f]*/g, "").split(/\r\n|[\r\n]/)) {
    const [, key, value] = /^[ \t\f]*(?![#!])((?:\\.|[^\\\s=:])+)(?:[ \t\f]*[=:][ \t\f]*|[ \t\f]+|$)(.*)$/.exec(line) ?? [];
    if (key !== undefined) found.set(unescape(key), unescape(value ?? ""));
  }
  return found;
}

function unescape(text: string): string {
  const letters: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, letter: string | undefined) =>
    code === undefined ? (letters[letter ?? ""] ?? letter ?? "") : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

import { compileOwnerPattern, type OwnerPattern } from "./owner-pattern.ts";

/** Whose rules a CODEOWNERS file follows. */
export type CodeOwnersDialect = "github" | "gitlab";

interface Rule {
  readonly matches: OwnerPattern;
  readonly owners: readonly string[];
  /** What it matches is nobody's in its section, whatever stands below (GitLab's `!pattern`). */
  readonly excludes: boolean;
}

export interface CodeOwners {
  readonly dialect: CodeOwnersDialect;
  /** In the order of the file; GitHub knows one. */
  readonly sections: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** Where it may lie, relative to the repository's root; the first that is there counts. */
export const codeOwnersPlaces: Readonly<Record<CodeOwnersDialect, readonly string[]>> = {
  github: [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
  gitlab: ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
};

const header = /^\^?\[([^\]]+)\](?:\[\d+\])?(?:\s+(.*))?$/;

/**
 * Reads a CODEOWNERS file. A file with sections is GitLab's, whatever is said. What neither knows is left out, as they do it themselves.
 * @see https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 * @see https://docs.gitlab.com/user/project/codeowners/reference/
 */
export function parseCodeOwners(text: string, told: CodeOwnersDialect): CodeOwners {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const dialect = lines.some((line) => header.test(line)) ? "gitlab" : told;
  const sections = new Map<string, { name: string; rules: Rule[] }>();
  let defaults: readonly string[] = [];
  let section = sectionOf(sections, "");
  for (const line of lines) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, owners] = (dialect === "gitlab" && header.exec(line)) || [];
    if (name !== undefined) {
      section = sectionOf(sections, name);
      defaults = ownersIn(words(owners ?? ""));
      continue;
    }
    const rule = ruleOf(line, dialect, defaults);
    if (rule !== undefined) section.rules.push(rule);
  }
  return { dialect, sections: [...sections.values()] };
}

/** Who is responsible for a file, each once. @param path relative to the repository's root, with forward slashes */
export function ownersOf({ sections }: CodeOwners, path: string): string[] {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  const owners = sections.flatMap(({ rules }) => {
    if (rules.some(({ excludes, matches }) => excludes && matches(segments))) return [];
    return rules.findLast(({ matches }) => matches(segments))?.owners ?? [];
  });
  return [...new Set(owners)];
}

/** Sections of one name are one; GitLab takes their names in any case. */
function sectionOf(sections: Map<string, { name: string; rules: Rule[] }>, name: string): { name: string; rules: Rule[] } {
  const key = name.trim().toLowerCase();
  const known = sections.get(key) ?? { name: name.trim(), rules: [] };
  sections.set(key, known);
  return known;
}

function ruleOf(line: string, dialect: CodeOwnersDialect, defaults: readonly string[]): Rule | undefined {
  const [written = "", ...rest] = words(line);
  const excludes = dialect === "gitlab" && written.startsWith("!");
  const matches = compileOwnerPattern(excludes ? written.slice(1) : written, dialect);
  if (matches === undefined) return undefined;
  const named = ownersIn(rest);
  return { matches, owners: named.length > 0 ? named : defaults, excludes };
}

/** A line's words up to a comment; a space after a backslash is part of a word. */
function words(line: string): string[] {
  const found = line.match(/(?:\\.|\S)+/g) ?? [];
  const comment = found.findIndex((word, index) => index > 0 && word.startsWith("#"));
  return comment === -1 ? found : found.slice(0, comment);
}

/** `@user`, `@group/team`, `@@role`, an address. */
function ownersIn(named: readonly string[]): string[] {
  return named.filter((word) => /^@?@[\w.-]+(?:\/[\w.-]+)*$/.test(word) || /^[^@\s]+@[^@\s]+$/.test(word));
}

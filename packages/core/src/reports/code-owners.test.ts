import { expect, test } from "vitest";
import { ownersOf, parseCodeOwners, type CodeOwnersDialect } from "./code-owners.ts";

function owned(pattern: string, paths: readonly string[], dialect: CodeOwnersDialect = "github"): string[] {
  const rules = parseCodeOwners(`${pattern} @owner`, dialect);
  return paths.filter((path) => ownersOf(rules, path).length > 0);
}

/** What GitHub's page says of each, in our own paths. */
test.each<[string, readonly string[], readonly string[]]>([
  ["*", ["a.js", "x/y/z.ts"], []],
  ["*.js", ["a.js", "x/y/b.js"], ["a.jsx", "js"]],
  ["/build/logs/", ["build/logs/a.log", "build/logs/x/b.log"], ["x/build/logs/a.log", "build/logs", "build/other"]],
  ["docs/*", ["docs/start.md"], ["docs/build/trouble.md", "x/docs/start.md"]],
  ["apps/", ["apps/a", "x/y/apps/b/c"], ["apps", "apps2/a"]],
  ["/docs/", ["docs/a", "docs/b/c"], ["x/docs/a"]],
  ["/scripts", ["scripts", "scripts/a/b"], ["x/scripts"]],
  ["**/logs", ["logs/a", "build/logs/b", "x/y/logs/c/d"], ["blogs/a"]],
  ["apps/github", ["apps/github/a", "apps/github"], ["x/apps/github/a"]],
  ["src/**/test", ["src/test/a.js", "src/x/y/test/b.js"], ["test/a.js"]],
  ["/a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]],
  ["Readme.md", ["Readme.md", "x/Readme.md"], ["readme.md"]],
  [String.raw`with\ space/`, ["with space/a"], ["with/a"]],
  ["t?st.py", ["test.py", "x/tast.py"], ["teest.py", "t/st.py"]],
  ["a*b*c", ["abc", "axxbyyc", "x/abbc"], ["ab", "axc"]],
])("GitHub: %s", (pattern, taken, left) => {
  expect(owned(pattern, [...taken, ...left])).toEqual(taken);
});

test("GitHub: the last rule that matches counts, and one without owners takes them away", () => {
  const rules = parseCodeOwners(
    ["# all", "* @global1 @global2", "", "*.js @js-owner # inline", "/apps/ @octocat docs@example.com", "/apps/github"].join(
      "\n",
    ),
    "github",
  );
  expect(ownersOf(rules, "x.md")).toEqual(["@global1", "@global2"]);
  expect(ownersOf(rules, "x/y.js")).toEqual(["@js-owner"]);
  expect(ownersOf(rules, "apps/y.js")).toEqual(["@octocat", "docs@example.com"]);
  expect(ownersOf(rules, "apps/github/y.js")).toEqual([]);
});

test("GitHub leaves out what it does not know", () => {
  expect(owned("!a.js", ["a.js"])).toEqual([]);
  expect(owned("[ab].js", ["a.js", "[ab].js"])).toEqual([]);
});

test.each<[string, readonly string[], readonly string[]]>([
  ["*", ["a.js", "x/y"], []],
  ["README.md", ["README.md", "x/README.md"], []],
  ["internal/README.md", ["internal/README.md", "docs/internal/README.md"], []],
  ["/README.md", ["README.md"], ["x/README.md"]],
  ["/docs/", ["docs/a", "docs/x/b"], ["x/docs/a"]],
  ["/docs/*", ["docs/a"], ["docs/x/b"]],
  ["/docs", ["docs"], ["docs/a"]],
  ["/docs/**/index.md", ["docs/index.md", "docs/x/y/index.md"], ["index.md"]],
  ["lib/[a-c]*.rb", ["lib/apple.rb", "x/lib/c.rb"], ["lib/d.rb"]],
  [String.raw`\#file.rb`, ["#file.rb"], ["file.rb"]],
])("GitLab: %s", (pattern, taken, left) => {
  expect(owned(pattern, [...taken, ...left], "gitlab")).toEqual(taken);
});

test("GitLab: each section has its say, with its own default owners; sections of one name are one", () => {
  const rules = parseCodeOwners(
    [
      "* @default",
      "[Documentation] @docs-team",
      "docs/",
      "README.md @writer",
      "^[Database][2]",
      "model/db/ @dba @group/sub",
      "[DOCUMENTATION]",
      "README.md @second",
      "[Ruby] @ruby",
      "*.rb",
      "!/config/",
      "/config/special.rb @lost",
      "[Roles] @@maintainer",
      "/role.txt",
    ].join("\n"),
    "github",
  );
  expect(rules.dialect).toBe("gitlab");
  expect(ownersOf(rules, "docs/a.md")).toEqual(["@default", "@docs-team"]);
  expect(ownersOf(rules, "README.md")).toEqual(["@default", "@second"]);
  expect(ownersOf(rules, "model/db/x.sql")).toEqual(["@default", "@dba", "@group/sub"]);
  expect(ownersOf(rules, "a.rb")).toEqual(["@default", "@ruby"]);
  expect(ownersOf(rules, "config/special.rb")).toEqual(["@default"]);
  expect(ownersOf(rules, "role.txt")).toEqual(["@default", "@@maintainer"]);
});

test("a pattern made to take long does not", () => {
  const rules = parseCodeOwners(`${"a*".repeat(60)}b @x\n${"**/a*/".repeat(60)}b @x`, "github");
  expect(ownersOf(rules, "a".repeat(4000))).toEqual([]);
  expect(ownersOf(rules, "a/".repeat(1000))).toEqual([]);
});

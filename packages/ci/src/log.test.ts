import { expect, test } from "vitest";
import { logGroup, neutraliseCommands } from "./log.ts";

test("what a test prints commands nobody", () => {
  expect(neutraliseCommands("github", "a\n::set-env name=X::1\n  ::stop-commands::x")).not.toMatch(/^\s*::/m);
  expect(neutraliseCommands("github", "expected ##[add-mask]x")).not.toContain("##[");
  expect(neutraliseCommands("azure", "x ##vso[task.complete result=Succeeded]")).not.toContain("##vso[");
  expect(neutraliseCommands("gitlab", "section_start:1:x")).not.toContain("section_start:");
  expect(neutraliseCommands("none", "::set-env")).toBe("::set-env");
});

test.each(["\n", " ", "\u0085", "\u2028"])("a great deal of %j takes no longer than it is long", (space) => {
  const text = `${space.repeat(2_000_000)}::set-env name=X::1`;
  expect(neutraliseCommands("github", text).endsWith("\u200B::set-env name=X::1")).toBe(true);
});

test("a group's title stays on one line", () => {
  expect(logGroup("github", "a\n::error::b", "x", 1).open.split("\n")).toHaveLength(2);
});

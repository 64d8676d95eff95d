import { execFileSync } from "node:child_process";
import { quoteWords } from "@shardwright/core";
import { expect, test } from "vitest";

test.skipIf(process.platform === "win32")("a shell takes every word of a command as it was", () => {
  const words = [
    "it's",
    "a b",
    "$HOME",
    "`id`",
    "!!",
    "*",
    "~",
    "\\",
    "“ü”",
    "a\nb",
    "",
    "-x",
    "#c",
    "a;b",
    "'",
    '"',
    "(x)",
    "{a,b}",
  ];
  const printed = execFileSync("/bin/sh", ["-c", String.raw`printf '%s\0' ` + quoteWords(words)]).toString();
  expect(printed.split("\0").slice(0, -1)).toEqual(words);
});

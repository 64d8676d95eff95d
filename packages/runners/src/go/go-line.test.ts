import { describe, expect, test } from "vitest";
import { parseGoLine, splitQuoted } from "./go-line.ts";
import { parseGoOptions } from "./options.ts";
import { parseTaskArguments } from "./task-arguments.ts";

const read = (args: string[], flags: string[] = []) => {
  const { tests, ...line } = parseGoLine(args, flags);
  return { ...line, tests: Object.fromEntries(tests) };
};

describe("a command line of go test", () => {
  test("is sorted by whom its parts are for", () => {
    expect(
      read([
        "-race",
        "-tags",
        "a,b",
        "--run=A|B",
        "-test.short",
        "-count",
        "2",
        "./x/...",
        "y",
        "-update",
        "-level=3",
        "v",
        "-args",
        "-z",
        ".",
      ]),
    ).toEqual({
      build: ["-race", "-tags=a,b"],
      tests: { run: "A|B", short: "true", count: "2" },
      packages: ["./x/...", "y"],
      rest: ["-update", "-level=3", "v", "-z", "."],
      exec: [],
      places: undefined,
      coverProfile: undefined,
    });
  });

  test("loses what decides about the run as a whole, or how it is shown", () => {
    const { build, tests, rest } = read([
      "-v",
      "-json",
      "-failfast",
      "-list=.",
      "-o",
      "x",
      "-c",
      "-outputdir=y",
      "-work",
      "-run=A",
    ]);
    expect({ build, tests, rest }).toEqual({ build: [], tests: { run: "A" }, rest: [] });
  });

  test("keeps coverage, which is written elsewhere", () => {
    const { build, tests, coverProfile } = read(["-coverprofile=c.out", "-covermode=atomic"]);
    expect({ build, tests, coverProfile }).toEqual({ build: ["-covermode=atomic", "-cover"], tests: {}, coverProfile: "c.out" });
  });

  test("comes after the flags in GOFLAGS, of which those for building are go's business", () => {
    expect(read(["-run=B"], ["-mod=mod", "-run=A", "-short"])).toMatchObject({ build: [], tests: { run: "B", short: "true" } });
  });

  test("may name a program to run the tests with", () => {
    expect(read(["-exec", `sudo -u 'some one' "x y"`]).exec).toEqual(["sudo", "-u", "some one", "x y"]);
  });

  test.each([
    [["-fuzz=."], "-fuzz is for one package at a time"],
    [["-cpuprofile", "x"], "-cpuprofile is for one package at a time"],
    [["-C", "x"], "-C changes the folder"],
    [["-run"], "-run needs a value"],
  ])("%j is refused with the reason", (args, problem) => {
    expect(() => parseGoOptions({ args })).toThrow(`options of go: ${problem}`);
  });

  test("options are checked by name and type", () => {
    expect(() => parseGoOptions({ args: "-race" })).toThrow("options of go: ✖ Invalid input: expected array");
    expect(() => parseGoOptions({ arg: [] })).toThrow('Unrecognized key: "arg"');
  });
});

test("GOFLAGS is split as go does it: quotes around a whole word, and no escapes", () => {
  expect(splitQuoted(String.raw`-a  '-ldflags=-X a.b=c d' "-tags=x y" -modfile=C:\go.mod`)).toEqual([
    "-a",
    "-ldflags=-X a.b=c d",
    "-tags=x y",
    String.raw`-modfile=C:\go.mod`,
  ]);
});

test("a task's arguments are few, and any other is named", () => {
  const { files, tests } = parseTaskArguments(["-file=a_test.go", "-test.run=^A$", "-short"]);
  expect({ files, tests: [...tests] }).toEqual({
    files: ["a_test.go"],
    tests: [
      ["run", "^A$"],
      ["short", "true"],
    ],
  });
  expect(() => parseTaskArguments(["-tags=x"])).toThrow("not -tags=x");
});

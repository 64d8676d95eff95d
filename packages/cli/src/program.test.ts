import { expect, test } from "vitest";
import { buildProgram } from "./program.ts";

const context = { environment: {}, directory: "/", stdout: process.stdout, stderr: process.stderr, exit: () => {} };
const all = buildProgram(context);

test("a command that is named first is described alone, and as it is among all", () => {
  for (const command of all.commands.filter((one) => one.name() !== "completion")) {
    const program = buildProgram(context, command.name());
    expect(program.commands.map((one) => one.name())).toEqual([command.name()]);
    expect(program.commands[0]?.helpInformation()).toBe(command.helpInformation());
  }
});

test.each([undefined, "", "help", "--help", "no-such-command", "completion"])("%j leaves out none", (first) => {
  expect(buildProgram(context, first).helpInformation()).toBe(all.helpInformation());
});

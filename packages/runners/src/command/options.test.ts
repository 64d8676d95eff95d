import { expect, test } from "vitest";
import { parseCommandOptions } from "./options.ts";
import { splitWords } from "./split-command.ts";

function template(command: string | string[], more: object = {}): readonly string[] {
  return parseCommandOptions({ command, ...more }).template;
}

test.each([
  [`a 'b c' "d e" f\\ g {file} {junit}`, ["a", "b c", "d e", "f g", "{file}", "{junit}", "{args}"]],
  [`a "x\\"y" "\\n" '\\n' '' {file} {junit}`, ["a", 'x"y', "\\n", "\\n", "", "{file}", "{junit}", "{args}"]],
  [`a --k=v"w x"z\t{file}\n{junit} {args}`, ["a", "--k=vw xz", "{file}", "{junit}", "{args}"]],
  [`a '|' \\> ">" {junit}`, ["a", "|", ">", ">", "{junit}", "{args}", "{file}"]],
])("a line becomes arguments: %s", (line, words) => {
  expect(template(line)).toEqual(words);
});

test("a list is taken as it is", () => {
  expect(template(["a b", "|", "{file}", "--out={junit}"])).toEqual(["a b", "|", "{file}", "--out={junit}", "{args}"]);
});

test.each([
  [{}, "`command` is missing"],
  [{ command: "a {file}" }, "{junit} in the command, or the option"],
  [{ command: "a {file} {junit}", junit: "*.xml" }, "one of them"],
  [{ command: "a {file} {junit} | tee log" }, "sh -c"],
  [{ command: "a > b {junit}" }, "sh -c"],
  [{ command: "a 'b {junit}" }, "never closed"],
  [{ command: "a {junit} \\" }, "ends in a backslash"],
  [{ command: "  " }, "empty"],
  [{ command: ["", "{junit}"] }, "first word"],
  [{ command: "{files} {junit}" }, "first word"],
  [{ command: "a {file} {files} {junit}" }, "either {file} or {files}"],
  [{ command: "a --in={files} {junit}" }, "must stand alone"],
  [{ command: "a {files}", report: "exit-code" }, "use {file}"],
  [{ command: "a {file}", junit: "../out/*.xml" }, "leaves the suite's folder"],
  [{ command: "a {file}", junit: "/out/*.xml" }, "leaves the suite's folder"],
  [{ command: ["a", "b\0{junit}"] }, "NUL"],
  [{ command: "a {junit}", reports: "x" }, "reports"],
  [{ command: 5 }, "command"],
])("refuses %j", (options, message) => {
  expect(() => parseCommandOptions(options)).toThrow(
    expect.objectContaining({ code: "config-invalid", message: expect.stringContaining(message) as string }),
  );
});

test("without a command, an exit-code task is the program itself", () => {
  expect(parseCommandOptions({ report: "exit-code" })).toMatchObject({ template: ["{file}", "{args}"], batches: false });
});

test("words are split for whoever wants arguments", () => {
  expect(splitWords(`-k "a or b" | '' x\\ y`)).toEqual(["-k", "a or b", "|", "", "x y"]);
  expect(splitWords("  ")).toEqual([]);
  expect(() => splitWords(`a "b`)).toThrow(expect.objectContaining({ code: "usage" }));
  expect(() => splitWords("a \\")).toThrow(expect.objectContaining({ code: "usage" }));
});

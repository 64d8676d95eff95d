import type { RunEvent } from "@shardwright/core";
import picocolors from "picocolors";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { liveView } from "./live.ts";
import { duration, keepEnd } from "./text.ts";

/** As much of a terminal as the view needs: it breaks lines at its width, and obeys the two sequences the view moves and erases with. */
class Terminal {
  readonly rows = 24;
  columns: number;
  /** One entry a row on the screen. */
  lines: string[] = [""];
  #returned = false;

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    // eslint-disable-next-line no-control-regex -- escape sequences are what is read here
    for (const part of text.split(/(\u001B\[\??\d*[A-Za-z]|\n|\r)/)) {
      // eslint-disable-next-line no-control-regex -- as above
      const up = /^\u001B\[(\d+)A$/.exec(part);
      if (up !== null) this.#eraseFrom(Math.max(0, this.lines.length - 1 - Number(up[1])));
      else if (part === "\r") this.#returned = true;
      else if (part === "\n") this.lines.push("");
      else if (!part.startsWith("\u001B")) this.#print(part);
    }
  }

  /** A narrower terminal breaks what is there again. */
  resize(columns: number): void {
    const before = this.lines;
    this.columns = columns;
    this.lines = [];
    for (const line of before) {
      this.lines.push("");
      this.#print(line);
    }
  }

  /** The cursor goes up in its column, and what is left of it stays. */
  #eraseFrom(row: number): void {
    const column = this.#returned ? 0 : (this.lines.at(-1) ?? "").length;
    this.lines.splice(row, Infinity, (this.lines[row] ?? "").slice(0, column));
    this.#returned = false;
  }

  #print(text: string): void {
    for (const character of text) {
      const line = this.lines.at(-1) ?? "";
      if (stringWidth(line) + stringWidth(character) <= this.columns) this.lines[this.lines.length - 1] = line + character;
      else this.lines.push(character);
    }
  }
}

const files = [
  "テストケース一覧の検証ファイル名がとても長い.test.ts",
  `${"very-long-".repeat(20)}.test.ts`,
  "👩‍👩‍👧‍👦/short.test.ts",
  "two\nlines.test.ts",
];

function viewOn(terminal: Terminal) {
  let now_ms = 0;
  const view = liveView({
    stream: terminal,
    colors: picocolors.createColors(false),
    estimates_ms: new Map(),
    now_ms: () => now_ms,
  });
  const send = (event: RunEvent) => view.event(event);
  send({ type: "submitted", at_ms: 0, tasks: 120 });
  files.forEach((file, task) =>
    send({
      type: "leased",
      at_ms: 0,
      worker: "w-0123456789abcdef",
      worker_name: `local-${task + 1}`,
      tasks: [{ task, attempt: 1, file }],
    }),
  );
  /** Something worth a line, so that the view paints. */
  const tell = (message: string) => {
    now_ms += 61_000;
    send({ type: "notice", at_ms: now_ms, code: "x", message });
  };
  return { view, tell, send };
}

test.each([200, 80, 40, 25, 18, 10, 3])("each frame takes the place of the one before, %d columns wide", (columns) => {
  const terminal = new Terminal(columns);
  const { view, tell } = viewOn(terminal);
  for (const message of ["a", "b", "c", "d"]) tell(message);
  const frame = terminal.lines.slice(4, -1);
  expect(terminal.lines.slice(0, 4)).toEqual(["! a", "! b", "! c", "! d"]);
  expect(frame).toHaveLength(files.length + 1);
  for (const line of frame) expect(stringWidth(line)).toBeLessThan(columns);
  view.end();
  expect(terminal.lines).toEqual(["! a", "! b", "! c", "! d", ""]);
});

test("a terminal that becomes narrower, or wider, is cleaned all the same", () => {
  const terminal = new Terminal(120);
  const { view, tell } = viewOn(terminal);
  tell("a");
  terminal.resize(31);
  tell("b");
  terminal.resize(90);
  tell("c");
  view.end();
  expect(terminal.lines).toEqual(["! a", "! b", "! c", ""]);
});

test("what is said meanwhile stays", () => {
  const terminal = new Terminal(60);
  const { view, tell } = viewOn(terminal);
  tell("a");
  // What the terminal shows of a Ctrl-C.
  terminal.write("^C");
  view.say("Stopping");
  tell("b");
  view.end();
  expect(terminal.lines).toEqual(["! a", "Stopping", "! b", ""]);
});

test("a terminal that does not know its width is taken for a usual one", () => {
  const terminal = new Terminal(0);
  terminal.columns = 0;
  const written: string[] = [];
  terminal.write = (text) => void written.push(text);
  const { tell, view } = viewOn(terminal);
  tell("a");
  view.end();
  expect(
    Math.max(
      ...written
        .join("")
        .split("\n")
        .map((line) => stringWidth(line)),
    ),
  ).toBe(79);
});

test("only the worker that was lost is shown as lost, and only until it is back", () => {
  const terminal = new Terminal(80);
  const { view, send } = viewOn(terminal);
  const lease = (worker_name: string) =>
    send({ type: "leased", at_ms: 0, worker: "w-0123456789abcdef", worker_name, tasks: [{ task: 9, attempt: 1, file: "x" }] });
  lease("local-10");
  const lost = () => terminal.lines.filter((line) => line.endsWith(" lost")).map((line) => line.split(" ")[0]);
  send({ type: "notice", at_ms: 0, code: "worker-lost", message: "local-10 was lost while it ran x: it sent no heartbeat" });
  expect(lost()).toEqual(["local-10"]);
  lease("local-10");
  send({ type: "notice", at_ms: 0, code: "x", message: "paint" });
  expect(lost()).toEqual([]);
  view.end();
});

test("lines are cut between what readers take for characters", () => {
  expect(keepEnd("a日本語b", 5)).toBe("…語b");
  expect(keepEnd("ab👩‍👩‍👧‍👦", 3)).toBe("…👩‍👩‍👧‍👦");
  expect(keepEnd("abc", 3)).toBe("abc");
  expect(keepEnd("abc", 0)).toBe("");
});

test("durations never round up to a unit they do not use", () => {
  expect([999.4, 999.9, 59_940, 59_970, 3_599_700].map(duration)).toEqual([
    "999 ms",
    "1.0 s",
    "59.9 s",
    "1 min 00 s",
    "1 h 00 min",
  ]);
});

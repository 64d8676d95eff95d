/** One line of a stack trace. */
export interface StackFrame {
  readonly file: string;
  readonly line: number;
  readonly name?: string;
  /** The project's own code, not a dependency's or the runtime's. */
  readonly own: boolean;
  /** Python prints the innermost frame last, JavaScript first. */
  readonly innermost: "first" | "last";
}

const foreign = /node_modules|^node:|^internal\/|site-packages|dist-packages|\/lib\/python\d|^<|\(native\)/;
const lineLimit = 1000;
const linesLimit = 400;

/** Reads one line as a frame of a JavaScript, JVM or Python stack trace. */
export function parseFrame(line: string): StackFrame | undefined {
  if (line.length > lineLimit) return undefined;
  return javascriptFrame(line) ?? pythonFrame(line);
}

/** The frame nearest to the fault that lies in the project's own code. */
export function topOwnFrame(stack: string): StackFrame | undefined {
  let last: StackFrame | undefined;
  for (const line of stack.split("\n", linesLimit)) {
    const frame = parseFrame(line);
    if (frame === undefined || !frame.own) continue;
    if (frame.innermost === "first") return frame;
    last = frame;
  }
  return last;
}

function javascriptFrame(line: string): StackFrame | undefined {
  const called = /^\s*at (?:async )?([^()]+) \(([^()]+?):(\d+)(?::\d+)?\)$/.exec(line);
  if (called !== null) return frameOf(called[2], called[3], called[1], "first");
  const bare = /^\s*at (?:async )?([^()\s]+?):(\d+)(?::\d+)?$/.exec(line);
  if (bare !== null) return frameOf(bare[1], bare[2], undefined, "first");
  const arrow = /^\s*❯ (?:(\S+) )?(\S+?):(\d+):\d+$/.exec(line);
  return arrow === null ? undefined : frameOf(arrow[2], arrow[3], arrow[1], "first");
}

function pythonFrame(line: string): StackFrame | undefined {
  const traceback = /^\s*File "([^"]+)", line (\d+)(?:, in (.+))?$/.exec(line);
  if (traceback !== null) return frameOf(traceback[1], traceback[2], traceback[3], "last");
  const pytest = /^([^\s:]+\.py):(\d+):/.exec(line);
  return pytest === null ? undefined : frameOf(pytest[1], pytest[2], undefined, "last");
}

function frameOf(
  file: string | undefined,
  line: string | undefined,
  name: string | undefined,
  innermost: StackFrame["innermost"],
): StackFrame | undefined {
  if (file === undefined || line === undefined) return undefined;
  const path = file.replace(/^file:\/\//, "").replaceAll("\\", "/");
  const frame = { file: path, line: Number(line), own: !foreign.test(path), innermost };
  return name === undefined ? frame : { ...frame, name };
}

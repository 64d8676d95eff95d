/** One line of a stack trace. */
export interface StackFrame {
  readonly file: string;
  readonly line: number;
  readonly name?: string;
  /** The project's own code, not a dependency's, a framework's or the runtime's. */
  readonly own: boolean;
  /** Python prints the innermost frame last, the others first. */
  readonly innermost: "first" | "last";
}

const foreign = new RegExp(
  [
    "node_modules|^node:|^internal/|\\(native\\)|^<",
    "site-packages|dist-packages|/lib/python\\d",
    // Go's own sources: the first folder below them has no dot, unlike that of a module. And the cache of modules.
    "/go[\\w.-]*(?:/[\\d.]+/\\w+)?/src/[a-z\\d]+/|/pkg/mod/|^_testmain\\.go$",
  ].join("|"),
);
/** Packages of the JVM, its languages, its test frameworks and what starts them. */
const foreignJvm =
  /^(?:app\/\/|java\.base\/)?(?:java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|org\.(?:junit|opentest4j|testng|gradle|apache\.maven|codehaus\.groovy|hamcrest|assertj|mockito|spockframework|springframework))\./;
const lineLimit = 1000;
const linesLimit = 400;
/** Own frames of one stack that are of interest. */
const framesLimit = 8;

/** Reads one line as a frame of a JavaScript, JVM, Go or Python stack trace. */
export function parseFrame(line: string): StackFrame | undefined {
  if (line.length > lineLimit) return undefined;
  return javascriptFrame(line) ?? jvmFrame(line) ?? goFrame(line) ?? pythonFrame(line);
}

/** The frames in the project's own code, the one nearest to the fault first. */
export function ownFrames(stack: string): StackFrame[] {
  const first: StackFrame[] = [];
  const last: StackFrame[] = [];
  let before = "";
  for (const line of stack.split("\n", linesLimit)) {
    const frame = parseFrame(line);
    if (frame?.own === true) (frame.innermost === "first" ? first : last).push(withName(frame, before));
    if (first.length >= framesLimit) break;
    before = line;
  }
  return first.length > 0 ? first : last.reverse();
}

/** The frame nearest to the fault that lies in the project's own code. */
export function topOwnFrame(stack: string): StackFrame | undefined {
  return ownFrames(stack)[0];
}

/** Go prints the function in the line before its place. */
function withName(frame: StackFrame, before: string): StackFrame {
  if (frame.name !== undefined || !frame.file.endsWith(".go") || before.length > lineLimit) return frame;
  const name = /^(?:created by )?([\w./*()-]+)\(.*\)$/.exec(before)?.[1];
  return name === undefined ? frame : { ...frame, name };
}

function javascriptFrame(line: string): StackFrame | undefined {
  const called = /^\s*at (?:async )?([^()]+) \(([^()]+?):(\d+)(?::\d+)?\)$/.exec(line);
  if (called !== null) return frameOf(called[2], called[3], called[1], "first");
  const bare = /^\s*at (?:async )?([^()\s]+?):(\d+)(?::\d+)?$/.exec(line);
  if (bare !== null) return frameOf(bare[1], bare[2], undefined, "first");
  const arrow = /^\s*❯ (?:(\S+) )?(\S+?):(\d+):\d+$/.exec(line);
  return arrow === null ? undefined : frameOf(arrow[2], arrow[3], arrow[1], "first");
}

/** `at com.example.Store.load(Store.java:12)` */
function jvmFrame(line: string): StackFrame | undefined {
  const [, name, file, number] = /^\s*at ([\w$./<>@-]+)\(([^():\s]+):(\d+)\)$/.exec(line) ?? [];
  const frame = frameOf(file, number, name, "first");
  return frame === undefined || name === undefined || !foreignJvm.test(name) ? frame : { ...frame, own: false };
}

/** The indented place below a function in a panic's trace, or the place that a test's own message begins with. */
function goFrame(line: string): StackFrame | undefined {
  const [, file, number] = /^\s+(\S+\.go):(\d+)(?:$| \+0x[\da-f]+$|: )/.exec(line) ?? [];
  return frameOf(file, number, undefined, "first");
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

import { plainText } from "../model/plain-text.ts";
import { normaliseMessage } from "./normalise-message.ts";
import { ownFrames, type StackFrame } from "./stack-frames.ts";

/** Of a stack and what stands around it. */
const detailsRead = 32_768;
/** Frames that tell one cause of a vague message from another. */
const framesKept = 2;

/** One failure as its framework tells it. */
export interface FailureText {
  /** A failure kind of the model, or the task's status when nothing ran. */
  readonly kind: string;
  readonly message: string;
  /** Stack trace and diff. */
  readonly details?: string | undefined;
  /** The file of the test, relative to the workspace. */
  readonly file: string;
  /** The test's titles; absent for a task as a whole, whose log says nothing certain of the place. */
  readonly path?: readonly string[] | undefined;
}

export interface Fingerprint {
  /** `f` and 16 hexadecimal digits; the same on every machine and in every run. */
  readonly key: string;
  /** What varies from one occurrence to the next replaced by a name for it. */
  readonly message: string;
  /** Where it happens: places in the project's own code without their lines, or the test that noticed it where nothing else is known. */
  readonly places: readonly string[];
}

/**
 * What stays the same when the same fault strikes another test, another machine or another run: the kind, the message but for its values,
 * and the innermost places in the project's own code. Lines are left out: they move with every edit.
 */
export function fingerprintOf(failure: FailureText): Fingerprint {
  const message = normaliseMessage(failure.message);
  const places = failure.path === undefined ? [] : placesOf(failure, message);
  return { key: `f${hash64(JSON.stringify([failure.kind, message, ...places]))}`, message, places };
}

/**
 * Frames in the test's own file say where a fault was noticed, not what broke. They count only for messages that compare values
 * ("expected 3 to be 4"), which say too little to join what they stand in: two of them are one fault when the same line of code
 * compares, or where no code is shown, the same test.
 */
function placesOf({ details = "", file, path = [] }: FailureText, message: string): string[] {
  const text = plainText(details.slice(0, detailsRead));
  const frames = ownFrames(text);
  const root = rootOf(frames, file);
  const own = frames.findIndex((frame) => isSamePath(frame.file, file));
  const beyond = (own < 0 ? frames : frames.slice(0, own)).map((frame) => placeOf(frame, root));
  if (!comparesValues(message)) return beyond.slice(0, 1);
  if (beyond.length > 0) return [...beyond.slice(0, framesKept), ...(beyond.length < framesKept ? [file] : [])];
  return [file, comparedCode(text) ?? normaliseMessage(path.join(" > "))];
}

/** Whether a message only says that a value is not what it should be. */
function comparesValues(message: string): boolean {
  return /assert|expect|\bgot\b.*\bwant\b|\bactual\b|\bshould\b|\bnot equal\b|[!=]==? /i.test(message);
}

/** The line of code that compared, where the evidence shows it: pytest marks it with `>`, others with `^` below it. */
function comparedCode(text: string): string | undefined {
  const lines = text.split("\n");
  const marked = lines.findLast((line) => /^>\s+\S/.test(line));
  if (marked !== undefined) return normaliseMessage(marked.slice(1));
  const caret = lines.findIndex((line, index) => /^\s*\|?\s*\^+\s*$/.test(line) && /^\s*\d+\s*\|/.test(lines[index - 1] ?? ""));
  return caret < 0 ? undefined : normaliseMessage((lines[caret - 1] ?? "").replace(/^\s*\d+\s*\|/, ""));
}

function placeOf({ file, name = "" }: StackFrame, root: string): string {
  const path = withoutRoot(file, root);
  // Workers keep their workspaces in different folders: the end of a path is the same in all of them.
  return `${path.split("/").slice(-2).join("/")} ${name.replaceAll(/\d+/g, "<n>")}`.trimEnd();
}

/** The frame nearest to the fault in the project's own code, its file relative to the workspace as far as it is known where that lies. */
export function topPlace(details: string, test_file: string): { readonly file: string; readonly line: number } | undefined {
  const frames = ownFrames(plainText(details.slice(0, detailsRead)));
  const [top] = frames;
  return top === undefined ? undefined : { file: withoutRoot(top.file, rootOf(frames, test_file)), line: top.line };
}

/** Where in the test's own file a failure was noticed: the line of the frame nearest to it there; undefined where no stack says so. */
export function noticedLine(details: string, test_file: string): number | undefined {
  return ownFrames(plainText(details.slice(0, detailsRead))).find((frame) => isSamePath(frame.file, test_file))?.line;
}

function withoutRoot(file: string, root: string): string {
  return file.startsWith(root) ? file.slice(root.length) : file;
}

/** Where this worker keeps the workspace, as far as a frame in the test's own file tells: a path with `/` at its end. */
function rootOf(frames: readonly StackFrame[], file: string): string {
  const own = frames.find((frame) => frame.file.endsWith(`/${file}`));
  return own === undefined ? "" : own.file.slice(0, -file.length);
}

function isSamePath(frame: string, file: string): boolean {
  return frame === file || frame.endsWith(`/${file}`) || file.endsWith(`/${frame}`);
}

/**
 * 64 bits of a text as 16 hexadecimal digits, from two lanes over its UTF-16 units: FNV-1a (Fowler, Noll and Vo), and another that
 * multiplies by a constant of its own and mixes as it goes; each is ended with MurmurHash3's finaliser (Appleby). For names, not against
 * adversaries.
 */
export function hash64(text: string): string {
  let one = 0x811c9dc5;
  let two = 0x01000193 ^ text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 0x01000193);
    two = Math.imul(two ^ ((unit << 7) | (unit >>> 9)), 0x85ebca6b);
    two ^= two >>> 15;
  }
  return hex(finalise(one)) + hex(finalise(two));
}

function finalise(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

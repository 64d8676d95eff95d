import type { SaxesParser } from "saxes";
import { ShardwrightError } from "../errors/shardwright-error.ts";

/** One element of a parsed document. */
export interface Element<T = unknown> {
  readonly name: string;
  attribute(name: string): string | undefined;
  /** Without those that were folded. */
  children(name: string): readonly Element<T>[];
  /** Its own text, references undone and CDATA included, trimmed. */
  readonly text: string;
  /** What was made of its children, in their order. */
  readonly folded: readonly T[];
}

/** Makes something of an element as soon as it is closed, so that the element need not be kept; undefined to keep it. */
export type Fold<T> = (element: Element<T>, parent: Element<T>) => T | undefined;

/** Of one element; what is longer is not kept. */
const textLimit = 1024 * 1024;
const depthLimit = 200;

/**
 * What real writers get wrong, and nothing is lost by reading on: control characters, and references that nothing was declared for. They
 * stay as they are written: no document expands anything here.
 */
const harmless = /(?:disallowed character(?: in entity name)?|malformed character entity|undefined entity)\.$/;

/**
 * Reads a document, whole or piece by piece.
 * @param path where the text comes from, for the error
 * @returns the one root element
 * @throws ShardwrightError `report-unreadable`
 */
export async function parseXml<T>(
  pieces: string | Iterable<string>,
  path: string,
  fold: Fold<T> = () => undefined,
): Promise<Element<T>> {
  // Loaded here and not above: a run writes such files and reads none.
  const { SaxesParser: Parser } = await import("saxes");
  const unreadable = (reason: string, cause?: unknown) =>
    new ShardwrightError("report-unreadable", { path, format: "JUnit XML", reason }, { cause });
  const parser = new Parser();
  const tree = new Tree<T>(fold, unreadable);
  listen(parser, tree, unreadable);
  let isEmpty = true;
  for (const piece of typeof pieces === "string" ? [pieces] : pieces) {
    // Some writers begin with an empty line, which XML does not allow before its declaration.
    const text = isEmpty ? piece.replace(/^\uFEFF?\s*/, "") : piece;
    if (text === "") continue;
    isEmpty = false;
    parser.write(text);
  }
  if (isEmpty) throw unreadable("it is empty");
  parser.close();
  if (tree.root === undefined) throw unreadable("it has no element");
  return tree.root;
}

function listen<T>(parser: SaxesParser, tree: Tree<T>, unreadable: (reason: string, cause?: unknown) => Error): void {
  parser.on("error", (error) => {
    const [, line, reason = error.message] = /^(\d+):\d+: (.*)$/s.exec(error.message) ?? [];
    if (!harmless.test(reason))
      throw unreadable(`${reason.replace(/\.$/, "")}${line === undefined ? "" : ` (line ${line})`}`, error);
  });
  parser.on("opentag", ({ name, attributes }) => tree.open(name, attributes));
  parser.on("closetag", () => tree.close());
  parser.on("text", (text) => tree.text(text));
  parser.on("cdata", (text) => tree.text(text));
}

/** The elements that are open, and what is kept of those that are closed. */
class Tree<T> {
  root: Node<T> | undefined;
  readonly #open: Node<T>[] = [];
  readonly #fold: Fold<T>;
  readonly #unreadable: (reason: string) => Error;

  constructor(fold: Fold<T>, unreadable: (reason: string) => Error) {
    this.#fold = fold;
    this.#unreadable = unreadable;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#open.length >= depthLimit) throw this.#unreadable(`its elements are nested more than ${depthLimit} deep`);
    const node = new Node<T>(name, attributes);
    this.#open.push(node);
    this.root ??= node;
  }

  text(text: string): void {
    this.#open.at(-1)?.add(text);
  }

  close(): void {
    const closed = this.#open.pop();
    const parent = this.#open.at(-1);
    if (closed === undefined || parent === undefined) return;
    const made = this.#fold(closed, parent);
    if (made === undefined) parent.kept.push(closed);
    else parent.folded.push(made);
  }
}

class Node<T> implements Element<T> {
  readonly name: string;
  readonly kept: Node<T>[] = [];
  readonly folded: T[] = [];
  readonly #attributes: Readonly<Record<string, string>>;
  #text = "";

  constructor(name: string, attributes: Readonly<Record<string, string>>) {
    this.name = name;
    this.#attributes = attributes;
  }

  attribute(name: string): string | undefined {
    return Object.hasOwn(this.#attributes, name) ? this.#attributes[name] : undefined;
  }

  children(name: string): readonly Node<T>[] {
    return this.kept.filter((child) => child.name === name);
  }

  get text(): string {
    return this.#text.trim();
  }

  add(text: string): void {
    const room = textLimit - this.#text.length;
    if (room > 0) this.#text += text.length <= room ? text : text.slice(0, room);
  }
}

import type { X2jOptions } from "fast-xml-parser";
import { ShardwrightError } from "../errors/shardwright-error.ts";
import { decodeReferences } from "./xml-text.ts";

/** One element of a parsed document. */
export interface Element {
  readonly name: string;
  attribute(name: string): string | undefined;
  children(name: string): readonly Element[];
  /** Its own text, references undone and CDATA included, trimmed. */
  readonly text: string;
}

const textKey = "#text";
const cdataKey = "#cdata";
const attributePrefix = "@";

/** References are undone by us: the parser's own way would expand what a document declares. */
const parserOptions: X2jOptions = {
  ignoreAttributes: false,
  attributeNamePrefix: attributePrefix,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  alwaysCreateTextNode: true,
  cdataPropName: cdataKey,
  ignoreDeclaration: true,
  ignorePiTags: true,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
};

/**
 * The document's one root element.
 * @param path where the text comes from, for the error
 * @throws ShardwrightError `report-unreadable`
 */
export async function parseXml(text: string, path: string): Promise<Element> {
  // Loaded here and not above: a run writes such files and reads none.
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  const unreadable = (reason: string, cause?: unknown) =>
    new ShardwrightError("report-unreadable", { path, format: "JUnit XML", reason }, { cause });
  if (text.trim() === "") throw unreadable("it is empty");
  let document: unknown;
  try {
    // The parser itself accepts tags that are never closed.
    const valid = XMLValidator.validate(text);
    if (valid !== true) throw unreadable(`${valid.err.msg} (line ${valid.err.line})`);
    document = new XMLParser(parserOptions).parse(text);
  } catch (error) {
    if (error instanceof ShardwrightError) throw error;
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
  const roots = elementsOf(document);
  const [root] = roots;
  if (root === undefined) throw unreadable("it has no element");
  if (roots.length > 1) throw unreadable("it has more than one root element");
  return root;
}

function elementsOf(node: unknown): Element[] {
  if (!isNode(node)) return [];
  return Object.entries(node)
    .filter(([key]) => key !== textKey && key !== cdataKey && !key.startsWith(attributePrefix))
    .flatMap(([name, found]) => (Array.isArray(found) ? found.map((child: unknown) => elementFrom(name, child)) : []));
}

function elementFrom(name: string, node: unknown): Element {
  const own = isNode(node) ? node : {};
  return {
    name,
    attribute(attribute) {
      const key = attributePrefix + attribute;
      const value = Object.hasOwn(own, key) ? own[key] : undefined;
      return typeof value === "string" ? decodeReferences(value) : undefined;
    },
    children(child) {
      const found = Object.hasOwn(own, child) ? own[child] : undefined;
      return Array.isArray(found) ? found.map((entry: unknown) => elementFrom(child, entry)) : [];
    },
    get text() {
      return textOf(own).trim();
    },
  };
}

function textOf(node: Readonly<Record<string, unknown>>): string {
  const plain = node[textKey];
  const cdata = node[cdataKey];
  const blocks = Array.isArray(cdata) ? cdata.map((block: unknown) => (isNode(block) ? block[textKey] : block)) : [];
  const texts = blocks.filter((block) => typeof block === "string");
  return [typeof plain === "string" ? decodeReferences(plain) : "", ...texts].join("");
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

type Json = Record<string, unknown>;

interface Operation {
  readonly query: readonly string[];
  readonly body?: Json;
}

interface Area {
  readonly area: string;
  readonly paths: readonly { readonly path: string; readonly operations: Readonly<Record<string, Operation>> }[];
  readonly definitions: Readonly<Record<string, Json>>;
}

interface Specification {
  readonly version: string;
  readonly areas: readonly Area[];
}

export interface Route {
  /** As the specification writes it. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: readonly string[];
  /** What is wrong with a body; empty where nothing is. */
  readonly bodyProblems: (body: unknown) => string[];
}

const specification = JSON.parse(readFileSync(join(import.meta.dirname, "spec.json"), "utf8")) as Specification;
export const apiVersion = specification.version;

interface Compiled extends Operation {
  readonly path: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly validate: ValidateFunction | undefined;
}

const formats = {
  int16: numberIn(-(2 ** 15), 2 ** 15 - 1),
  int32: numberIn(-(2 ** 31), 2 ** 31 - 1),
  int64: numberIn(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  double: numberIn(-Number.MAX_VALUE, Number.MAX_VALUE),
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  TimeSpan: true as const,
  uri: true as const,
};

function numberIn(least: number, most: number) {
  return { type: "number" as const, validate: (value: number) => value >= least && value <= most };
}

const compiled: readonly Compiled[] = specification.areas.flatMap(({ paths, definitions }) => {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, formats });
  ajv.addSchema({ $id: "spec", definitions: closed(definitions) });
  return paths.flatMap(({ path, operations }) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase(),
      // Paths are compared without regard to case, as the service does.
      pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`, "i"),
      validate: operation.body && ajv.compile(referring(operation.body)),
    })),
  );
});

/** The operation that a request asks for; undefined where there is none. */
export function routeOf(method: string, path: string): Route | undefined {
  for (const operation of compiled) {
    const match = operation.method === method ? operation.pattern.exec(path) : null;
    if (match === null) continue;
    const { validate } = operation;
    return {
      path: operation.path,
      parameters: { ...match.groups },
      query: operation.query,
      bodyProblems: (body) => {
        if (validate === undefined) return body === undefined ? [] : ["there must be no body"];
        if (validate(body)) return [];
        return (validate.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        );
      },
    };
  }
  return undefined;
}

/** The service takes keys that it does not know and forgets them; here they are refused, so that a misspelt one is found. */
function closed(definitions: Readonly<Record<string, Json>>): Json {
  const close = (schema: unknown, name?: string): unknown => {
    if (Array.isArray(schema)) return schema.map((part: unknown) => close(part));
    if (typeof schema !== "object" || schema === null) return schema;
    const own = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
    const isObject = own.type === "object" && "properties" in own && own.additionalProperties === undefined;
    // A bag of whatever its owner likes.
    return !isObject || name === "PropertiesCollection" ? own : { ...own, additionalProperties: false };
  };
  return Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [
      name,
      // A field's value is declared an object, and is in truth any value at all.
      name === "CustomTestField"
        ? {
            type: "object",
            required: ["fieldName", "value"],
            properties: { fieldName: { type: "string" }, value: {} },
            additionalProperties: false,
          }
        : referring(close(flat(schema, definitions), name) as Json),
    ]),
  );
}

/** A definition with the properties of those that it is made of. */
function flat(schema: Json, definitions: Readonly<Record<string, Json>>): Json {
  const { allOf, ...own } = schema as Json & { allOf?: { $ref: string }[] };
  if (allOf === undefined) return own;
  const bases = allOf.map(({ $ref }) => flat(definitions[$ref.replace("#/definitions/", "")] ?? {}, definitions));
  return { ...own, properties: Object.assign({}, ...bases.map(({ properties }) => properties), own.properties) as Json };
}

function referring(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/definitions/', '"spec#/definitions/')) as Json;
}

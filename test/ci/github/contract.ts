import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

type Json = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Json;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Json;
  readonly "x-webhooks": Readonly<Record<string, Json>>;
}

/** One operation of GitHub's API, as GitHub describes it. */
export interface Operation {
  /** `POST /repos/{owner}/{repo}/check-runs` */
  readonly key: string;
  readonly path: Readonly<Record<string, string>>;
}

const description = JSON.parse(readFileSync(join(import.meta.dirname, "schema.json"), "utf8")) as Description;
const identity = "github";

function validator(coerceTypes: boolean): Ajv {
  // The description is OpenAPI, which has keywords of its own.
  const made = new Ajv({ strict: false, allErrors: true, coerceTypes, logger: false });
  formats.default(made);
  return made.addSchema({ $id: identity, components: absolute(description.components) });
}
const bodies = validator(false);
// What stands in an address is text.
const addresses = validator(true);
const compiled = new Map<string, ValidateFunction>();

const routes = Object.entries(description.paths)
  .map(([path, methods]) => ({
    path,
    methods,
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
    variables: path.split("{").length,
  }))
  .sort((first, second) => first.variables - second.variables);

/** The operation that a request is for; undefined where GitHub has none, or none that the adapters use. */
export function operationAt(method: string, path: string): Operation | undefined {
  for (const route of routes) {
    const found = route.methods[method.toLowerCase()] === undefined ? null : route.pattern.exec(path);
    if (found === null) continue;
    const parts = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return { key: `${method} ${route.path}`, path: Object.fromEntries(parts) as Record<string, string> };
  }
  return undefined;
}

/** What is wrong with a request by GitHub's schema; a key that it does not know is wrong too, although GitHub itself says nothing. */
export function requestErrors(operation: Operation, query: URLSearchParams, body: unknown): string[] {
  const described = describe(operation);
  const parameters = ((described.parameters ?? []) as Json[]).map((one) => resolve(one) as unknown as Parameter);
  const errors = parameters.flatMap((parameter) => {
    const value = parameter.in === "path" ? operation.path[parameter.name] : query.get(parameter.name);
    if (parameter.in === "header") return [];
    if (value === undefined || value === null)
      return parameter.required === true ? [`${parameter.in} ${parameter.name} is required`] : [];
    const check = compile(addresses, `${operation.key} ${parameter.in} ${parameter.name}`, () => ({
      type: "object",
      properties: { value: absolute(parameter.schema) },
    }));
    return errorsOf(check, { value }).map((error) => `${parameter.in} ${parameter.name}: ${error}`);
  });
  const known = new Set(parameters.filter((one) => one.in === "query").map(({ name }) => name));
  for (const name of query.keys()) if (!known.has(name)) errors.push(`query ${name} is not known`);
  const requestBody = described.requestBody as Json | undefined;
  const schema = requestBody && contentOf(requestBody);
  if (schema === undefined) return body === undefined ? errors : [...errors, "a body where none belongs"];
  if (body === undefined) return requestBody?.required === true ? [...errors, "the body is missing"] : errors;
  const check = compile(bodies, `${operation.key} body`, () => absolute(closed(schema)) as Json);
  return [...errors, ...errorsOf(check, body)];
}

/** What is wrong with an answer by GitHub's schema: our own server must not invent. */
export function answerErrors(operation: Operation, status: number, body: unknown): string[] {
  const responses = describe(operation).responses as Readonly<Record<string, Json>>;
  const response = responses[status];
  if (response === undefined) return [`GitHub does not answer ${operation.key} with ${status}`];
  const schema = contentOf(resolve(response));
  if (schema === undefined) return body === undefined ? [] : ["a body where GitHub sends none"];
  return errorsOf(
    compile(bodies, `${operation.key} ${status}`, () => absolute(schema) as Json),
    body,
  );
}

/** What is wrong with a delivery to a GitHub App. @param name `check-run-rerequested` */
export function deliveryErrors(name: string, payload: unknown): string[] {
  const described = description["x-webhooks"][name]?.post as Json | undefined;
  const schema = described && contentOf(described.requestBody as Json);
  if (schema === undefined) return [`the slice has no delivery ${name}`];
  return errorsOf(
    compile(bodies, `delivery ${name}`, () => absolute(schema) as Json),
    payload,
  );
}

function describe({ key }: Operation): Json {
  const [method = "", path = ""] = key.split(" ");
  return description.paths[path]?.[method.toLowerCase()] ?? {};
}

function contentOf(described: Json): Json | undefined {
  const content = described.content as Readonly<Record<string, Json>> | undefined;
  return content?.["application/json"]?.schema as Json | undefined;
}

function resolve(node: Json): Json {
  if (typeof node.$ref !== "string") return node;
  return node.$ref
    .slice("#/".length)
    .split("/")
    .reduce<Json>((place, step) => place[step] as Json, description as unknown as Json);
}

/** As JSON Schema has it: references that say whose they are, and `nullable`, which is OpenAPI's, as a choice. */
function absolute(node: unknown): unknown {
  return JSON.parse(JSON.stringify(node), (key, value: unknown) => {
    if (key === "$ref" && typeof value === "string" && value.startsWith("#/")) return `${identity}${value}`;
    if (typeof value !== "object" || value === null || !("nullable" in value) || value.nullable !== true) return value;
    const { nullable: _nullable, ...rest } = value;
    return { anyOf: [{ type: "null" }, rest] };
  });
}

function closed(schema: Json): Json {
  const properties = schema.properties as Readonly<Record<string, Json>> | undefined;
  return {
    ...schema,
    // Not `additionalProperties`: beside `anyOf` that would refuse what the alternatives add.
    ...(properties && schema.additionalProperties === undefined && { propertyNames: { enum: Object.keys(properties) } }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, closed(value)])) }),
    ...(schema.items !== undefined && { items: closed(schema.items as Json) }),
  };
}

function compile(ajv: Ajv, key: string, schema: () => Json): ValidateFunction {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = ajv.compile(schema());
  compiled.set(key, made);
  return made;
}

function errorsOf(check: ValidateFunction, value: unknown): string[] {
  if (check(value)) return [];
  // Of a key that is not known there are two errors: that it is none of those allowed, and that therefore its name is wrong.
  const errors = (check.errors ?? []).filter(({ keyword }) => keyword !== "propertyNames");
  return errors.map(({ instancePath, message, params, propertyName }) => {
    const allowed = (params as { allowedValues?: unknown[] }).allowedValues?.join("|");
    return [instancePath || "/", propertyName, message, allowed].filter(Boolean).join(" ");
  });
}

/**
 * A value that GitHub's schema takes: what is given, and for whatever else it requires something of the right kind.
 * @param name `check-run`, of the components
 */
export function filled(name: string, values: Json): Json {
  return fill({ $ref: `#/components/schemas/${name}` }, values) as Json;
}

function fill(node: Json, value: unknown): unknown {
  const schema = resolve(node);
  if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value))) return value;
  const given = value as Json | undefined;
  if (given === undefined && schema.nullable === true) return null;
  const parts = (schema.allOf ?? []) as Json[];
  if (parts.length > 0) return Object.assign({}, ...parts.map((part) => fill(part, given))) as unknown;
  const choice = ((schema.anyOf ?? schema.oneOf) as Json[] | undefined)?.[0];
  if (choice !== undefined) return fill(choice, given);
  const properties = schema.properties as Readonly<Record<string, Json>> | undefined;
  if (properties === undefined) return given ?? plain(schema);
  const required = (schema.required ?? []) as string[];
  const keys = new Set([...required, ...Object.keys(given ?? {})]);
  return Object.fromEntries([...keys].map((key) => [key, fill(properties[key] ?? {}, given?.[key])]));
}

function plain({ type, enum: allowed, format }: Json): unknown {
  if (Array.isArray(allowed)) return allowed[0];
  if (type === "integer" || type === "number") return 1;
  if (type === "boolean") return false;
  if (type === "array") return [];
  if (type === "object") return {};
  if (format === "date-time") return "2026-01-01T00:00:00Z";
  return format === "uri" ? "https://api.github.example/" : "";
}

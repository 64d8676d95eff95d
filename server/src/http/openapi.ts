import { type ErrorCode, catalogue } from "@shardwright/core";
import { z } from "zod";
import type { Route } from "./define-route.ts";
import { routes } from "./routes.ts";

type Json = Record<string, unknown>;

const errorSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "hint", "details"],
      properties: {
        code: { type: "string", enum: codesOnTheWire() },
        message: { type: "string" },
        hint: { type: "string", description: "What to do about it." },
        details: { type: "object", additionalProperties: { type: ["string", "number"] } },
      },
    },
  },
};

/** The API as OpenAPI 3.1, from the schemas that the server checks by and the client reads by. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Shardwright coordinator",
      version: "1",
      description: "Errors have one form everywhere; docs/errors.md lists them.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "A token of a scope that the operation names." } },
    },
  };
}

function operationOf(route: Route): Json {
  const { method, path, summary, scopes, params, query, body, answer, media } = route;
  const parameters = [...parametersOf(params, "path"), ...parametersOf(query, "query")];
  const content =
    answer === undefined
      ? media === undefined
        ? undefined
        : { [media]: {} }
      : { "application/json": { schema: schemaOf(answer, "output") } };
  return {
    operationId: `${method}${path.replace(/^\/api\/v1/, "").replace(/[/:](\w)?/g, (_, letter: string | undefined) => (letter ?? "").toUpperCase())}`,
    summary,
    ...(scopes === "public" ? { security: [] } : { security: [{ token: [] }], "x-scopes": scopes }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: bodyContent(body) } }),
    responses: {
      [statusOf(route)]: { description: "Done.", ...(content === undefined ? {} : { content }) },
      default: {
        description: "Refused; nothing was changed.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

export function statusOf({ status, answer, media }: Route): 200 | 201 | 204 {
  return status ?? (answer === undefined && media === undefined ? 204 : 200);
}

function bodyContent(body: NonNullable<Route["body"]>): Json {
  if (body === "bytes") return { "application/octet-stream": {} };
  return { "application/json": { schema: schemaOf(body, "input") } };
}

function parametersOf(schema: z.ZodObject | undefined, place: "path" | "query"): Json[] {
  if (schema === undefined) return [];
  const { properties, required } = schemaOf(schema, "input") as { properties: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, described]) => ({
    name,
    in: place,
    required: place === "path" || (required ?? []).includes(name),
    schema: described,
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return described;
}

function codesOnTheWire(): ErrorCode[] {
  return (Object.keys(catalogue) as ErrorCode[]).filter((code) => catalogue[code].status !== 0);
}

/**
 * Writes `spec.json`, the operations of Azure DevOps that we call, as Microsoft publishes them:
 * `node test/ci/azure/make-spec.ts <checkout of MicrosoftDocs/vsts-rest-api-specs>`.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const version = "7.1";
const git = "/{organization}/{project}/_apis/git/repositories/{repositoryId}";
const used: Record<string, Record<string, readonly string[]>> = {
  test: {
    "/{organization}/{project}/_apis/test/runs": ["get", "post"],
    "/{organization}/{project}/_apis/test/runs/{runId}": ["get", "patch"],
    "/{organization}/{project}/_apis/test/Runs/{runId}/results": ["get", "post"],
    "/{organization}/{project}/_apis/test/Runs/{runId}/attachments": ["post"],
    "/{organization}/{project}/_apis/test/Runs/{runId}/Results/{testCaseResultId}/attachments": ["post"],
  },
  git: {
    [`${git}/commits/{commitId}/statuses`]: ["post"],
    [`${git}/pullRequests/{pullRequestId}/statuses`]: ["post"],
    [`${git}/pullRequests/{pullRequestId}/threads`]: ["get", "post"],
    [`${git}/pullRequests/{pullRequestId}/threads/{threadId}`]: ["patch"],
    [`${git}/pullRequests/{pullRequestId}/threads/{threadId}/comments/{commentId}`]: ["patch"],
  },
};

type Json = Record<string, unknown>;
interface Specification {
  paths: Record<string, Record<string, { parameters?: Json[] }>>;
  definitions: Record<string, Json>;
  parameters: Record<string, Json>;
}

const [checkout] = process.argv.slice(2);
if (checkout === undefined) throw new Error("usage: node test/ci/azure/make-spec.ts <checkout of vsts-rest-api-specs>");
const commit = execFileSync("git", ["-C", checkout, "rev-parse", "HEAD"], { encoding: "utf8" }).trim();
const areas = Object.entries(used).map(([area, operations]) => slim(read(area), area, operations));
const spec = {
  source: `https://github.com/MicrosoftDocs/vsts-rest-api-specs/tree/${commit}/specification`,
  licence: "MIT License, Copyright (c) 2018 Microsoft Docs",
  version,
  areas,
};
writeFileSync(join(import.meta.dirname, "spec.json"), `${JSON.stringify(spec, null, 1)}\n`);

function read(area: string): Specification {
  const text = execFileSync("git", ["-C", checkout as string, "show", `HEAD:specification/${area}/${version}/${area}.json`], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(text.replace(/^\uFEFF/, "")) as Specification;
}

/** The operations, and the definitions that their bodies refer to. */
function slim(all: Specification, area: string, operations: Record<string, readonly string[]>) {
  const definitions: Record<string, unknown> = {};
  const keep = (value: unknown): void => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (name in definitions) continue;
      definitions[name] = bare(all.definitions[name]);
      keep(all.definitions[name]);
    }
  };
  const paths = Object.entries(operations).map(([path, methods]) => {
    const chosen = Object.entries(all.paths[path] ?? {}).filter(([method]) => methods.includes(method));
    if (chosen.length !== methods.length) throw new Error(`${area} ${version} has not all of ${methods.join(", ")} ${path}`);
    return {
      path,
      operations: Object.fromEntries(
        chosen.map(([method, { parameters = [] }]) => {
          const resolved = parameters.map((parameter) => resolve(all, parameter));
          const body = resolved.find((parameter) => parameter.in === "body");
          keep(body?.schema ?? {});
          const query = resolved.filter((parameter) => parameter.in === "query").map(({ name }) => name);
          return [method, { query, ...(body && { body: bare(body.schema) }) }];
        }),
      ),
    };
  });
  return { area, paths, definitions };
}

function resolve({ parameters }: Specification, parameter: Json): Json {
  const reference = parameter.$ref;
  if (typeof reference !== "string") return parameter;
  return parameters[reference.replace("#/parameters/", "")] ?? {};
}

/** What a check needs of a schema. */
function bare(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(bare);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !key.startsWith("x-ms-") && !(key === "description" && typeof value === "string"))
      .map(([key, value]) => [key, bare(value)]),
  );
}

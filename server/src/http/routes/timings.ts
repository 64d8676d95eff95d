import { caseTimingsRequestSchema, caseTimingsSchema, knownDuration, nameSchema, timingsSchema } from "@shardwright/core";
import { z } from "zod";
import { defineRoute } from "../define-route.ts";

export const timingRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/timings",
    summary: "Last known durations by task key, on one class of hardware or, without it, wherever they were measured.",
    scopes: ["read"],
    isLocal: true,
    query: z.object({ project: nameSchema.default("default"), hardware_class: z.string().max(128).optional() }),
    answer: timingsSchema,
    handle({ query: { project, hardware_class } }, { queries }) {
      const durations_ms: Record<string, number> = {};
      for (const [key, classes] of queries.timings.history(project)) {
        const known_ms = knownDuration(classes, hardware_class ?? "");
        if (known_ms !== undefined) durations_ms[key] = known_ms;
      }
      return { project, ...(hardware_class === undefined ? {} : { hardware_class }), durations_ms };
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/timings/cases",
    summary: "What the cases of files took when the files passed last.",
    scopes: ["read"],
    body: caseTimingsRequestSchema,
    answer: caseTimingsSchema,
    handle: ({ body: { project, keys } }, { queries }) => ({
      files: [...new Set(keys)].flatMap((key) => {
        const cases = queries.timings.cases(project, key);
        const staysWhole = queries.timings.failsInParts(project, key);
        return cases === undefined ? [] : [{ key, cases, ...(staysWhole && { stays_whole: true as const }) }];
      }),
    }),
  }),
];

import { createHash } from "node:crypto";
import { ShardwrightError, nameSchema } from "@shardwright/core";
import { z } from "zod";
import { drawBadge } from "../../badges/draw-badge.ts";
import { defineRoute } from "../define-route.ts";
import { credentialOf } from "../credential-of.ts";

/** A picture is looked for again after so long. */
const fresh_s = 60;

/** It is shown on other sites, and is a picture there: nothing in it may load or run anything. */
const policy = "default-src 'none'; style-src 'none'; sandbox";

export const badgeRoutes = [
  defineRoute({
    method: "get",
    path: "/badge/:badge",
    summary:
      "A picture of the verdict of the newest run of a branch that has ended, or without one of what is no pull request: /badge/PROJECT.svg. Without a token only where the setting public-badges says so.",
    scopes: "public",
    isLocal: true,
    params: z.object({
      badge: z
        .string()
        .regex(/\.svg$/, "ask for PROJECT.svg")
        .transform((file) => file.slice(0, -".svg".length))
        .pipe(nameSchema),
    }),
    query: z.object({ branch: z.string().min(1).max(512).optional() }),
    media: "image/svg+xml",
    handle({ params: { badge: project }, query: { branch }, context }, { queries, tokens, configuration }) {
      const isPublic = configuration.get("public-badges");
      if (!isPublic) {
        const grant = tokens.check(credentialOf(context), ["read"]);
        if (grant.project !== undefined && grant.project !== project)
          throw new ShardwrightError("other-project", { project: grant.project });
      }
      const picture = drawBadge(project, queries.runs.newestEnded(project, branch)?.verdict ?? undefined);
      const tag = `"${createHash("sha256").update(picture).digest("base64url").slice(0, 22)}"`;
      const headers = {
        "content-type": "image/svg+xml; charset=utf-8",
        "cache-control": `${isPublic ? "public" : "private"}, max-age=${fresh_s}, must-revalidate`,
        etag: tag,
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
      };
      if (context.req.header("if-none-match") === tag) return new Response(null, { status: 304, headers });
      return new Response(picture, { headers });
    },
  }),
];

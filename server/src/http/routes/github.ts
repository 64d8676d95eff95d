import { z } from "zod";
import { defineRoute } from "../define-route.ts";
import { readBytes } from "../read-body.ts";

/** GitHub sends 25 MB at most; what it says of a check has some dozens of kilobytes. */
const deliveryLimit_bytes = 1024 * 1024;

export const githubRoutes = [
  defineRoute({
    method: "post",
    path: "/api/v1/github/webhook",
    summary: "What GitHub sends to the App, signed with its secret: a button at a check was pressed.",
    scopes: "public",
    body: "bytes",
    answer: z.object({ outcome: z.enum(["ignored", "repeated", "reopened", "refused"]), reason: z.string() }),
    async handle({ context }, { github }) {
      const { req } = context;
      const bytes = await readBytes(context, deliveryLimit_bytes);
      return await github.deliver(bytes, {
        event: req.header("x-github-event"),
        id: req.header("x-github-delivery"),
        signature: req.header("x-hub-signature-256"),
      });
    },
  }),
];

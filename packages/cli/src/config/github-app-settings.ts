import { z } from "zod";
import { list, type Setting, text } from "./setting.ts";

/** The GitHub App that a coordinator writes checks as. */
export const githubAppSettings = {
  githubAppId: {
    kind: "number",
    schema: z.int().positive(),
    value: "<n>",
    describe: "id of the GitHub App as which the coordinator writes the checks of runs",
    commands: ["coordinator"],
  },
  githubAppKey: {
    kind: "text",
    schema: text,
    value: "<file>",
    describe: "the App's private key (PEM)",
    commands: ["coordinator"],
  },
  githubWebhookSecret: {
    kind: "text",
    schema: text,
    value: "<secret>",
    describe:
      "what GitHub signs with what it sends when a button at a check is pressed (better given as SHARDWRIGHT_GITHUB_WEBHOOK_SECRET)",
    commands: ["coordinator"],
  },
  githubRepository: {
    kind: "list",
    schema: list(text),
    value: "<project=owner/name...>",
    describe: "which project's runs may be told of at which repositories (repeatable): shop=acme/shop, shop=acme/*, *=acme/*",
    commands: ["coordinator"],
  },
  githubApiUrl: {
    kind: "text",
    schema: z.url({ protocol: /^https?$/, error: "give an address such as https://github.example.com/api/v3" }),
    value: "<url>",
    describe: "GitHub's API, where it is that of a GitHub Enterprise Server",
    default: "https://api.github.com",
    commands: ["coordinator"],
  },
} as const satisfies Record<string, Setting>;

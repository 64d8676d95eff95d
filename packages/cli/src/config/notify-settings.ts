import { z } from "zod";
import { notifyWhens } from "../notify/change.ts";
import { targetProblem } from "../notify/target.ts";
import { list, type Setting, text } from "./setting.ts";

/** A target may be a secret as a whole: what is wrong is said without it. */
const target = z.string().superRefine((value, context) => {
  const problem = targetProblem(value);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/** Who is told of a run's end, outside of the CI system. */
export const notifySettings = {
  notify: {
    kind: "list",
    schema: list(target),
    value: "<target...>",
    describe:
      "who is told of a run's end, by a coordinator of alerts (better given as SHARDWRIGHT_NOTIFY: addresses of hooks are secrets): slack:https://…, teams:https://…, webhook:https://…, smtp://host?to=team@example.com, or smtps://…",
    commands: ["run", "worker", "report", "coordinator"],
  },
  notifyWhen: {
    kind: "text",
    schema: z.enum(notifyWhens),
    value: "<when>",
    describe:
      "when they are told: change (the branch went red or green again, or other tests fail), failure (each run that is not green), or always",
    default: "change",
    commands: ["run", "worker", "report"],
  },
  notifySecret: {
    kind: "text",
    schema: text,
    value: "<secret>",
    describe: "signs what is sent to a webhook (better given as SHARDWRIGHT_NOTIFY_SECRET)",
    commands: ["run", "worker", "report", "coordinator"],
  },
  smtpPassword: {
    kind: "text",
    schema: text,
    value: "<password>",
    describe: "of the user in the mail server's address (better given as SHARDWRIGHT_SMTP_PASSWORD)",
    commands: ["run", "worker", "report", "coordinator"],
  },
  notifyOnFailure: {
    kind: "switch",
    schema: z.union([
      z.boolean(),
      z.url({ protocol: /^https?$/, error: "give true, or an address such as https://chat.example.com/hooks/1" }),
    ]),
    value: "[url]",
    describe: "each time a run is not green, ring the terminal's bell, or send its summary to this address as to a webhook",
    commands: ["run", "worker", "report"],
  },
} as const satisfies Record<string, Setting>;

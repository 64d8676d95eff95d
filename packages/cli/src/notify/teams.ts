import type { PoliteFetch } from "@shardwright/ci";
import type { Notification, Notifier } from "./notification.ts";
import { postJson } from "./post.ts";

/**
 * Teams takes about 28 KB (https://learn.microsoft.com/connectors/teams/#known-issues-and-limitations); what it adds to a message counts,
 * and others have seen less than that refused.
 */
const messageLimit_bytes = 20_000;

/** Posts to a webhook of a workflow in Teams. */
export function teamsNotifier(url: URL, fetch: PoliteFetch): Notifier {
  return {
    name: "teams",
    send: (notification) => postJson(url, JSON.stringify(teamsMessage(notification)), { fetch, repeatable: false }),
  };
}

/** The message: an Adaptive Card. What tests are called is set as plain text, which no Markdown is read in. */
export function teamsMessage(notification: Notification) {
  for (let named = notification.failing.length; ; named -= 1) {
    const message = messageWith(notification, named);
    if (named <= 0 || Buffer.byteLength(JSON.stringify(message)) <= messageLimit_bytes) return message;
  }
}

function messageWith({ title, report, url, change, failing, unnamed }: Notification, named: number) {
  const { project, context } = report.run;
  const left = unnamed + failing.length - named;
  const facts = [
    { title: "Project", value: project },
    ...(context.branch === undefined ? [] : [{ title: "Branch", value: context.branch }]),
    ...(context.commit === undefined ? [] : [{ title: "Commit", value: context.commit.slice(0, 12) }]),
  ].map((fact) => ({ ...fact, value: withoutMarkdown(fact.value) }));
  const isGood = report.verdict === "passed";
  const body = [
    rich([{ text: title, weight: "Bolder", size: "Medium", color: isGood ? "Good" : "Attention" }]),
    rich([{ text: change === "fixed" ? `Fixed. ${report.reason}` : report.reason }]),
    ...failing
      .slice(0, named)
      .map(({ name, file, message, isNew }) =>
        rich([
          { text: `${isNew ? "new: " : ""}${name}`, weight: "Bolder" },
          { text: ` (${file})`, isSubtle: true },
          ...(message === "" ? [] : [{ text: `: ${message}` }]),
        ]),
      ),
    ...(left > 0 ? [rich([{ text: `and ${left} more` }])] : []),
    { type: "FactSet", facts },
  ];
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body,
          ...(url !== undefined && { actions: [{ type: "Action.OpenUrl", title: "Details", url }] }),
        },
      },
    ],
  };
}

interface TextRun {
  readonly text: string;
  readonly weight?: "Bolder";
  readonly size?: "Medium";
  readonly color?: "Good" | "Attention";
  readonly isSubtle?: boolean;
}

function rich(inlines: readonly TextRun[]) {
  return { type: "RichTextBlock", inlines: inlines.map((run) => ({ type: "TextRun", ...run })) };
}

/** A fact's value is read as Markdown. */
function withoutMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]()~<>#]/g, "\\$&");
}

import { cutCharacters, type PoliteFetch } from "@shardwright/ci";
import type { FailingTest, Notification, Notifier } from "./notification.ts";
import { postJson } from "./post.ts";

/** https://docs.slack.dev/reference/block-kit/blocks: 150 characters of a header, 3,000 of a section, 50 blocks. */
const headerLimit = 150;
const sectionLimit = 3000;
/** Slack refuses a message whose blocks have about 13,200 together, whatever each has (https://github.com/slackapi/bolt-js/issues/2509). */
const messageLimit = 9000;
/** https://api.slack.com/reference/block-kit/composition-objects#text */
const fallbackLimit = 1000;

/** Posts to an incoming webhook of Slack, or of what takes the same (Mattermost, Rocket.Chat with their own dialects of it). */
export function slackNotifier(url: URL, fetch: PoliteFetch): Notifier {
  return {
    name: "slack",
    // Slack has nothing to tell a repeated message by.
    send: (notification) => postJson(url, JSON.stringify(slackMessage(notification)), { fetch, repeatable: false }),
  };
}

/** The message, as `blocks` and as the plain text for where blocks are not shown. */
export function slackMessage(notification: Notification) {
  const { title, report, url, change, failing, unnamed } = notification;
  const lines = [...failing.map(failingLine), ...(unnamed > 0 ? [`and ${unnamed} more`] : [])];
  const head = `${change === "fixed" ? ":white_check_mark: " : report.verdict === "passed" ? "" : ":x: "}${escape(report.reason)}`;
  const sections = sectionsOf([head, ...lines]);
  const about = [
    escape(report.run.project),
    ...(report.run.context.branch === undefined ? [] : [code(report.run.context.branch)]),
    ...(report.run.context.commit === undefined ? [] : [code(report.run.context.commit.slice(0, 12))]),
    ...(url === undefined ? [] : [link(url)]),
  ];
  return {
    text: escape(cutCharacters(title, fallbackLimit)),
    blocks: [
      { type: "header", text: { type: "plain_text", text: cutCharacters(withoutMeaning(title), headerLimit), emoji: false } },
      ...sections.map((text) => ({ type: "section", text: { type: "mrkdwn", text, verbatim: true } })),
      { type: "context", elements: [{ type: "mrkdwn", text: cutCharacters(about.join("  "), sectionLimit), verbatim: true }] },
    ],
  };
}

function failingLine({ name, file, message, isNew }: FailingTest): string {
  return `• ${isNew ? "*new* " : ""}${code(name)} in ${code(file)}${message === "" ? "" : `: ${escape(message)}`}`;
}

/** Whole lines, as many as fit: each is shorter than a section. */
function sectionsOf(lines: readonly string[]): string[] {
  const sections: string[] = [];
  let total = 0;
  for (const line of lines) {
    const text = cutEscaped(line, sectionLimit);
    if (total + text.length > messageLimit) break;
    total += text.length + 1;
    const last = sections.at(-1);
    if (last === undefined || last.length + 1 + text.length > sectionLimit) sections.push(text);
    else sections[sections.length - 1] = `${last}\n${text}`;
  }
  return sections;
}

/** A cut may not leave half of `&amp;`. */
function cutEscaped(text: string, limit: number): string {
  return cutCharacters(text, limit).replace(/&[a-z]{0,3}…$/, "…");
}

/** The three characters that Slack gives a meaning to: https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Whether plain text has its references undone is nowhere said: it holds none. */
function withoutMeaning(text: string): string {
  return text.replaceAll("<", "‹").replaceAll(">", "›");
}

function code(text: string): string {
  return `\`${escape(text).replaceAll("`", "ʼ")}\``;
}

function link(url: string): string {
  return `<${escape(url).replaceAll("|", "%7C")}|details>`;
}

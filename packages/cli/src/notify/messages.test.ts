import { reportFromCases, type CaseResult } from "@shardwright/core";
import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { failingKeys, notificationOf } from "./notification.ts";
import { slackMessage } from "./slack.ts";
import { teamsMessage } from "./teams.ts";

function failed(count: number, name: string, message: string) {
  const cases = Array.from({ length: count }, (_, index): CaseResult => ({
    path: [`${name} ${index}`],
    ordinal: 0,
    status: "failed",
    duration_ms: 1,
    retries: 0,
    message,
  }));
  const context = { branch: name.slice(0, 100), commit: "a".repeat(40), build_url: "https://ci.example.com/1?a=1&b=2|x" };
  const report = reportFromCases({ name: "r", files: [{ file: "a.test.js", cases }], context });
  return notificationOf(report, "broke", failingKeys(report));
}

describe("what is told", () => {
  test("new failures first, a few by name, the others by number, one line each", () => {
    const { failing, unnamed, text, title, report } = failed(30, "adds\u001B[31m\nnumbers", "no\nat line 3");
    expect([failing.length, unnamed]).toEqual([10, 20]);
    expect(failing[0]).toEqual({ name: "adds", file: "a.test.js", message: "no", isNew: true });
    expect(text).toContain("and 20 more");
    expect(title).toContain("30 of 30 tests failed");
    const last = new Set([...failingKeys(report)].slice(-1));
    expect(
      notificationOf(report, "more", last)
        .failing.map(({ isNew }) => isNew)
        .indexOf(true),
    ).toBe(0);
  });
});

interface SlackBlock {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly elements?: readonly { readonly type: string; readonly text: string }[];
}

/** What Slack documents of blocks, and refuses otherwise. */
function requireSlack(message: { readonly text: string; readonly blocks: readonly unknown[] }): void {
  const blocks = message.blocks as readonly SlackBlock[];
  expect(message.text).not.toBe("");
  expect(blocks.length).toBeLessThanOrEqual(50);
  let total = 0;
  for (const { type, text, elements = [] } of blocks) {
    expect(["header", "section", "context"]).toContain(type);
    for (const { type: kind, text: content } of [...(text === undefined ? [] : [text]), ...elements]) {
      expect(kind).toBe(type === "header" ? "plain_text" : "mrkdwn");
      expect(content.length).toBeGreaterThan(0);
      expect(content.length).toBeLessThanOrEqual(type === "header" ? 150 : 3000);
      expect(content.isWellFormed()).toBe(true);
      total += content.length;
      // Nothing but our own link has a meaning, and each & begins a whole reference.
      if (kind === "mrkdwn")
        expect(content.replaceAll(/<https:\/\/ci\.example\.com\/[^<>|]*\|details>/g, "")).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    }
  }
  expect(total).toBeLessThan(13_000);
}

describe("Slack", () => {
  test("whatever tests are called, the message is one that Slack takes", () => {
    assert(
      property(string({ unit: "binary", maxLength: 400 }), string({ unit: "binary", maxLength: 4000 }), (name, message) => {
        requireSlack(slackMessage(failed(30, name.toWellFormed(), message.toWellFormed())));
      }),
      { numRuns: 50 },
    );
    requireSlack(slackMessage(failed(30, "&".repeat(300), "<>&".repeat(2000))));
  });

  test("nobody is called by what a test is named", () => {
    const text = JSON.stringify(slackMessage(failed(1, "<!channel> <@U1>", "`code` & <https://evil.example|click>")));
    expect(text).not.toContain("<!channel>");
    expect(text).not.toContain("<https://evil");
    expect(text).toContain("&lt;!channel&gt;");
    expect(text).toContain("<https://ci.example.com/1?a=1&amp;b=2%7Cx|details>");
  });
});

/** The part of the schema of Adaptive Cards 1.4 that is used (https://adaptivecards.io/explorer/), strictly. */
function requireCard(message: unknown): void {
  expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(28 * 1024);
  const { type, attachments } = message as {
    type: string;
    attachments: { contentType: string; contentUrl: null; content: Card }[];
  };
  expect(type).toBe("message");
  expect(attachments).toHaveLength(1);
  expect(attachments[0]).toMatchObject({ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null });
  const card = attachments[0]?.content;
  expect(card).toMatchObject({
    type: "AdaptiveCard",
    version: "1.4",
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
  });
  for (const element of card?.body ?? []) {
    if (element.type === "FactSet") {
      for (const fact of element.facts ?? []) expect(Object.keys(fact).sort()).toEqual(["title", "value"]);
      continue;
    }
    expect(element.type).toBe("RichTextBlock");
    for (const run of element.inlines ?? []) {
      expect(run.type).toBe("TextRun");
      expect(typeof run.text).toBe("string");
    }
  }
  for (const action of card?.actions ?? []) {
    expect(action.type).toBe("Action.OpenUrl");
    expect(URL.canParse(action.url)).toBe(true);
  }
}

interface Card {
  readonly body: readonly {
    readonly type: string;
    readonly facts?: readonly object[];
    readonly inlines?: readonly { readonly type: string; readonly text: string }[];
  }[];
  readonly actions?: readonly { readonly type: string; readonly url: string }[];
}

describe("Teams", () => {
  test("whatever tests are called, the message is a card of less than 28 KB", () => {
    assert(
      property(string({ unit: "binary", maxLength: 400 }), string({ unit: "binary", maxLength: 4000 }), (name, message) => {
        requireCard(teamsMessage(failed(30, name.toWellFormed(), message.toWellFormed())));
      }),
      { numRuns: 50 },
    );
    const long = teamsMessage(failed(30, "\u{1F600}".repeat(300), "\u{1F600}".repeat(3000)));
    requireCard(long);
    expect(JSON.stringify(long)).toMatch(/and \d+ more/);
  });

  test("a branch is no Markdown", () => {
    const card = JSON.stringify(teamsMessage(failed(1, "[x](https://evil.example)", "no")));
    expect(card).toContain(String.raw`\\[x\\]\\(https://evil.example\\)`);
  });
});

import { createHash, createHmac, randomUUID } from "node:crypto";
import type { PoliteFetch } from "@shardwright/ci";
import type { Notification, Notifier } from "./notification.ts";
import { postJson } from "./post.ts";

const webhookVersion = 1;

export interface WebhookOptions {
  readonly fetch: PoliteFetch;
  /** What the receiver knows, too; without one nothing is signed. */
  readonly secret: string | undefined;
  readonly now_ms: () => number;
}

/** Posts a run's end as JSON to any address, signed. */
export function webhookNotifier(url: URL, { fetch, secret, now_ms }: WebhookOptions): Notifier {
  return {
    name: "webhook",
    send: (notification) => {
      const body = JSON.stringify(webhookBody(notification));
      const headers = {
        "x-shardwright-delivery": deliveryOf(notification),
        ...(secret !== undefined && signed(body, secret, Math.floor(now_ms() / 1000))),
      };
      // Its receiver can tell by the delivery's id that it has it already.
      return postJson(url, body, { fetch, headers, repeatable: true });
    },
  };
}

/**
 * A coordinator that dies after it told of an alert, and before that is recorded, leaves it to the next one to tell of it again: under the same id.
 * As a UUID of version 8 (RFC 9562).
 */
function deliveryOf({ alert, change }: Notification): string {
  if (alert === undefined) return randomUUID();
  const about = JSON.stringify([alert.project, alert.id, alert.opened_at_ms, change]);
  const digest = createHash("sha256").update(about).digest("hex");
  const [, a, b, c, e, f] = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(digest) ?? [];
  return `${a}-${b}-8${c}-8${e}-${f}`;
}

/** HMAC-SHA256 (RFC 2104) over the seconds since 1970, a dot, and the body: an old one cannot be sent again as new. */
function signed(body: string, secret: string, now_s: number): Record<string, string> {
  const digest = createHmac("sha256", secret).update(`${now_s}.${body}`).digest("hex");
  return { "x-shardwright-timestamp": String(now_s), "x-shardwright-signature": `sha256=${digest}` };
}

function webhookBody({ report, title, text, change, failing, unnamed, alert }: Notification) {
  const { id, key, project, context, duration_ms } = report.run;
  return {
    version: webhookVersion,
    change,
    verdict: report.verdict,
    reason: report.reason,
    title,
    text,
    run: id,
    key,
    project,
    account: report.account,
    cases: report.cases,
    duration_ms,
    failing: failing.map(({ name, file, message, isNew }) => ({ name, file, message, is_new: isNew })),
    failing_unnamed: unnamed,
    build_url: context.build_url,
    context,
    ...(alert !== undefined && { alert }),
  };
}

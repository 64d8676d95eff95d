import { setTimeout as wait } from "node:timers/promises";
import type { Notification, Notifier } from "./notification.ts";
import type { MailServer } from "./target.ts";

const connect_ms = 10_000;
const silence_ms = 20_000;
const attempts = 3;
const firstPause_ms = 1000;
const subjectLimit = 200;

/**
 * Sends a mail.
 * @param password where the address names a user and no password
 * @param pause_ms before the second try; longer before the third
 */
export function mailNotifier(server: MailServer, password: string | undefined, pause_ms = firstPause_ms): Notifier {
  const secret = server.password ?? password;
  return {
    name: "mail",
    async send(notification, signal) {
      // Loaded here and not above: most runs send no mail.
      const { createTransport } = await import("nodemailer");
      for (let attempt = 1; ; attempt += 1) {
        signal.throwIfAborted();
        const transport = createTransport({
          host: server.host,
          port: server.port,
          secure: server.tls === "implicit",
          requireTLS: server.tls === "starttls",
          ignoreTLS: server.tls === "none",
          ...(server.user !== undefined && { auth: { user: server.user, pass: secret ?? "" } }),
          connectionTimeout: connect_ms,
          greetingTimeout: connect_ms,
          socketTimeout: silence_ms,
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        const onAbort = () => transport.close();
        signal.addEventListener("abort", onAbort, { once: true });
        try {
          await transport.sendMail(mailOf(notification, server));
          return;
        } catch (error) {
          if (attempt >= attempts || !isPassing(error) || signal.aborted) throw failure(error, server, secret);
          await wait(pause_ms * attempt, undefined, { signal });
        } finally {
          signal.removeEventListener("abort", onAbort);
          transport.close();
        }
      }
    },
  };
}

function mailOf({ title, text, url }: Notification, { from, to }: MailServer) {
  return {
    from,
    to: [...to],
    subject: title.slice(0, subjectLimit).toWellFormed(),
    text: `${title}\n\n${text}\n${url === undefined ? "" : `\n${url}\n`}`,
    // Nobody's absence is to answer (RFC 3834).
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

/** Nothing was taken, and it may be taken later: no connection, or an answer over 399 and under 500. */
function isPassing(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  if (typeof responseCode === "number") return responseCode >= 400 && responseCode < 500;
  return code === "ECONNECTION" || code === "ESOCKET" || code === "EDNS";
}

function failure(error: unknown, { host, port, tls }: MailServer, secret: string | undefined): Error {
  const { code, message } = error as { code?: string; message: string };
  const said = secret === undefined || secret === "" ? message : message.replaceAll(secret, "***");
  const remedy =
    code === "ETLS" && tls === "starttls"
      ? "; it offers no encryption: use smtps://, or tls=none where nobody can read along"
      : code === "EAUTH"
        ? "; check the user in the address and SHARDWRIGHT_SMTP_PASSWORD"
        : "";
  return new Error(`${host}:${port} did not take the mail: ${said.split("\n")[0] ?? ""}${remedy}`);
}

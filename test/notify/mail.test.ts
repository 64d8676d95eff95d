import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { reportFromCases } from "@shardwright/core";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { mailNotifier } from "../../packages/cli/src/notify/mail.ts";
import { notificationOf } from "../../packages/cli/src/notify/notification.ts";
import { readTarget } from "../../packages/cli/src/notify/target.ts";
import { makeCertificate } from "../../server/src/testing/certificates.ts";

const authority = makeCertificate({ name: "authority", isAuthority: true });
const trusted = makeCertificate({ name: "localhost" }, authority);
const foreign = makeCertificate({ name: "localhost" });
const known = getCACertificates("default");
beforeAll(() => {
  setDefaultCACertificates([...known, authority.cert]);
  return () => setDefaultCACertificates(known);
});

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
}
let mails: Mail[] = [];
afterEach(() => {
  mails = [];
});

/** An SMTP server that keeps what it is brought. @returns its host and port */
async function serve(options: SMTPServerOptions = {}): Promise<string> {
  const server = new SMTPServer({
    cert: trusted.cert,
    key: trusted.key,
    authOptional: true,
    onAuth: ({ username = "", password }, _session, done) =>
      password === "pass/word" ? done(null, { user: username }) : done(new Error(`535 no such user with ${String(password)}`)),
    onData(stream, session, done) {
      let text = "";
      stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text,
          isEncrypted: session.secure,
          user: session.user as string | undefined,
        });
        done();
      });
    },
    ...options,
  });
  // What a client that breaks off leaves behind.
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return `localhost:${(server.server.address() as AddressInfo).port}`;
}

const report = reportFromCases({
  name: "r",
  files: [
    {
      file: "a.test.js",
      cases: [
        {
          path: ["größer\r\nBcc: eve@example.com"],
          ordinal: 0,
          status: "failed",
          duration_ms: 1,
          retries: 0,
          message: ".\r\nno",
        },
      ],
    },
  ],
  context: { branch: "main\r\nBcc: eve@example.com", build_url: "https://ci.example.com/1" },
});
const send = (target: string, password?: string) => {
  const read = readTarget(target);
  if (read.kind !== "mail") throw new Error("no mail");
  return mailNotifier(read.server, password, 1).send(notificationOf(report, "broke", new Set()), new AbortController().signal);
};

test("a mail goes to all, encrypted, by the user that the server knows, and a test's name adds no header", async () => {
  const at = await serve({ authOptional: false });
  await send(`smtp://ci@${at}?to=a@example.com&to=b@example.com&from=ci@example.com`, "pass/word");
  expect(mails).toMatchObject([
    { from: "ci@example.com", to: ["a@example.com", "b@example.com"], isEncrypted: true, user: "ci" },
  ]);
  const [head = "", ...body] = mails[0]?.text.split("\r\n\r\n") ?? [];
  expect(head).toMatch(/^Subject: default, main: 1 of 1 test failed$/m);
  expect(head).toMatch(/^Auto-Submitted: auto-generated$/m);
  expect(head).not.toMatch(/^Bcc:/m);
  expect(body.join("\n")).toContain("https://ci.example.com/1");
});

test("encrypted from the first byte, and not at all where that is said to be right", async () => {
  await send(`smtps://${await serve({ secure: true })}?to=a@example.com`);
  await send(`smtp://${await serve({ hideSTARTTLS: true })}?to=a@example.com&tls=none`);
  expect(mails.map(({ isEncrypted }) => isEncrypted)).toEqual([true, false]);
});

test("without encryption, or with a certificate that nobody vouches for, nothing is sent", async () => {
  const plain = await serve({ disabledCommands: ["STARTTLS"], authOptional: false, allowInsecureAuth: true });
  await expect(send(`smtp://ci@${plain}?to=a@example.com`, "pass/word")).rejects.toThrow(/did not take the mail.*/);
  await expect(
    send(`smtps://${await serve({ secure: true, cert: foreign.cert, key: foreign.key })}?to=a@example.com`),
  ).rejects.toThrow("certificate");
  expect(mails).toEqual([]);
});

test("a wrong password is said without it", async () => {
  const at = await serve({ authOptional: false });
  const failure = await send(`smtp://ci@${at}?to=a@example.com`, "wrong-secret").catch((error: Error) => error.message);
  expect(failure).toContain("SHARDWRIGHT_SMTP_PASSWORD");
  expect(failure).not.toContain("wrong-secret");
});

test("a server that wants to be asked again is asked again, and not for ever; one that refuses is not", async () => {
  let asked = 0;
  const answering = (code: number, times: number): SMTPServerOptions => ({
    onMailFrom: (_address, _session, done) => {
      asked += 1;
      done(asked <= times ? Object.assign(new Error("later"), { responseCode: code }) : null);
    },
  });
  await send(`smtp://${await serve(answering(451, 2))}?to=a@example.com`);
  expect([asked, mails.length]).toEqual([3, 1]);
  asked = 0;
  await expect(send(`smtp://${await serve(answering(451, 99))}?to=a@example.com`)).rejects.toThrow("later");
  expect(asked).toBe(3);
  asked = 0;
  await expect(send(`smtp://${await serve(answering(550, 99))}?to=a@example.com`)).rejects.toThrow("later");
  expect(asked).toBe(1);
});

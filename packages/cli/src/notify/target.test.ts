import { expect, test } from "vitest";
import { readTarget, targetProblem, shownTarget } from "./target.ts";

test.each([
  ["https://hooks.slack.com/services/T0/B0/secret", "begin with webhook:https://"],
  ["slack:hooks.slack.com/services/secret", "begin with webhook:https://"],
  ["slack:https://", "no address"],
  ["webhook:https://me:secret@example.com/", "a user in it"],
  ["smtp://mail.example.com", "whom the mail is for"],
  ["smtp://?to=a@example.com", "name the mail server"],
  ["smtp://mail.example.com?to=secret", "addresses such as"],
  ["smtp://mail.example.com?to=a@example.com%0d%0aBcc:secret@example.com", "addresses such as"],
  ["smtp://mail.example.com?to=a@example.com&cc=secret@example.com", "knows to, from and tls"],
  ["smtp://mail.example.com?to=a@example.com&tls=off", "tls is none"],
  ["smtps://mail.example.com?to=a@example.com&tls=none", "tls is none"],
])("%s is refused, and nothing of it is repeated", (text, problem) => {
  expect(targetProblem(text)).toContain(problem);
  expect(targetProblem(text)).not.toContain("secret");
});

test("a mail server is asked for encryption unless it is said that none is needed", () => {
  expect(readTarget("smtp://ci%40x:p%2Fw@mail.example.com?to=a@example.com&to=b@example.com")).toEqual({
    kind: "mail",
    server: {
      host: "mail.example.com",
      port: 587,
      tls: "starttls",
      user: "ci@x",
      password: "p/w",
      from: "a@example.com",
      to: ["a@example.com", "b@example.com"],
    },
  });
  expect(readTarget("smtps://[::1]?to=a@example.com&from=ci@example.com")).toMatchObject({
    server: { host: "::1", port: 465, tls: "implicit", from: "ci@example.com" },
  });
  expect(readTarget("smtp://127.0.0.1:2525?to=a@example.com&tls=none")).toMatchObject({ server: { port: 2525, tls: "none" } });
});

test("a target is shown without what would let others send there", () => {
  expect(shownTarget("slack:https://hooks.slack.com/services/T0/B0/secret?token=secret")).toBe("slack: hooks.slack.com/…");
  expect(shownTarget("webhook:http://127.0.0.1:8080/secret")).toBe("webhook: 127.0.0.1:8080/…");
  expect(shownTarget("smtps://secret:secret@mail.example.com?to=a@example.com,b@example.com")).toBe(
    "mail: a@example.com, b@example.com by mail.example.com",
  );
});
